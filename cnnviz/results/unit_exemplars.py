"""Clips that excite each unit most, beside the least and the median, and how selective it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results.finding import Finding
from cnnviz.results.result import Result

if TYPE_CHECKING:
    import pandas

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
"""Of the responses of a unit over clips."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Exemplars:
    """Excerpts of clips per channel, (channel, exemplar): the top ones, then median and least.

    Parameters
    ----------
    clip_index
        Position of the clip in the run; -1 where there is none.
    starts, stops
        Receptive field of the highest response within the clip, cut at its ends, in seconds;
        the whole clip where the field is not known. NaN where there is no clip.
    values
        The highest response, as later layers see it, float32.
    """

    clip_index: np.ndarray
    starts: np.ndarray
    stops: np.ndarray
    values: np.ndarray

    def __post_init__(self) -> None:
        columns = ("clip_index", "starts", "stops", "values")
        freeze(self, **dict.fromkeys(columns, ("channel", "exemplar")))

    @property
    def n_top(self) -> int:
        """Columns of top clips; the median and the least clip follow."""
        return int(self.clip_index.shape[1]) - 2


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitSelectivity:
    """Selectivity of the units of a layer for classes of clips, (channel,) each.

    Parameters
    ----------
    best_class
        Index into the class names of the clips; -1 of units that never respond.
    best_mean, best_interval
        Mean response to that class, and its 95 % interval, (channel, 2).
    index
        (best - rest) / (best + rest) of class means, in [0, 1]; NaN of units that never respond.
    null_quantile, p
        95 % quantile of the index with permuted labels, and the share of permutations that
        reach the index; NaN of units that could not be tested, as every clip of their best
        class is of a group without other classes.
    is_selective
        At a false discovery rate of 5 % over the units of the layer, bool.
    expected_by_chance
        Units that would be called so with permuted labels.
    n_permutations
        Permutations of labels.
    exchanged
        What they exchange: ``"clips"``, clips ``"within groups"``, or whole ``"groups"``.
    """

    best_class: np.ndarray
    best_mean: np.ndarray
    best_interval: np.ndarray
    index: np.ndarray
    null_quantile: np.ndarray
    p: np.ndarray
    is_selective: np.ndarray
    expected_by_chance: float
    n_permutations: int
    exchanged: str

    def __post_init__(self) -> None:
        columns = ("best_class", "best_mean", "index", "null_quantile", "p", "is_selective")
        shapes = dict.fromkeys(columns, ("channel",))
        freeze(self, **shapes, best_interval=("channel", 2))


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerUnits:
    """The units of one captured layer; a response is the largest of a clip, at least 0.

    Parameters
    ----------
    layer
        Name of the layer call.
    field_seconds, field_status
        Length of the receptive field over time, and how sure it is, as in
        `cnnviz.grid.ReceptiveField`; None and ``"unknown"`` where it is not known.
    lifetime_sparseness, gini
        Over clips, in [0, 1], (channel,); NaN of units that never respond.
    quantiles
        `QUANTILES` of the responses over clips, (channel, quantile).
    population_sparseness
        Quartiles over clips of the sparseness over channels, (3,); NaN where nothing responds.
    n_negative
        Clips and channels whose largest activation lies below 0 and counts as 0.
    exemplars
        Excerpts of clips.
    selectivity
        None with fewer than two classes.
    """

    layer: str
    field_seconds: float | None
    field_status: str
    lifetime_sparseness: np.ndarray
    gini: np.ndarray
    quantiles: np.ndarray
    population_sparseness: np.ndarray
    n_negative: int
    exemplars: Exemplars
    selectivity: UnitSelectivity | None

    def __post_init__(self) -> None:
        freeze(
            self,
            lifetime_sparseness=("channel",),
            gini=("channel",),
            quantiles=("channel", len(QUANTILES)),
            population_sparseness=(3,),
        )

    @property
    def order(self) -> np.ndarray:
        """Units from the most to the least worth a look, int (channel,).

        The selective ones first, by how far their index is beyond chance; where classes are not
        known, by lifetime sparseness.
        """
        if self.selectivity is None:
            return np.argsort(-np.nan_to_num(self.lifetime_sparseness, nan=-1.0), kind="stable")
        beyond = np.nan_to_num(self.selectivity.index - self.selectivity.null_quantile, nan=-1.0)
        return np.lexsort((-beyond, ~self.selectivity.is_selective))

    @property
    def n_units(self) -> int:
        """Channels."""
        return len(self.gini)


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class UnitExemplars(Result):
    """Clips that excite each unit most, beside the least and the median, and its selectivity.

    Parameters
    ----------
    class_names
        Of the clips; what class indices point into.
    labels
        Class of each clip, int64 (clip,); -1 where not known.
    n_candidates
        Clips that exemplars were taken from: those that can be heard, else all.
    clip_seconds
        Length of each clip as the network heard it.
    """

    class_names: tuple[str, ...]
    labels: np.ndarray
    n_candidates: int
    clip_seconds: float
    layers: tuple[LayerUnits, ...]
    findings: tuple[Finding, ...] = ()
    provenance: Provenance

    def __post_init__(self) -> None:
        freeze(self, labels=("clip",))

    def class_of(self, index: int) -> str:
        """Name of a class; nothing for -1, the number where names are missing."""
        if index < 0:
            return ""
        return self.class_names[index] if index < len(self.class_names) else f"class {index}"

    def worth_a_look(self, n_units: int, per_layer: int) -> tuple[tuple[LayerUnits, int], ...]:
        """Layers and channels that a page shows: the first of each layer, the last layer first.

        Then the second of each, and so on; units without exemplars are left out.

        Parameters
        ----------
        n_units, per_layer
            Most units in all, and of each layer.
        """
        orders = [
            (units, [int(c) for c in units.order if units.exemplars.clip_index[c, 0] >= 0])
            for units in reversed(self.layers)
        ]
        found = [
            (units, order[rank])
            for rank in range(per_layer)
            for units, order in orders
            if rank < len(order)
        ]
        return tuple(found[:n_units])

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per unit: selectivity, sparseness, and its exemplars."""
        import pandas

        return pandas.DataFrame([row for units in self.layers for row in self._rows(units)])

    def _rows(self, units: LayerUnits) -> Iterator[dict[str, Any]]:
        found, clips = units.selectivity, units.exemplars
        for channel in range(len(units.gini)):
            row: dict[str, Any] = {"layer": units.layer, "channel": channel}
            if found is not None:
                row |= {
                    "best_class": self.class_of(int(found.best_class[channel])),
                    "best_mean": found.best_mean[channel],
                    "best_mean_low": found.best_interval[channel, 0],
                    "best_mean_high": found.best_interval[channel, 1],
                    "selectivity": found.index[channel],
                    "chance_95": found.null_quantile[channel],
                    "p": found.p[channel],
                    "selective": bool(found.is_selective[channel]),
                }
            row |= {"sparseness": units.lifetime_sparseness[channel], "gini": units.gini[channel]}
            row["median_response"], row["largest_response"] = units.quantiles[channel, [3, 6]]
            names = (*(f"top_{k + 1}" for k in range(clips.n_top)), "median", "least")
            for k, name in enumerate(names):
                row[f"{name}_clip"] = int(clips.clip_index[channel, k])
                row[f"{name}_start"] = clips.starts[channel, k]
                row[f"{name}_stop"] = clips.stops[channel, k]
                row[f"{name}_value"] = clips.values[channel, k]
            yield row
