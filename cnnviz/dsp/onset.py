"""Where the sound of a clip begins, and spectra laid side by side from there on."""

import numpy as np

BLOCK_SECONDS, BELOW_PEAK_DB, RISE_DB = 0.01, 20.0, 10.0
"""Level is measured in blocks this long; a sound begins with the first one that lies at most so
far below the loudest, and clearly so where the level rises by as much."""
_N_AROUND = 5


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
