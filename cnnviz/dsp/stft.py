"""Exact time-frequency relevance of a waveform relevance R = (x - x') c.

With a window w of length W, hop H, and the canonical dual window, let X be the STFT of the
difference d = x - x' and G that of c / sum_m w^2(n - mH). Then (Parseval within each frame)

    R[k, m] = (mu_k / W) Re(conj(G[k, m]) X[k, m]),   mu_k = 1 at DC and Nyquist, else 2,

sums to sum_n d c over all cells, and over k to sum_n p_m(n) d[n] c[n] with the partition of unity
p_m(n) = w^2(n - mH) / sum_m' w^2(n - m'H). Nothing is divided by the signal. The clip is extended
by W zeros at each side, because reflection would break the conservation at its ends.

It is the gradient times magnitude at fixed phase of the STFT; with one frame as long as the
clip it is the frequency relevance of Vielhaben, Lapuschkin, Montavon and Samek, "Explainable
AI for Time Series via Virtual Inspection Layers" (2023).
"""

import numpy as np
from scipy import stats
from scipy.signal.windows import hann

from cnnviz.errors import ParameterError, ShapeError
from cnnviz.grid import Grid, ReceptiveField

_WINDOW_SECONDS, _FRAME_SECONDS, _OVERLAP = 0.032, 0.010, 4


def display_window(sample_rate: int) -> int:
    """Window length in audio samples: the power of two nearest to 32 ms (512 at 16 kHz).

    Examples
    --------
    >>> display_window(16000), display_window(8000)
    (512, 256)
    """
    return max(8, int(2 ** np.round(np.log2(_WINDOW_SECONDS * sample_rate))))


def display_frames(sample_rate: int) -> tuple[int, int]:
    """Window and hop of the plane that relevance is shown on, in audio samples.

    Examples
    --------
    >>> display_frames(16000)
    (512, 128)
    """
    window = display_window(sample_rate)
    return window, window // _OVERLAP


