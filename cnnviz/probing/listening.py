"""One forward path up to the layers asked for, for any sounds.

The forward pass ends at the deepest of the layers, so that sounds may be as short as these layers
allow and nothing behind them is computed. Activations are those that later layers see: after
normalisation and activation function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from cnnviz.capture.hearing import as_heard
from cnnviz.capture.pooling import arrange
from cnnviz.errors import ShapeError
from cnnviz.hooks import borrowed, recorded
from cnnviz.model import AudioModel
from cnnviz.probing.stimuli import ramp_samples
from cnnviz.probing.unit_layers import UnitLayer

STEADY_SECONDS = 0.2
"""Of a sound, beyond the receptive field; its ramps are among them."""
_BATCH_SAMPLES = 1 << 18
_REFUSALS = (RuntimeError, ValueError, IndexError, AssertionError, TypeError)
"""What networks raise on clips of a length that is not theirs."""
Activations = dict[str, Tensor]


class _Reached(Exception):  # noqa: N818 (a signal, not an error)
    """The deepest layer has answered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listener:
    """Sounds to activations of layers; inside `listening`.

    Parameters
    ----------
    model
        Held in evaluation mode.
    layers
        In order of execution.
    n_samples
        Audio samples that a sound should have: the largest receptive field and
        `STEADY_SECONDS`, or what the network asks for.
    hear
        Waveforms, float32 (sound, samples), to activations by layer.
    """

    model: AudioModel
    layers: tuple[UnitLayer, ...]
    n_samples: int
    hear: Callable[[Tensor], Activations]

    @property
    def batch_size(self) -> int:
        """Sounds in one forward pass."""
        return self.model.batch_size or max(1, _BATCH_SAMPLES // self.n_samples)

    def answers(self, sounds: np.ndarray) -> Iterator[Activations]:
        """Activations batch by batch, each (sound, channel, [frequency,] time)."""
        for start in range(0, len(sounds), self.batch_size):
            part = np.ascontiguousarray(sounds[start : start + self.batch_size], np.float32)
            yield self.hear(torch.from_numpy(part))

    def steady(self, layer: UnitLayer, activations: Tensor, n_samples: int) -> Tensor:
        """Cells that see the steady part of sounds of `n_samples` only."""
        cells, _ = layer.interior(
            activations.shape[-1], n_samples=n_samples, ramp=ramp_samples(self.model.sample_rate)
        )
        return activations[..., cells]


@contextmanager
def listening(
    model: AudioModel,
    layers: Sequence[UnitLayer],
    *,
    gradients: bool = False,
    n_samples: int | None = None,
    steady_seconds: float = STEADY_SECONDS,
    read: Callable[[UnitLayer, Tensor, int], Tensor] | None = None,
) -> Iterator[Listener]:
    """Hold a model and hear layers of it.

    Parameters
    ----------
    model
        Borrowed, and given back as it was.
    layers
        In order of execution; see `unit_layers`.
    gradients
        Whether activations carry gradients to the waveforms.
    n_samples
        Of the sounds; None: what the layers need.
    steady_seconds
        Of a sound, beyond the receptive field, where `n_samples` is None.
    read
        What to keep of a layer's own output (sound, channel, [frequency,] time) of sounds of so
        many audio samples; it must not change it. None: the activations that later layers see.

    Examples
    --------
    >>> import torch, zoo
    >>> from cnnviz.loaders import load_model
    >>> model = load_model("zoo:sinc_net")
    >>> with listening(model, unit_layers(model, ["conv1"])) as listener:
    ...     listener.hear(torch.zeros(2, listener.n_samples))["conv1"].shape[:2]
    torch.Size([2, 64])
    """
    by_name = {layer.name: layer for layer in layers}
    last = layers[-1].name
    heard: Activations = {}
    length = [0]  # of the sounds being heard

    def keep(name: str, tensor: Tensor) -> None:
        call = name if name in by_name else name.partition("[")[0]
        if call in by_name and call not in heard:
            layer = by_name[call]
            arranged = arrange(tensor, layer.call.time_axis, layer.call.frequency_axis)
            heard[call] = (read or _as_later_layers_see)(layer, arranged, length[0])
        if call == last:
            raise _Reached

    def hear(waveforms: Tensor) -> Activations:
        heard.clear()
        length[0] = waveforms.shape[-1]
        with suppress(_Reached):
            model.network(model.network_input(waveforms))
        return dict(heard)

    mode = torch.enable_grad if gradients else torch.no_grad
    with borrowed(model.network), mode(), recorded(model.network, list(by_name), keep=keep):
        listener = Listener(
            model=model,
            layers=tuple(layers),
            n_samples=n_samples or _samples_needed(model, layers, steady_seconds),
            hear=_in_batches(hear, model.batch_size),
        )
        yield listener if n_samples else _with_accepted_length(listener)


def takes(listener: Listener, n_samples: int) -> bool:
    """Whether the network takes sounds of a length, as far as the deepest of the layers."""
    try:
        listener.hear(torch.zeros(1, n_samples))
    except _REFUSALS:
        return False
    return True


def _as_later_layers_see(layer: UnitLayer, output: Tensor, n_samples: int) -> Tensor:  # noqa: ARG001 (what `read` takes)
    """An output after what follows it, as a tensor of its own."""
    seen = as_heard(output, layer.followers)
    return seen.clone() if seen.data_ptr() == output.data_ptr() else seen


def _samples_needed(model: AudioModel, layers: Sequence[UnitLayer], steady_seconds: float) -> int:
    fields = [field for layer in layers if (field := layer.known_field)]
    whole = model.n_samples or model.sample_rate
    if len(fields) < len(layers):
        return whole
    largest = max(field.size + 8 * field.jump for field in fields)
    needed = int(np.ceil(largest + steady_seconds * model.sample_rate))
    return needed if model.n_samples is None else min(needed, whole)


def _with_accepted_length(listener: Listener) -> Listener:
    """The listener, with the length of whole clips where the network takes no other."""
    model = listener.model
    whole = model.n_samples or model.sample_rate
    for n_samples in dict.fromkeys((listener.n_samples, whole)):
        if takes(listener, n_samples):
            return Listener(
                model=model, layers=listener.layers, n_samples=n_samples, hear=listener.hear
            )
    raise ShapeError(
        f"model {model.name!r} does not take clips of n_samples={whole}; allowed: its own length; "
        "add --n-samples"
    )


def _in_batches(
    hear: Callable[[Tensor], Activations], size: int | None
) -> Callable[[Tensor], Activations]:
    """Cut and fill up batches for a network that takes one size only."""
    if size is None:
        return hear

    def hear_any(waveforms: Tensor) -> Activations:
        parts = []
        for start in range(0, len(waveforms), size):
            part = waveforms[start : start + size]
            missing = size - len(part)
            filled = torch.cat([part, part[-1:].expand(missing, -1)]) if missing else part
            parts.append({name: one[: len(part)] for name, one in hear(filled).items()})
        return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}

    return hear_any
