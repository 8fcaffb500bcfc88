"""A sound with cells of its time-frequency plane taken out or made quieter, as a sound again.

With the STFT X of a waveform (Hann window w, hop H, frames as in `cnnviz.dsp.stft`) and a mask M,

    y[n] = sum_m w(n - mH) irfft(M X)[n - mH, m] / sum_m w^2(n - mH)

is the waveform whose STFT is nearest to M X in L2: synthesis with the canonical dual window. No
waveform need have the STFT M X; how far that of y is from it is the consistency error. So a
network is asked about y, never about M X.

References
----------
Griffin and Lim, "Signal Estimation from Modified Short-Time Fourier Transform" (1984).
"""

import numpy as np
from scipy.signal.windows import hann

from cnnviz.dsp.stft import check_frames, frame_spectra, frame_starts, window_power
from cnnviz.errors import ShapeError


def masked(waveform: np.ndarray, mask: np.ndarray, *, window: int, hop: int) -> np.ndarray:
    """Multiply the STFT of a waveform by a mask, and give the waveform of that.

    Parameters
    ----------
    waveform
        (samples,).
    mask
        Gain of each cell, (frequency, time), on the axes of `cnnviz.dsp.stft.relevance_grid`.
    window, hop
        Audio samples; a Hann window, even, and `hop` at most half of it.

    Returns
    -------
    np.ndarray
        float64 (samples,); linear in the waveform and in the mask, and the waveform itself where
        the mask is 1.

    Raises
    ------
    ParameterError
        If `window` is odd or `hop` leaves samples uncovered.
    ShapeError
        If the mask does not lie on these axes.

    Examples
    --------
    >>> sound = np.sin(np.arange(1000.0))
    >>> half = masked(sound, np.full((33, 66), 0.5), window=64, hop=16)
    >>> bool(np.allclose(half, 0.5 * sound))
    True
    """
    starts = _checked_starts(len(waveform), mask, window, hop)
    taper = hann(window, sym=False)
    frames = np.flatnonzero(mask.any(axis=0))
    spectra = frame_spectra(waveform, taper, starts[frames]) * mask.T[frames]  # (time, frequency)
    pieces = np.fft.irfft(spectra, window) * taper  # (time, window)
    total = np.zeros(len(waveform) + 2 * window)
    for start, piece in zip(starts[frames] + window, pieces, strict=True):
        total[start : start + window] += piece
    kept = total[window : window + len(waveform)]
    return np.asarray(kept / window_power(len(waveform), taper, hop=hop))


def consistency_error(waveform: np.ndarray, mask: np.ndarray, *, window: int, hop: int) -> float:
    """Distance of the STFT of the masked waveform from the masked STFT: |STFT(y) - M X| / |M X|.

    Norms are over frames and both halves of the spectrum.

    Parameters
    ----------
    waveform, mask, window, hop
        As in `masked`.

    Returns
    -------
    float
        From 0; 0 where the mask leaves nothing.
    """
    starts = _checked_starts(len(waveform), mask, window, hop)
    taper = hann(window, sym=False)
    wanted = frame_spectra(waveform, taper, starts) * mask.T  # (time, frequency)
    found = frame_spectra(masked(waveform, mask, window=window, hop=hop), taper, starts)
    whole = _norm(wanted)
    return _norm(found - wanted) / whole if whole else 0.0


def _norm(spectra: np.ndarray) -> float:
    """L2 norm over all frequencies of one-sided spectra of an even length."""
    powers = np.abs(spectra) ** 2
    return float(np.sqrt(2 * powers.sum() - powers[:, 0].sum() - powers[:, -1].sum()))


def _checked_starts(n_samples: int, mask: np.ndarray, window: int, hop: int) -> np.ndarray:
    check_frames(window, hop)
    starts = frame_starts(n_samples, window=window, hop=hop)
    if mask.shape != (window // 2 + 1, len(starts)):
        raise ShapeError(
            f"mask has shape {mask.shape}; allowed: {(window // 2 + 1, len(starts))}, the "
            "frequencies and frames of this clip"
        )
    return starts
