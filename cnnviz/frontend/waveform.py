"""The raw waveform as a frontend, with optional normalisation of each clip."""

import numpy as np
import torch
from torch import Tensor, nn

from cnnviz.frontend.spec import FrontendSpec
from cnnviz.grid import Grid, ReceptiveField


class Waveform(nn.Module):
    """The raw waveform, normalised and scaled clip by clip.

    Parameters
    ----------
    spec
        Of kind ``"waveform"``.
    sample_rate
        Hz.
    """

    def __init__(self, spec: FrontendSpec, sample_rate: int) -> None:
        super().__init__()
        self.spec, self.sample_rate = spec, sample_rate

    def forward(self, waveforms: Tensor) -> Tensor:
        """(clip, samples) to (clip, samples)."""
        waveforms = normalized(waveforms, self.spec)  # (clip, samples)
        if self.spec.mean == 0.0 and self.spec.std == 1.0:
            return waveforms
        return (waveforms - self.spec.mean) / self.spec.std  # type: ignore[operator]

    def grid(self, n_samples: int) -> Grid:
        """One cell per audio sample."""
        field = ReceptiveField()
        return Grid(
            times=field.centres(n_samples) / self.sample_rate,
            frequencies=np.empty(0),
            receptive_field=field,
        )


def normalized(waveforms: Tensor, spec: FrontendSpec) -> Tensor:
    """Normalise and scale each clip, (clip, samples) to another tensor; silence stays."""
    if spec.normalize == "zscore":
        waveforms = waveforms - waveforms.mean(dim=-1, keepdim=True)
    if spec.normalize == "peak":
        size = waveforms.abs().amax(dim=-1, keepdim=True)  # (clip, 1)
    elif spec.normalize in ("rms", "zscore"):
        size = waveforms.square().mean(dim=-1, keepdim=True).sqrt()  # (clip, 1)
    else:
        return waveforms * spec.scale  # new also for 1, as a network may overwrite what it is given
    tiny = torch.finfo(waveforms.dtype).tiny
    return waveforms / size.clamp(min=tiny) * spec.scale
