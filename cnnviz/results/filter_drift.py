"""What training moved in filters whose initial weights are known."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from cnnviz.results._freeze import freeze


@dataclass(frozen=True, kw_only=True, slots=True)
class FilterDrift:
    """One row per filter; every column is (filter,), NaN for filters without energy.

    Parameters
    ----------
    initial_centre_hz
        Middle of the half-power band at the waveform before training.
    centre_change_hz, centre_change_erbs
        What training added to it, in Hz and on the ERB-rate scale.
    erb_change_hz
        What training added to the equivalent rectangular bandwidth.
    spectral_distance
        Jensen-Shannon distance between the power spectra before and after, each of sum 1: 0 where
        they are equal, 1 where no frequency is in both.
    norm_ratio
        Norm of the layer's own taps over that before training.
    moved_share
        Share of the live filters whose centre moved by more than 1 ERB; NaN without any.
    """

    initial_centre_hz: np.ndarray
    centre_change_hz: np.ndarray
    centre_change_erbs: np.ndarray
    erb_change_hz: np.ndarray
    spectral_distance: np.ndarray
    norm_ratio: np.ndarray
    moved_share: float

    def __post_init__(self) -> None:
        freeze(self, **dict.fromkeys(self.columns(), ("filter",)))

    def columns(self) -> dict[str, Sequence[object]]:
        """Columns by name."""
        names = [field.name for field in fields(self) if field.name != "moved_share"]
        return {name: getattr(self, name) for name in names}
