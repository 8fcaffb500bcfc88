"""Networks that use the planted evidence: by design, or because they learned it."""

from collections.abc import Callable
from types import MappingProxyType

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.attribution.planted.sounds import MAIN_LOBE_HZ, N_SAMPLES, RATE, TARGETS_HZ
from cnnviz.attribution.planted.trained import trained_cnn, untrained_cnn
from cnnviz.frontend import FrontendSpec
from cnnviz.model import AudioModel, ModelSpec, assemble

_SPREAD, _EPSILON, _N_BANDS = 48.0, 1e-6, 40
_MEL = FrontendSpec(kind="log_mel", n_fft=512, hop_length=128, n_mels=_N_BANDS)


class GaborBank(nn.Module):
    """Quadrature pairs at the frequencies of the classes, and a score from what passes them."""

    def __init__(self, score: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        times = torch.arange(-144, 145)
        envelope = torch.exp(-0.5 * (times / _SPREAD) ** 2) / _SPREAD
        turns = 2 * torch.pi * torch.tensor(TARGETS_HZ)[:, None] * times / RATE
        pairs = torch.stack([turns.cos(), turns.sin()], 1) * envelope
        self.filters = nn.Parameter(pairs.flatten(0, 1)[:, None].float())
        self.score = score

    def forward(self, x: Tensor) -> Tensor:
        """Scores (clip, class) of waveforms (clip, 1, samples)."""
        passed = functional.conv1d(x, self.filters, stride=8)
        return self.score(passed.reshape(len(x), len(TARGETS_HZ), 2, -1))  # (clip, class, 2, time)


class MelContrast(nn.Module):
    """Level of the bands of each class over the mean of all bands."""

    def __init__(self) -> None:
        super().__init__()
        centres = _mel_centres()
        nearest = np.abs(centres - np.array(TARGETS_HZ)[:, None]).argmin(1)
        weights = np.full((len(TARGETS_HZ), len(centres)), -1 / len(centres))
        weights[np.arange(len(TARGETS_HZ)), nearest] += 1
        self.weights = nn.Parameter(torch.tensor(weights, dtype=torch.float32))

    def forward(self, x: Tensor) -> Tensor:
        """Scores (clip, class) of log-mel levels (clip, 1, band, time)."""
        return torch.einsum("cb,nbt->nct", self.weights, x[:, 0]).logsumexp(-1)


def _relu_max(pairs: Tensor) -> Tensor:
    return pairs.relu().sum(2).amax(-1)


def _relu_mean(pairs: Tensor) -> Tensor:
    return pairs.relu().sum(2).mean(-1)


def _log_energy(pairs: Tensor) -> Tensor:
    return (pairs.square().sum(2).mean(-1) + _EPSILON).log()


def _contrast(pairs: Tensor) -> Tensor:
    levels = _log_energy(pairs)
    return levels - levels.mean(1, keepdim=True)


def _mel_centres() -> np.ndarray:
    from librosa import mel_frequencies

    return np.asarray(mel_frequencies(_N_BANDS + 2, fmin=0, fmax=RATE / 2)[1:-1])


_BUILDERS: MappingProxyType[str, Callable[[], nn.Module]] = MappingProxyType(
    {
        "relu_max": lambda: GaborBank(_relu_max),
        "relu_mean": lambda: GaborBank(_relu_mean),
        "log_energy": lambda: GaborBank(_log_energy),
        "contrast": lambda: GaborBank(_contrast),
        "log_mel": MelContrast,
        "untrained": untrained_cnn,
    }
)
_HUM_SHARES = MappingProxyType({"trained": 0.0, "shortcut": 0.9})
LEARNED = tuple(_HUM_SHARES)
"""A CNN trained on the evidence, and one trained where a hum gives a class away."""
KINDS = (*_BUILDERS, *LEARNED)
"""Rectified detectors, energy, a contrast over a bank, one over log-mel bands, small CNNs."""


def planted_model(kind: str, *, progress: Callable[[int, int], None] | None = None) -> AudioModel:
    """The network of a kind, its name, ready to be explained.

    Parameters
    ----------
    kind
        One of `KINDS`; those of `LEARNED` are trained now.
    progress
        Called with (batches done, batches in all) of a training.
    """
    network = (
        trained_cnn(hum_share=_HUM_SHARES[kind], progress=progress)
        if kind in LEARNED
        else _BUILDERS[kind]()
    )
    spec = ModelSpec(
        sample_rate=RATE,
        n_samples=N_SAMPLES,
        frontend=_MEL if kind == "log_mel" else FrontendSpec(),
        class_names=tuple(f"{hertz:g} Hz" for hertz in TARGETS_HZ),
        output="logits",
    )
    return assemble(network, spec, name=kind, reference=kind)


def reach_hz(kind: str, label: int) -> float:
    """Hz to either side of a burst where its evidence is: a main lobe, or one mel band more."""
    if kind != "log_mel":
        return MAIN_LOBE_HZ
    centres, hertz = _mel_centres(), TARGETS_HZ[label]
    nearest = int(np.abs(centres - hertz).argmin())
    return float(max(centres[nearest + 2] - hertz, hertz - centres[max(nearest - 2, 0)]))
