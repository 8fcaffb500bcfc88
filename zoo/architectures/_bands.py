"""First layers whose kernels are formulas: what is learned are the edges of bands.

Frequencies are kept in kHz, in which steps of common learning rates are of the size of a band.

References
----------
Ravanelli and Bengio, "Speaker Recognition from Raw Waveform with SincNet" (2018);
Zeghidour, Teboul, Quitry and Tagliasacchi, "LEAF: A Learnable Frontend for Audio
Classification" (2021).
"""

from math import pi

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_KHZ = 1000.0  # Hz
_LOWEST, _NARROWEST = 0.02, 0.03  # kHz, edge and width of a band


class _Bands(nn.Module):
    """What learnable bands share.

    Parameters
    ----------
    n_filters
        Bands, evenly on the mel scale at first.
    kernel
        Taps, odd.
    stride
        In audio samples.
    sample_rate
        Hz.
    """

    times: Tensor

    def __init__(self, n_filters: int, kernel: int, stride: int, sample_rate: int) -> None:
        super().__init__()
        self.n_filters, self.stride, self.sample_rate = n_filters, stride, sample_rate
        self.register_buffer("times", torch.arange(kernel) - kernel // 2.0)  # audio samples


class SincBands(_Bands):
    """Band-pass filters between two learnable edges, as differences of windowed sincs.

    h[n] = w[n] (2 f2 sinc(2 f2 n) - 2 f1 sinc(2 f1 n)), f in cycles per audio sample, w Hamming,
    divided by its gain at the middle of the band.

    Parameters are those of `_Bands`.
    """

    def __init__(self, n_filters: int, kernel: int, stride: int, sample_rate: int) -> None:
        super().__init__(n_filters, kernel, stride, sample_rate)
        edges = _mel_edges(n_filters, sample_rate)  # kHz
        self.low = nn.Parameter(edges[:-2].clone())
        self.width = nn.Parameter(edges[2:] - edges[:-2])
        self.register_buffer("window", torch.hamming_window(kernel, periodic=False))

    window: Tensor

    def edges(self) -> Tensor:
        """Lower and upper edge of each band in Hz, (filter, 2)."""
        nyquist = self.sample_rate / 2 / _KHZ
        low = (_LOWEST + self.low.abs()).clamp(max=nyquist - _NARROWEST)
        high = (low + _NARROWEST + self.width.abs()).clamp(max=nyquist)
        return torch.stack([low, high], dim=1) * _KHZ

    def kernels(self) -> Tensor:
        """Taps, (filter, 1, time)."""
        low, high = (self.edges() / self.sample_rate).unbind(dim=1)  # cycles per audio sample
        kernels = self.window * (_low_pass(high, self.times) - _low_pass(low, self.times))
        middle = torch.cos(pi * (low + high)[:, None] * self.times)
        return (kernels / (kernels * middle).sum(dim=1, keepdim=True)).unsqueeze(1)

    def forward(self, inputs: Tensor) -> Tensor:
        """(clip, 1, time) to (clip, filter, time / stride)."""
        kernels = self.kernels()
        return F.conv1d(inputs, kernels, stride=self.stride, padding=kernels.shape[2] // 2)


class GaborBands(_Bands):
    """Power in Gabor bands of learnable centre and width.

    h[n] = g[n] exp(2 pi i f n), g a Gaussian of unit gain whose spectrum has the standard
    deviation b; given is |x * h|^2.

    Parameters are those of `_Bands`.
    """

    def __init__(self, n_filters: int, kernel: int, stride: int, sample_rate: int) -> None:
        super().__init__(n_filters, kernel, stride, sample_rate)
        edges = _mel_edges(n_filters, sample_rate)  # kHz
        self.centre = nn.Parameter(edges[1:-1].clone())
        self.width = nn.Parameter((edges[2:] - edges[:-2]) / 4)

    def bands(self) -> Tensor:
        """Centre and standard deviation of each band in Hz, (filter, 2)."""
        nyquist = self.sample_rate / 2 / _KHZ
        centre = self.centre.abs().clamp(_LOWEST, nyquist)
        return torch.stack([centre, _NARROWEST / 2 + self.width.abs()], dim=1) * _KHZ

    def kernels(self) -> Tensor:
        """Real parts, then imaginary parts, (2 filter, 1, time)."""
        centre, width = (self.bands() / self.sample_rate).unbind(dim=1)  # cycles per audio sample
        # a Gaussian of deviation b in frequency is one of deviation 1 / (2 pi b) in time
        envelope = torch.exp(-0.5 * (2 * pi * width[:, None] * self.times) ** 2)
        envelope = envelope / envelope.sum(dim=1, keepdim=True)
        phase = 2 * pi * centre[:, None] * self.times
        return torch.cat([envelope * phase.cos(), envelope * phase.sin()]).unsqueeze(1)

    def forward(self, inputs: Tensor) -> Tensor:
        """(clip, 1, time) to (clip, filter, time / stride), not negative."""
        kernels = self.kernels()
        filtered = F.conv1d(inputs, kernels, stride=self.stride, padding=kernels.shape[2] // 2)
        pairs = filtered.reshape(len(filtered), 2, self.n_filters, -1)  # (clip, part, filter, time)
        return pairs.square().sum(dim=1)


class LogCompression(nn.Module):
    """log(x + 1e-3) of powers: level differences become distances."""

    def forward(self, inputs: Tensor) -> Tensor:
        """Same shape as `inputs`, which are not negative."""
        return torch.log(inputs + 1e-3)


def _low_pass(cutoff: Tensor, times: Tensor) -> Tensor:
    """Ideal low-pass of each cutoff in cycles per audio sample, (filter, time)."""
    return 2 * cutoff[:, None] * torch.sinc(2 * cutoff[:, None] * times)


def _mel_edges(n_filters: int, sample_rate: int) -> Tensor:
    """n_filters + 2 frequencies in kHz, evenly on the mel scale (O'Shaughnessy 1987)."""
    mels = torch.linspace(_mel(_LOWEST * _KHZ), _mel(sample_rate / 2), n_filters + 2)
    edges: Tensor = 700 * (10 ** (mels / 2595) - 1) / _KHZ
    return edges


def _mel(frequency: float) -> float:
    """Mel of a frequency in Hz; on the CPU, also where networks are built of shapes alone."""
    return float(2595 * torch.log10(torch.tensor(1 + frequency / 700, device="cpu")))
