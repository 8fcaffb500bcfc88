"""Short stretches of a clip: which relevance marks, and the clip without them."""

import numpy as np

SECONDS, N_STRETCHES = 0.05, 5
_RAMP_SECONDS, _LARGEST_SHARE = 0.005, 0.25


def stretch_sums(values: np.ndarray, *, sample_rate: int) -> np.ndarray:
    """Sum over stretches of 50 ms, the last one shorter: (samples,) to (stretch,)."""
    starts = np.arange(0, len(values), stretch_length(sample_rate))
    return np.asarray(np.add.reduceat(values.astype(np.float64), starts))


def stretch_length(sample_rate: int) -> int:
    """Audio samples in a stretch."""
    return max(1, round(SECONDS * sample_rate))


def most_relevant(relevance: np.ndarray, *, sample_rate: int) -> np.ndarray:
    """Stretches that speak for the score most: at most five, and a quarter of those that sound.

    Parameters
    ----------
    relevance
        Signed, (samples,); zero where nothing sounds.
    sample_rate
        Hz.

    Returns
    -------
    np.ndarray
        Positions of stretches with relevance above zero, largest first, (stretch,).
    """
    sums = stretch_sums(relevance, sample_rate=sample_rate)
    masses = stretch_sums(np.abs(relevance), sample_rate=sample_rate)
    n = min(N_STRETCHES, max(1, int(_LARGEST_SHARE * (masses > 0).sum())))
    strongest = np.argsort(-sums, kind="stable")[:n]
    return np.asarray(strongest[sums[strongest] > 0])


def without_stretches(
    waveform: np.ndarray, stretches: np.ndarray, *, sample_rate: int
) -> np.ndarray:
    """Silence stretches of a clip, (samples,), with ramps of 5 ms centred on their ends."""
    length, ramp = stretch_length(sample_rate), 1 + 2 * round(_RAMP_SECONDS / 2 * sample_rate)
    is_in = np.isin(np.arange(len(waveform)) // length, stretches)
    taper = np.hanning(ramp + 2)
    padded = np.pad(is_in.astype(float), ramp // 2, mode="edge")
    gain = 1 - np.convolve(padded, taper[1:-1] / taper.sum(), mode="valid")
    return np.asarray(waveform * gain)


def spread_over_samples(cells: np.ndarray, middles: np.ndarray, n_samples: int) -> np.ndarray:
    """Spread what cells hold evenly over audio samples, half-way to the next cells.

    Parameters
    ----------
    cells
        (cell,), in order of time.
    middles
        Middle of each cell in audio samples; what lies beyond the ends of the clip is kept there.
    n_samples
        Of the clip.

    Returns
    -------
    np.ndarray
        float64 (samples,), of the same sum.
    """
    between = (middles[1:] + middles[:-1]) / 2
    edges = np.clip(np.concatenate([[-np.inf], between, [np.inf]]), -0.5, n_samples - 0.5)
    total = np.append(0, np.cumsum(cells, dtype=np.float64))
    return np.diff(np.interp(np.arange(n_samples + 1) - 0.5, edges, total))
