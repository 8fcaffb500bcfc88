"""Where the sound of a clip begins, spectra laid side by side from there on, and who answers it."""

from collections.abc import Sequence

import numpy as np

BLOCK_SECONDS, BELOW_PEAK_DB, RISE_DB = 0.01, 20.0, 10.0
"""Level is measured in blocks this long; a sound begins with the first one that lies at most so
far below the loudest, and clearly so where the level rises by as much."""
_N_AROUND = 5
AT_ONSET_SECONDS, AFTER_ONSET_SECONDS = (0.0, 0.05), (0.1, 0.3)
"""What counts as the onset, and as what is sustained, from the onset on."""


def onset_seconds(waveform: np.ndarray, sample_rate: int) -> float:
    """Where the sound begins, in s; NaN where no beginning is clear.

    It is the start of the first block of 10 ms within 20 dB of the loudest one. Up to 50 ms before
    it must be 10 dB quieter than 50 ms from it on; a clip that begins with its sound has no onset.

    Parameters
    ----------
    waveform
        (samples,).
    sample_rate
        Hz.

    Examples
    --------
    >>> onset_seconds(np.repeat([0.0, 1.0], 4000), 8000)
    0.5
    """
    size = max(1, round(BLOCK_SECONDS * sample_rate))
    n_blocks = len(waveform) // size
    blocks = np.asarray(waveform[: n_blocks * size], dtype=np.float64).reshape(n_blocks, size)
    energies = np.square(blocks).mean(1)  # (block,)
    if not energies.any():
        return float("nan")
    first = int((energies >= energies.max() * 10 ** (-BELOW_PEAK_DB / 10)).argmax())
    before = energies[max(first - _N_AROUND, 0) : first]
    rise = 10 ** (RISE_DB / 10)
    if not first or energies[first : first + _N_AROUND].mean() < rise * before.mean():
        return float("nan")
    return first * size / sample_rate


def aligned(plane: np.ndarray, start: int, n_frames: int) -> np.ndarray:
    """Cut `n_frames` columns of a plane (row, frame) from `start` on; 0 where it has none.

    Examples
    --------
    >>> aligned(np.arange(1, 5)[None], -1, 3)
    array([[0, 1, 2]])
    """
    cut = np.zeros((len(plane), n_frames), dtype=plane.dtype)
    first, last = max(start, 0), min(start + n_frames, plane.shape[1])
    if first < last:
        cut[:, first - start : last - start] = plane[:, first:last]
    return cut


def mean_after_onset(responses: np.ndarray, times: np.ndarray, onset: float) -> np.ndarray:
    """Mean responses at an onset and after it, (channel, 2).

    Parameters
    ----------
    responses
        At least 0, (channel, time).
    times
        In s, (time,).
    onset
        In s; NaN where there is none.

    Returns
    -------
    np.ndarray
        Over 0 to 50 ms and 100 to 300 ms from the onset on; NaN where either has no cell, or the
        times end before.
    """
    means = np.full((len(responses), 2), np.nan)
    if not len(times) or not times[-1] >= onset + AFTER_ONSET_SECONDS[1] - _step(times):
        return means
    for k, (start, stop) in enumerate((AT_ONSET_SECONDS, AFTER_ONSET_SECONDS)):
        inside = (times >= onset + start) & (times < onset + stop)
        if inside.any():
            means[:, k] = responses[:, inside].mean(axis=1)
    return means


def onset_indices(means: Sequence[np.ndarray], n_channels: int) -> tuple[np.ndarray, int]:
    """(onset - sustained) / (onset + sustained) of each channel, and the onsets it rests on.

    Parameters
    ----------
    means
        Of each clip, as `mean_after_onset` gives them; those with a NaN are left out.
    n_channels
        How many there are.

    Returns
    -------
    np.ndarray, int
        (channel,) in [-1, 1]: 1 answers the onset alone, 0 both alike, -1 only later; NaN where
        nothing responds. The number of clips that count.

    Examples
    --------
    >>> onset_indices([np.array([[3.0, 0.0], [1.0, 1.0]])], 2)
    (array([1., 0.]), 1)
    """
    known = [one for one in means if np.isfinite(one).all()]
    onset, later = np.sum([np.zeros((n_channels, 2)), *known], axis=0).T
    total = onset + later
    index = np.where(total > 0, (onset - later) / np.where(total > 0, total, 1.0), np.nan)
    return index, len(known)


def _step(times: np.ndarray) -> float:
    return float(times[-1] - times[-2]) if len(times) > 1 else 0.0