def time_frequency_relevance(
    difference: np.ndarray, coefficients: np.ndarray, *, window: int, hop: int
) -> np.ndarray:
    """Spread the relevance `difference * coefficients` over the STFT plane, exactly.

    Parameters
    ----------
    difference
        Clip minus baseline, (clip, samples).
    coefficients
        Gradient, or path-averaged gradient, of the same shape.
    window, hop
        Audio samples; a Hann window, `hop` at most half of it.

    Returns
    -------
    np.ndarray
        Signed relevance, float64 (clip, frequency, time) with window // 2 + 1 frequencies;
        sums to ``(difference * coefficients).sum(-1)`` for each clip.

    Raises
    ------
    ParameterError
        If `window` is odd or `hop` leaves samples uncovered.
    ShapeError
        If the arrays are not of one shape (clip, samples).

    Examples
    --------
    >>> clip = np.ones((1, 1000))
    >>> relevance = time_frequency_relevance(clip, 0.5 * clip, window=64, hop=16)
    >>> relevance.shape, round(float(relevance.sum()), 6)
    ((1, 33, 66), 500.0)
    """
    _check(difference, coefficients, window, hop)
    starts = frame_starts(difference.shape[-1], window=window, hop=hop)
    taper = hann(window, sym=False)  # (window,)
    cover = window_power(difference.shape[-1], taper, hop=hop)  # (samples,)
    planes = [
        _one_clip(x, c / cover, taper, starts)
        for x, c in zip(difference.astype(float), coefficients.astype(float), strict=True)
    ]
    shape = (len(difference), window // 2 + 1, len(starts))
    return np.stack(planes) if planes else np.zeros(shape)


def joint_relevance(
    differences: np.ndarray, coefficients: np.ndarray, *, window: int, hop: int
) -> np.ndarray:
    """Relevance of a clip over all its baselines, (frequency, time): the sum over their planes.

    Parameters
    ----------
    differences, coefficients
        Clip minus each baseline, and c, (baseline, samples).
    window, hop
        As in `time_frequency_relevance`.
    """
    rows = zip(differences, coefficients, strict=True)
    return np.asarray(
        sum(time_frequency_relevance(d[None], c[None], window=window, hop=hop)[0] for d, c in rows)
    )


def relevance_grid(n_samples: int, *, window: int, hop: int, sample_rate: int) -> Grid:
    """Axes of `time_frequency_relevance` in Hz and seconds.

    Times are the centres of the frames; the first and the last reach over the ends of the clip.
    """
    starts = frame_starts(n_samples, window=window, hop=hop)
    field = ReceptiveField(offset=float(starts[0]), jump=float(hop), size=float(window))
    return Grid(
        times=field.centres(len(starts)) / sample_rate,
        frequencies=np.fft.rfftfreq(window, 1 / sample_rate),
        receptive_field=field,
    )


def map_distance(
    difference: np.ndarray, coefficients: np.ndarray, reference: np.ndarray, *, sample_rate: int
) -> float:
    """Distance of two maps over time and frequency in L2, relative to the second.

    Parameters
    ----------
    difference
        Clip minus baseline, (samples,), or one row for each of several baselines.
    coefficients, reference
        c of either map, of the same shape.
    sample_rate
        Hz; sets the window, of which frames overlap by three quarters.

    Returns
    -------
    float
        From 0; 0 where both maps are zero, infinite where the second alone is.
    """
    window, hop = display_frames(sample_rate)
    apart, whole = (
        np.linalg.norm(
            joint_relevance(np.atleast_2d(difference), np.atleast_2d(c), window=window, hop=hop)
        )
        for c in (coefficients - reference, reference)
    )
    return float(apart / whole) if whole else float(np.inf if apart else 0.0)


def spectra(values: np.ndarray, *, window: int, hop: int) -> np.ndarray:
    """STFT of a clip, (samples,), on the frames of `time_frequency_relevance`.

    Returns
    -------
    np.ndarray
        complex128 (time, frequency), with a Hann window.
    """
    starts = frame_starts(len(values), window=window, hop=hop)
    return frame_spectra(values, hann(window, sym=False), starts)


def energy_correlation(relevance: np.ndarray, waveform: np.ndarray, *, sample_rate: int) -> float:
    """Spearman correlation of |relevance| with the energy of a clip over 10 ms frames.

    A relevance that only repeats the envelope of the sound is near 1. Frames of digital
    silence are left out: any relevance of the form x c is zero there.

    Parameters
    ----------
    relevance, waveform
        (samples,).
    sample_rate
        Hz.

    Returns
    -------
    float
        In -1 ... 1; 0 where one side is constant or fewer than three frames sound.
    """
    sides = (relevance, np.square(waveform, dtype=np.float64))
    return rank_correlation(*(frame_masses(one, waveform, sample_rate) for one in sides))


def frame_masses(values: np.ndarray, waveform: np.ndarray, sample_rate: int) -> np.ndarray:
    """Sum of |values| over each 10 ms frame of a clip that is not digital silence, (frame,).

    Parameters
    ----------
    values, waveform
        (samples,).
    sample_rate
        Hz.
    """
    size = max(1, round(_FRAME_SECONDS * sample_rate))
    starts = np.arange(0, len(waveform), size)
    energy = np.add.reduceat(np.square(waveform, dtype=np.float64), starts)  # (frame,)
    masses = np.add.reduceat(np.abs(values, dtype=np.float64), starts)
    return np.asarray(masses[energy > 0])


def rank_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Spearman correlation; 0 of fewer than three numbers, or where one side is constant."""
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(np.corrcoef(stats.rankdata(one), stats.rankdata(other))[0, 1])


def frame_starts(n_samples: int, *, window: int, hop: int) -> np.ndarray:
    """First sample of each frame that touches the clip; negative before it, int (time,)."""
    index = np.arange(1, (window + n_samples - 1) // hop + 1)
    return index * hop - window


def window_power(n_samples: int, taper: np.ndarray, *, hop: int) -> np.ndarray:
    """Sum of w^2 over the frames of `frame_starts`, (samples,): a period of `hop` repeats."""
    window = len(taper)
    parts = np.pad(taper**2, (0, -window % hop)).reshape(-1, hop)
    return np.asarray(np.resize(np.roll(parts.sum(0), -(window % hop)), n_samples))


def check_frames(window: int, hop: int) -> None:
    """Refuse a window or a hop that leaves samples uncovered.

    Raises
    ------
    ParameterError
        If `window` is odd or `hop` more than half of it.
    """
    if window < 4 or window % 2:
        raise ParameterError(f"window={window}; allowed: an even number from 4")
    if not 1 <= hop <= window // 2:
        raise ParameterError(f"hop={hop}; allowed: 1 to window / 2 = {window // 2}")


def _check(difference: np.ndarray, coefficients: np.ndarray, window: int, hop: int) -> None:
    if difference.ndim != 2 or difference.shape != coefficients.shape:
        raise ShapeError(
            f"difference has shape {difference.shape}, coefficients {coefficients.shape}; "
            "allowed: both (clip, samples)"
        )
    check_frames(window, hop)


def _one_clip(
    difference: np.ndarray, weighted: np.ndarray, taper: np.ndarray, starts: np.ndarray
) -> np.ndarray:
    """R[k, m] = (mu_k / W) Re(conj(G) X) of one clip, (frequency, time)."""
    window = len(taper)
    of_clip, of_weighted = (
        frame_spectra(values, taper, starts) for values in (difference, weighted)
    )
    fold = np.full(window // 2 + 1, 2.0)  # mu_k
    fold[[0, -1]] = 1.0
    relevance = fold / window * np.real(np.conj(of_weighted) * of_clip)
    return np.asarray(relevance.T)  # (frequency, time)


def frame_spectra(values: np.ndarray, taper: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Spectrum of each frame of a clip, windowed, complex128 (time, frequency)."""
    window = len(taper)
    index = (starts + window)[:, None] + np.arange(window)  # (time, window)
    return np.asarray(
        np.fft.rfft(np.pad(values.astype(np.float64), window)[index] * taper, axis=-1)
    )
