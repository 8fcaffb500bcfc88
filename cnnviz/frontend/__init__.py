"""Frontends: waveform to network input, as nn.Module with their axes in Hz and seconds."""

from typing import Protocol, Self

import torch
from torch import Tensor

from cnnviz.frontend.spec import KINDS, FrontendSpec
from cnnviz.frontend.waveform import Waveform
from cnnviz.grid import Grid

__all__ = ["KINDS", "Frontend", "FrontendSpec", "Waveform", "build_frontend"]


class Frontend(Protocol):
    """What every frontend is: a module with axes."""

    spec: FrontendSpec

    def __call__(self, waveforms: Tensor) -> Tensor:
        """float32 (clip, samples) to (clip, samples) or (clip, 1, frequency, time)."""
        ...

    def to(self, device: torch.device) -> Self:
        """Move the module's own tensors, and return it."""
        ...

    def grid(self, n_samples: int) -> Grid:
        """Axes of the output for clips of `n_samples`."""
        ...


def build_frontend(spec: FrontendSpec, *, sample_rate: int) -> Frontend:
    """Build the frontend that a specification describes.

    Parameters
    ----------
    spec
        What stands in the checkpoint or in ``MODEL.json``.
    sample_rate
        Hz.

    Raises
    ------
    ParameterError
        If the frequencies of the filters do not lie below the Nyquist frequency, or a mean or
        standard deviation has another length than the frequency axis.

    Examples
    --------
    >>> import torch
    >>> spec = FrontendSpec(kind="log_mel", n_fft=480, hop_length=160, n_mels=40)
    >>> build_frontend(spec, sample_rate=16_000)(torch.zeros(2, 16_000)).shape
    torch.Size([2, 1, 40, 101])
    """
    if spec.kind == "waveform":
        return Waveform(spec, sample_rate)
    from cnnviz.frontend.spectrogram import MFCC, LogMel  # librosa, only where it is needed

    return (LogMel if spec.kind == "log_mel" else MFCC)(spec, sample_rate)
