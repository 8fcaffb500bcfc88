"""What a capture holds of each channel."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, slots=True)
class ExemplarTable:
    """Clips with the highest value per channel, best first, as later layers see it.

    Parameters
    ----------
    clip_index
        int64 (channel, k); -1 where there are fewer clips than k.
    times
        Seconds of the receptive-field centre of that value, (channel, k); NaN likewise.
    values
        The value, float32 (channel, k); NaN likewise.
    """

    clip_index: np.ndarray
    times: np.ndarray
    values: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class HeardRange:
    """Lowest and highest value that later layers see of a channel, (clip, channel).

    `highest_cell` is the time cell of the highest, int (clip, channel); None in captures of
    earlier versions.
    """

    lowest: np.ndarray
    highest: np.ndarray
    highest_cell: np.ndarray | None = None
