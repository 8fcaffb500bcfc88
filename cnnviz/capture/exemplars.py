"""The clips that excite each channel most, from a stream of shards."""

from collections.abc import Iterable

import numpy as np

from cnnviz.store import ExemplarTable


def find_exemplars(
    rows: Iterable[tuple[np.ndarray, np.ndarray]], times: np.ndarray, n_exemplars: int
) -> ExemplarTable:
    """Keep the best clips of each channel; memory is that of the best, not of all.

    Parameters
    ----------
    rows
        (maxima (clip, channel), cells of the maxima (clip, channel)) of consecutive clips.
    times
        Seconds of each cell, (time,).
    n_exemplars
        Clips to keep per channel; of equal maxima the earlier clip wins.
    """
    values, clips, cells = np.empty((0, 0)), np.empty((0, 0), int), np.empty((0, 0), int)
    first = 0
    for maxima, peaks in rows:
        n_clips, n_channels = maxima.shape
        clip_numbers = np.broadcast_to(np.arange(first, first + n_clips)[:, None], maxima.shape)
        if not first:
            values = np.full((n_exemplars, n_channels), np.nan, dtype=np.float32)
            clips, cells = np.full(values.shape, -1), np.zeros(values.shape, dtype=np.int64)
        values = np.concatenate([values, maxima])
        clips, cells = np.concatenate([clips, clip_numbers]), np.concatenate([cells, peaks])
        ranked = np.where(clips < 0, -np.inf, np.nan_to_num(values, nan=-np.inf))
        # lexsort: the last key is the first; missing entries (-1) come after every clip
        best = np.lexsort((np.where(clips < 0, np.iinfo(np.int64).max, clips), -ranked), axis=0)
        best = best[:n_exemplars]
        values, clips, cells = (
            np.take_along_axis(array, best, axis=0) for array in (values, clips, cells)
        )
        first += n_clips
    return ExemplarTable(
        clip_index=clips.T.astype(np.int64),
        times=np.where(clips.T < 0, np.nan, times[cells.T]),
        values=values.T.astype(np.float32),
    )
