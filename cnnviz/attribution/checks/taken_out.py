"""Random patches of the time-frequency plane taken out of a clip, and what its score loses by it.

Each draw is four rectangles, a sixteenth to a quarter of the clip long and as large a part of the
ERB-rate scale from 0 Hz to half the sample rate high. The masked STFT is made a sound again, and
it is this that the network scores. As that sound is linear in the mask, the relevance in the
patches of a score that is linear in the sound is exactly what the score loses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from cnnviz.attribution.perturbed import falls, sound_of
from cnnviz.attribution.target_scores import TargetScores
from cnnviz.dsp.masking import masked
from cnnviz.dsp.scales import erb_number
from cnnviz.dsp.stft import display_frames, relevance_grid

N_DRAWS = 32
_N_PATCHES, _SHORTEST, _LONGEST = 4, 1 / 16, 1 / 4


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenOut:
    """Patches of one clip, and how far its score falls without them.

    Parameters
    ----------
    starts, stops
        Of each patch as shares of the rate scale and of the clip, (draw, patch, 2), 0 to 1.
    rates, times
        Of each row and frame of the plane on the same axes, (frequency,) and (time,).
    falls
        Explained score of the clip less that without the patches, (draw,).
    """

    starts: np.ndarray
    stops: np.ndarray
    rates: np.ndarray
    times: np.ndarray
    falls: np.ndarray

    def masks(self) -> Iterator[np.ndarray]:
        """Whether each cell is in a patch of a draw, bool (frequency, time)."""
        for starts, stops in zip(self.starts, self.stops, strict=True):
            high = _inside(self.rates, starts[:, 0], stops[:, 0])  # (patch, frequency)
            long = _inside(self.times, starts[:, 1], stops[:, 1])  # (patch, time)
            yield (high[:, :, None] & long[:, None]).any(axis=0)

    @property
    def n_cells(self) -> np.ndarray:
        """Cells in the patches of each draw: the sums of a map that is 1 everywhere, (draw,)."""
        return np.array([np.count_nonzero(mask) for mask in self.masks()], dtype=np.float64)

    def sums(self, plane: np.ndarray) -> np.ndarray:
        """Sum of a map over the patches, (draw,)."""
        return np.array([plane[mask].sum(dtype=np.float64) for mask in self.masks()])


def take_out(scores: TargetScores, clip: int, generator: np.random.Generator) -> TakenOut:
    """Draw patches, and score the clip without those of each draw.

    Parameters
    ----------
    scores, clip
        What is explained, and which clip.
    generator
        Of the patches.
    """
    waveform, rate = sound_of(scores, clip), scores.sample_rate
    window, hop = display_frames(rate)
    grid = relevance_grid(len(waveform), window=window, hop=hop, sample_rate=rate)
    shape = (N_DRAWS, _N_PATCHES, 2)
    sides = generator.uniform(_SHORTEST, _LONGEST, shape)
    starts = generator.uniform(size=shape) * (1 - sides)
    drawn = TakenOut(
        starts=starts,
        stops=starts + sides,
        rates=erb_number(grid.frequencies) / erb_number(np.array(rate / 2)),
        times=grid.times * rate / len(waveform),
        falls=np.empty(0),
    )
    rest = (masked(waveform, ~mask, window=window, hop=hop) for mask in drawn.masks())
    return replace(drawn, falls=falls(scores, clip, rest))


def _inside(places: np.ndarray, starts: np.ndarray, stops: np.ndarray) -> np.ndarray:
    """Whether places lie between starts and stops, bool (interval, place)."""
    return np.asarray((places >= starts[:, None]) & (places < stops[:, None]))
