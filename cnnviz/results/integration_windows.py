"""Over which time units integrate, beside their receptive field and untrained twins."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results._unit_table import unit_table
from cnnviz.results.finding import Finding
from cnnviz.results.result import Result
from cnnviz.results.twin_rows import BesideTwins, of_units

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerWindows:
    """Integration windows of the units of one layer.

    Parameters
    ----------
    layer, reading
        Name of the layer call, and what is read off it.
    field_seconds, field_status
        Receptive field, and whether it is exact, an upper bound or unknown; NaN where unknown.
    window_seconds
        float64 (unit,): infinite beyond the longest segment, NaN of a unit that answers all
        segments alike.
    correlation
        Cross-context correlation at the best lag, not smoothed, (unit, duration); NaN where
        answers do not vary.
    twin_window_seconds
        Of untrained twins, (twin, unit), with NaN as in `window_seconds`.
    """

    layer: str
    reading: str
    field_seconds: float
    field_status: str
    window_seconds: np.ndarray
    correlation: np.ndarray
    twin_window_seconds: np.ndarray

    def __post_init__(self) -> None:
        freeze(
            self,
            window_seconds=("unit",),
            correlation=("unit", "duration"),
            twin_window_seconds=("twin", "unit"),
        )


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class IntegrationWindows(Result):
    """Integration windows by cross-context correlation.

    Parameters
    ----------
    durations_seconds
        Of the segments, ascending, (duration,).
    threshold
        Correlation that the window reaches.
    layers
        In order of execution.
    source
        Which sounds the segments are from, in words.
    n_segments
        Of each duration.
    sample_rate
        Hz.
    findings
        Windows beside receptive fields and untrained twins.
    """

    durations_seconds: np.ndarray
    threshold: float
    layers: tuple[LayerWindows, ...]
    source: str
    n_segments: int
    sample_rate: int
    findings: tuple[Finding, ...] = ()
    provenance: Provenance

    def __post_init__(self) -> None:
        freeze(self, durations_seconds=("duration",))
        for one in self.layers:
            assert one.correlation.shape[1] == len(self.durations_seconds), one.layer

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per unit: its window and its correlation at each duration."""
        names = [f"correlation_{1000 * d:.0f}_ms" for d in self.durations_seconds]
        return unit_table(
            {
                one.layer: {
                    "window_seconds": one.window_seconds,
                    "field_seconds": one.field_seconds,
                    **dict(zip(names, one.correlation.T, strict=True)),
                }
                for one in self.layers
            }
        )

    def beside_twins(self) -> Iterator[BesideTwins]:
        """Integration windows of each layer."""
        for one in self.layers:
            measures = (("integration window", one.window_seconds, one.twin_window_seconds),)
            yield from of_units(self, one.layer, "windows", measures)
