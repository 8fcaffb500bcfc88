"""Spectro-temporal receptive fields of units on the clips of a run."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results._unit_table import unit_table
from cnnviz.results.finding import Finding
from cnnviz.results.result import Result
from cnnviz.results.twin_rows import BesideTwins, of_units

if TYPE_CHECKING:
    import pandas

LEAST_P = 0.01
"""P below which a unit's receptive field is shown."""
_MEASURED = ("alphas", "held_out_correlations", "chance_95", "p")


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitFields:
    """Spectro-temporal receptive fields of the units of one layer.

    Parameters
    ----------
    layer, reading
        Name of the layer call, and what of it is read off.
    frequencies
        Hz of the bands, (band,).
    lags_seconds
        Time of a frame before the latest one that a cell sees, (lag,).
    cell_seconds
        Sound that a cell sees.
    kernels
        Standard deviations of the answer per standard deviation of a cell of the spectrogram,
        float32 (unit, band, lag).
    alphas
        Penalty on the squared weights of each unit, chosen by cross-validation, (unit,).
    held_out_correlations
        Of predicted and measured answers to clips that were held out, (unit,); NaN of units of
        one answer.
    chance_95
        What 95 % of the correlations with answers to other clips stay below, (unit,).
    p
        Of the correlation among those, (unit,).
    n_rows
        Answers of each unit.
    twin_correlations, twin_p
        Of the units of untrained twins, (twin, unit).
    """

    layer: str
    reading: str
    frequencies: np.ndarray
    lags_seconds: np.ndarray
    cell_seconds: float
    kernels: np.ndarray
    alphas: np.ndarray
    held_out_correlations: np.ndarray
    chance_95: np.ndarray
    p: np.ndarray
    n_rows: int
    twin_correlations: np.ndarray
    twin_p: np.ndarray

    def __post_init__(self) -> None:
        freeze(
            self,
            kernels=("unit", "band", "lag"),
            frequencies=("band",),
            lags_seconds=("lag",),
            **dict.fromkeys(_MEASURED, ("unit",)),
            twin_correlations=("twin", "of_twin"),
            twin_p=("twin", "of_twin"),
        )

    @property
    def n_units(self) -> int:
        """Channels of the layer."""
        return len(self.p)

    @property
    def is_shown(self) -> np.ndarray:
        """Units whose answers to held-out clips are predicted beyond chance, bool (unit,)."""
        return np.asarray(self.p < LEAST_P)

    @property
    def columns(self) -> dict[str, np.ndarray]:
        """Numbers of the units by name, (unit,) each; places of the largest weight if shown."""
        sizes = np.abs(self.kernels)
        band, lag = np.divmod(sizes.reshape(self.n_units, -1).argmax(1), len(self.lags_seconds))
        places = {"best_hz": self.frequencies[band], "best_lag_seconds": self.lags_seconds[lag]}
        shown = {name: np.where(self.is_shown, values, np.nan) for name, values in places.items()}
        return {**{name: getattr(self, name) for name in _MEASURED}, **shown}


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class SpectroTemporalFields(Result):
    """Receptive fields of units on a spectrogram of the clips, layer by layer.

    Parameters
    ----------
    spectrogram
        Whose cells the answers are regressed on, in words.
    layers
        Those that were measured.
    left_out
        Layers that were not, each with its reason.
    n_clips
        Clips that were heard.
    held_out_by
        What is never on both sides: ``"clip"`` or ``"speaker or recording"``.
    n_folds
        Of cross-validation.
    n_twins
        Untrained twins that heard the same.
    findings
        How many units have a receptive field, beside chance and untrained twins.
    """

    columns: ClassVar[tuple[str, ...]] = ()

    spectrogram: str
    layers: tuple[UnitFields, ...]
    left_out: tuple[str, ...]
    n_clips: int
    held_out_by: str
    n_folds: int
    n_twins: int
    findings: tuple[Finding, ...] = ()
    provenance: Provenance

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per unit."""
        return unit_table({one.layer: one.columns for one in self.layers})

    def beside_twins(self) -> Iterator[BesideTwins]:
        """Held-out correlations of each layer."""
        for one in self.layers:
            measures = (("STRF correlation", one.held_out_correlations, one.twin_correlations),)
            yield from of_units(self, one.layer, "strf", measures)
