"""Log-mel and MFCC frontends: torch.stft with the filters of librosa."""

import warnings

import numpy as np
import torch
from librosa import mel_frequencies
from librosa.filters import mel
from scipy.fft import dct
from scipy.signal import get_window
from torch import Tensor, nn

from cnnviz.errors import ParameterError, ShapeError
from cnnviz.frontend.spec import FrontendSpec
from cnnviz.frontend.waveform import normalized
from cnnviz.grid import Grid, ReceptiveField


class _MelFrames(nn.Module):
    """Window and mel filters of a frontend, as float32 buffers that belong to no checkpoint.

    Parameters
    ----------
    spec
        Of a spectral kind.
    sample_rate
        Hz.
    n_rows
        Rows of the output, each with its mean and deviation.

    Raises
    ------
    ParameterError
        If `fmax` lies above the Nyquist frequency or not above `fmin`.
    """

    window: Tensor
    mel_filters: Tensor
    mean: Tensor
    std: Tensor

    def __init__(self, spec: FrontendSpec, sample_rate: int, n_rows: int) -> None:
        super().__init__()
        self.spec, self.sample_rate = spec, sample_rate
        window = get_window(spec.window, spec.win_length or _checked(spec.n_fft))
        self._add_buffer("window", window)  # (win_length,)
        self._add_buffer("mel_filters", mel_filters(spec, sample_rate))  # (mel, bin)
        self._add_buffer("mean", _per_row(spec, "mean", n_rows))  # (row, 1) or (1, 1)
        self._add_buffer("std", _per_row(spec, "std", n_rows))

    def _add_buffer(self, name: str, values: np.ndarray) -> None:
        self.register_buffer(name, torch.tensor(values, dtype=torch.float32), persistent=False)


class LogMel(_MelFrames):
    """Log-mel spectrogram, (clip, samples) to (clip, 1, mel, frame).

    Parameters
    ----------
    spec
        Of a spectral kind.
    sample_rate
        Hz.

    Raises
    ------
    ParameterError
        If `fmax` lies above the Nyquist frequency or not above `fmin`.
    """

    def __init__(self, spec: FrontendSpec, sample_rate: int) -> None:
        super().__init__(spec, sample_rate, _checked(spec.n_mels))

    def forward(self, waveforms: Tensor) -> Tensor:
        """(clip, samples) to (clip, 1, mel, frame)."""
        levels = log_mel(waveforms, self.spec, self.window, self.mel_filters)
        return ((levels - self.mean) / self.std).unsqueeze(1)  # (clip, 1, mel, frame)

    def grid(self, n_samples: int) -> Grid:
        """Centres of the frames in seconds and of the mel bands in Hz."""
        return _frame_grid(self.spec, self.sample_rate, n_samples, _mel_centres(self))


class MFCC(_MelFrames):
    """Mel-frequency cepstral coefficients, (clip, samples) to (clip, 1, coefficient, frame).

    Coefficients have no place on a frequency axis: the grid names no Hz.

    Parameters
    ----------
    spec
        Of kind ``"mfcc"``.
    sample_rate
        Hz.

    References
    ----------
    S. Davis and P. Mermelstein, "Comparison of parametric representations for monosyllabic
    word recognition in continuously spoken sentences", IEEE TASSP 28(4), 1980.
    """

    basis: Tensor

    def __init__(self, spec: FrontendSpec, sample_rate: int) -> None:
        super().__init__(spec, sample_rate, spec.n_mfcc)
        self._add_buffer("basis", cepstral_basis(spec))  # (coefficient, mel)

    def forward(self, waveforms: Tensor) -> Tensor:
        """(clip, samples) to (clip, 1, coefficient, frame)."""
        levels = log_mel(waveforms, self.spec, self.window, self.mel_filters)
        coefficients = self.basis @ levels  # (clip, coefficient, frame)
        return ((coefficients - self.mean) / self.std).unsqueeze(1)

    def grid(self, n_samples: int) -> Grid:
        """Centres of the frames in seconds; no frequencies."""
        return _frame_grid(self.spec, self.sample_rate, n_samples, np.empty(0))


def log_mel(waveforms: Tensor, spec: FrontendSpec, window: Tensor, filters: Tensor) -> Tensor:
    """Log-mel levels of waveforms (clip, samples), as (clip, mel, frame).

    Raises
    ------
    ShapeError
        If the clips are shorter than one frame.
    """
    return logarithm(mel_powers(waveforms, spec, window, filters), spec)


