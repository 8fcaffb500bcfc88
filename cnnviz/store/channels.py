"""What a capture holds of each channel."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, slots=True)
class ExemplarTable:
    """Clips with the highest maximum per channel, best first.

    Parameters
    ----------
    clip_index
        int64 (channel, k); -1 where there are fewer clips than k.
    times
        Seconds of the receptive-field centre of the maximum, (channel, k); NaN likewise.
    values
        The maximum, float32 (channel, k); NaN likewise.
    """

    clip_index: np.ndarray
    times: np.ndarray
    values: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class HeardRange:
    """Lowest and highest value that later layers see of a channel, (clip, channel)."""

    lowest: np.ndarray
    highest: np.ndarray
