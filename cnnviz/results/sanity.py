"""Maps held against those of networks drawn anew, and against those of a noisy clip."""

from dataclasses import dataclass

import numpy as np

from cnnviz.results._freeze import freeze

FLOOR, MARGIN, ENERGY, DRAWN_ENERGY, FACTORS, DRAWN_FACTORS, NOISE, ENERGY_NOISE = NUMBERS = (
    *("floor", "margin", "energy", "drawn_energy", "factors", "drawn_factors"),
    *("noise", "energy_noise"),
)
"""Agreement of wholly drawn networks with each other, and by how much it is above that of the
network with them; rank correlation with the clip's energy, of the network's maps and of theirs;
agreement of the coefficients c of relevance d c, of the network with wholly drawn ones and of
these with each other; how far noise 30 dB below the clip moves the map, and the clip's energy."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sanity:
    """Agreement of maps with those of networks drawn anew, and how far a little noise moves them.

    An agreement is the Spearman correlation of |relevance| of two maps of one clip over its 10 ms
    frames that sound, over bands where a map has no time; 0 where one is constant.

    Parameters
    ----------
    layers
        Down to which the layers were drawn anew, from the output to the first, with which all
        are; empty: the network cannot be copied, or nothing in it drawn anew.
    values
        (clip, layer + number): the agreement with the network's own map for each of `layers`,
        and each of `NUMBERS`. With all layers drawn anew it is a mean over `n_draws` networks.
        NaN where a drawn network has no scores, a map is zero, or has no coefficients.
    intervals
        95 % interval of each mean over clips, groups resampled, (layer + number, 2); NaN of one
        group.
    n_draws
        Networks whose layers were all drawn anew, and draws of noise.
    groups
        Speaker or recording of each clip, (clip,), ``""`` where not known.
    """

    layers: tuple[str, ...]
    values: np.ndarray
    intervals: np.ndarray
    n_draws: int
    groups: tuple[str, ...]

    def __post_init__(self) -> None:
        n_rows = len(self.layers) + len(NUMBERS)
        freeze(self, values=("clip", n_rows), intervals=(n_rows, 2))

    @property
    def means(self) -> np.ndarray:
        """Mean over clips of each column of `values`, (layer + number,)."""
        means: np.ndarray = self.values.mean(axis=0)
        return means

    def row(self, name: str) -> int:
        """Column of one of `NUMBERS`."""
        return len(self.layers) + NUMBERS.index(name)