def mel_powers(waveforms: Tensor, spec: FrontendSpec, window: Tensor, filters: Tensor) -> Tensor:
    """Sums of |STFT| ** power over mel bands, (clip, samples) to (clip, mel, frame).

    Raises
    ------
    ShapeError
        If the clips are shorter than one frame.
    """
    n_fft = _checked(spec.n_fft)
    n_needed = n_fft if not spec.center else n_fft // 2 + 1 if spec.pad_mode == "reflect" else 1
    if waveforms.shape[-1] < n_needed:
        raise ShapeError(
            f"clips have {waveforms.shape[-1]} samples; a frame of n_fft={n_fft} needs "
            f"{n_needed}; pad the clips with --n-samples"
        )
    spectrum = torch.stft(
        normalized(waveforms, spec),
        n_fft,
        hop_length=spec.hop_length,
        win_length=spec.win_length,
        window=window,
        center=spec.center,
        pad_mode=spec.pad_mode,
        return_complex=True,
    )  # (clip, bin, frame)
    power = spectrum.real.square() + spectrum.imag.square()
    if spec.power == 1:
        # The root of an exact zero has no slope: it is kept out of the gradient.
        power = torch.where(power > 0, power, torch.ones_like(power)).sqrt() * (power > 0)
    return filters @ power  # (clip, mel, frame)


def logarithm(powers: Tensor, spec: FrontendSpec) -> Tensor:
    """Levels of mel powers in units of `spec.log`, of the same shape."""
    values = powers.clamp(min=spec.amin) + spec.offset
    if spec.log == "ln":
        levels = values.log()
    elif spec.log == "log2":
        levels = values.log2()
    else:
        levels = values.log10() * ({1: 20.0, 2: 10.0}[int(spec.power)] if spec.log == "db" else 1)
    if spec.top_db is None:
        return levels
    return levels.maximum(levels.amax(dim=(-2, -1), keepdim=True) - spec.top_db)


def mel_filters(spec: FrontendSpec, sample_rate: int) -> np.ndarray:
    """Triangular mel filters of librosa, (mel, bin).

    Raises
    ------
    ParameterError
        If `fmax` lies above the Nyquist frequency or not above `fmin`.
    """
    fmax = sample_rate / 2 if spec.fmax is None else spec.fmax
    if not spec.fmin < fmax <= sample_rate / 2:
        raise ParameterError(
            f"fmin={spec.fmin:g}, fmax={fmax:g}; allowed: fmin < fmax <= {sample_rate / 2:g} "
            f"(half of sample_rate={sample_rate})"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # bands too narrow for a bin stay empty
        filters: np.ndarray = mel(
            sr=sample_rate,
            n_fft=_checked(spec.n_fft),
            n_mels=_checked(spec.n_mels),
            fmin=spec.fmin,
            fmax=fmax,
            htk=spec.htk,
            norm=spec.norm,
            dtype=np.float64,
        )
    return filters


def cepstral_basis(spec: FrontendSpec) -> np.ndarray:
    """Orthonormal DCT-II with its sine lifter, (coefficient, mel)."""
    basis = dct(np.eye(_checked(spec.n_mels)), axis=0, norm="ortho")[: spec.n_mfcc]
    if spec.lifter > 0:
        ramp = np.arange(1, spec.n_mfcc + 1)
        basis = basis * (1 + spec.lifter / 2 * np.sin(np.pi * ramp / spec.lifter))[:, None]
    values: np.ndarray = basis
    return values


def frame_field(spec: FrontendSpec) -> ReceptiveField:
    """Field of the frames in audio samples: the window, centred in `n_fft`."""
    n_fft, length = _checked(spec.n_fft), spec.win_length or _checked(spec.n_fft)
    start = (n_fft - length) // 2 - (n_fft // 2 if spec.center else 0)
    return ReceptiveField(offset=start, jump=_checked(spec.hop_length), size=length)


def _frame_grid(
    spec: FrontendSpec, sample_rate: int, n_samples: int, frequencies: np.ndarray
) -> Grid:
    n_fft = _checked(spec.n_fft)
    padded = n_samples + (2 * (n_fft // 2) if spec.center else 0)
    n_frames = max(0, 1 + (padded - n_fft) // _checked(spec.hop_length))
    field = frame_field(spec)
    return Grid(
        times=field.centres(n_frames) / sample_rate,
        frequencies=frequencies,
        receptive_field=field,
    )


def _mel_centres(frontend: LogMel) -> np.ndarray:
    """Peaks of the mel triangles in Hz, (mel,)."""
    spec = frontend.spec
    fmax = frontend.sample_rate / 2 if spec.fmax is None else spec.fmax
    n_mels = _checked(spec.n_mels)
    borders: np.ndarray = mel_frequencies(
        n_mels=n_mels + 2, fmin=spec.fmin, fmax=fmax, htk=spec.htk
    )
    return borders[1:-1]


def _per_row(spec: FrontendSpec, name: str, n_rows: int) -> np.ndarray:
    values = np.atleast_1d(np.asarray(getattr(spec, name), dtype=np.float64))
    if values.size not in (1, n_rows):
        raise ParameterError(f"{name} has {values.size} values; allowed: 1 or {n_rows}")
    return values[:, None]  # (row, 1)


def _checked(value: int | None) -> int:
    """A length that the specification has checked."""
    assert value is not None
    return value
