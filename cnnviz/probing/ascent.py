"""Gradient ascent to the sound of one level that excites a unit most.

Each step goes along the gradient and back onto the sphere of sounds of that root mean square, so
that for a linear unit with taps h the end is h / |h|. At first each step shifts the sound by a
random part of the layer's jump, so that no sound is found that holds for one place between cells
only; then there are no shifts, and a step counts only where it excites more. No sound ends below
where it began.

References
----------
Erhan, Bengio, Courville and Vincent, "Visualizing Higher-Layer Features of a Deep Network" (2009);
Olah, Mordvintsev and Schubert, "Feature Visualization" (2017), on jitter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

_JITTERED_SHARE = 0.6
_JITTERED_STEP, _FIRST_STEP, _LARGEST_STEP = 0.5, 1.0, 4.0
_LONGER, _SHORTER = 1.5, 0.5
Excite = Callable[[Tensor, int], Tensor]
"""Sounds (sound, samples) and a shift in audio samples to activations (sound,)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sphere:
    """Sounds of one level, below a frequency.

    Parameters
    ----------
    rms
        Root mean square.
    highest_share
        Frequencies above this share of half the sample rate are taken out; 1: none.
    """

    rms: float
    highest_share: float = 1.0

    def nearest(self, sounds: Tensor) -> Tensor:
        """The nearest sounds of the sphere to sounds (sound, samples); silence stays."""
        if self.highest_share < 1:
            spectra = torch.fft.rfft(sounds)
            n_kept = int(self.highest_share * (spectra.shape[-1] - 1)) + 1
            spectra[:, n_kept:] = 0
            sounds = torch.fft.irfft(spectra, n=sounds.shape[-1])
        level = sounds.square().mean(-1, keepdim=True).sqrt()
        return sounds * (self.rms / level.clamp_min(torch.finfo(sounds.dtype).tiny))


@dataclass(frozen=True, kw_only=True, slots=True)
class Climbed:
    """Where the ascent ended: sounds (sound, samples) and their activations (sound,)."""

    sounds: np.ndarray
    activations: np.ndarray


def climb(
    excite: Excite, start: np.ndarray, sphere: Sphere, *, n_steps: int, jump: int, seed: int
) -> Climbed:
    """Ascend from each of several sounds.

    Parameters
    ----------
    excite
        Differentiable.
    start
        (sound, samples); its level does not count.
    sphere
        On which to stay.
    n_steps
        Gradients of each sound.
    jump
        Shifts are below it.
    seed
        Of the shifts.
    """
    generator = np.random.default_rng(seed)
    sounds = sphere.nearest(torch.from_numpy(np.ascontiguousarray(start, np.float32)))
    begun = sounds
    n_jittered = int(_JITTERED_SHARE * n_steps) if jump > 1 else 0
    for _ in range(n_jittered):
        shift = int(generator.integers(-(jump // 2), jump - jump // 2))
        _, gradients = _ascent(excite, sounds, shift)
        sounds = sphere.nearest(sounds + _JITTERED_STEP * sphere.nearest(gradients))
    if n_jittered:  # shifts may have led below where it began
        fell = _ascent(excite, sounds, 0)[0] < _ascent(excite, begun, 0)[0]
        sounds = torch.where(fell[:, None], begun, sounds)
    sounds, values = _refined(excite, sounds, sphere, n_steps - n_jittered)
    return Climbed(sounds=sounds.numpy(), activations=values.double().numpy())


def _refined(excite: Excite, sounds: Tensor, sphere: Sphere, n_steps: int) -> tuple[Tensor, Tensor]:
    """Go on without shifts, each sound with a step of its own that shrinks when it leads down."""
    values, gradients = _ascent(excite, sounds, 0)
    steps = torch.full((len(sounds), 1), _FIRST_STEP)
    for _ in range(n_steps):
        tried = sphere.nearest(sounds + steps * sphere.nearest(gradients))
        new_values, new_gradients = _ascent(excite, tried, 0)
        better = (new_values > values)[:, None]
        sounds = torch.where(better, tried, sounds)
        gradients = torch.where(better, new_gradients, gradients)
        values = torch.where(better[:, 0], new_values, values)
        steps = torch.where(better, (_LONGER * steps).clamp_max(_LARGEST_STEP), _SHORTER * steps)
    return sounds, values


def _ascent(excite: Excite, sounds: Tensor, shift: int) -> tuple[Tensor, Tensor]:
    """Activations (sound,) and their gradients (sound, samples)."""
    given = sounds.detach().clone().requires_grad_()
    values = excite(given, shift)
    (gradients,) = torch.autograd.grad(values.sum(), given)
    finite = torch.nan_to_num(gradients, nan=0.0, posinf=0.0, neginf=0.0)
    return values.detach().float().cpu(), finite.cpu()
