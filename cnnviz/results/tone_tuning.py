"""What units answer to pure tones of every frequency and level, measured."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results._unit_table import unit_table
from cnnviz.results.finding import Finding
from cnnviz.results.result import Result
from cnnviz.results.twin_rows import BesideTwins, of_range
from cnnviz.results.untrained import TwinRange

if TYPE_CHECKING:
    import pandas

_COLUMNS = (
    "best_hz",
    "width_hz",
    "characteristic_hz",
    "threshold_db",
    "q10",
    "slope_db_per_db",
    "range_db",
    "monotonicity",
    "silence",
    "peak_to_mean_db",
    "is_sharper",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ComputedTuning:
    """Responses computed from weights, beside the measured ones.

    Parameters
    ----------
    levels_db
        At the frequencies of the tones, dB re unit gain, float32 (unit, frequency).
    policy
        How nonlinear steps on the way were treated; empty: there is none. Behind a describing
        function levels are those of the response to tones, not of a gain.
    difference_db
        Root mean square difference of the two curves where the computed one lies within 30 dB
        of its peak, gain aside, (unit,); NaN of units without a response.
    threshold_difference_db
        The same where the computed response lies behind a rectifier, with the threshold that fits
        each unit best, (unit,); NaN where it does not, or no threshold was fitted.
    other_difference_db
        As `difference_db`, against the computed curves of other units of the layer: the median
        over them, (unit,); NaN where there is no other.
    """

    levels_db: np.ndarray
    policy: str
    difference_db: np.ndarray
    threshold_difference_db: np.ndarray
    other_difference_db: np.ndarray

    def __post_init__(self) -> None:
        freeze(self, levels_db=("unit", "frequency"), difference_db=("unit",))


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerTuning:
    """Units of one layer; every column is (unit,), NaN where it is not defined.

    Parameters
    ----------
    layer
        Name of the layer call.
    reading
        What was read: ``"conv1, after batch-norm, relu"``.
    is_steady
        Whether cells see the steady part of tones alone; else their ramps, or padding, too.
    responses
        Largest value over time and phases less the answer to silence, at least 0, float32
        (unit, frequency, level).
    thresholds_db
        Levels at which that reaches a tenth of the largest of all, dB re a full-scale sine,
        float32 (unit, frequency); NaN where none does, or the softest already does.
    best_hz, width_hz
        Frequency of the largest response at the reference level, and the width at 3 dB below.
    characteristic_hz, threshold_db, q10
        Lowest point of the threshold curve, and its frequency over the width 10 dB above it.
    slope_db_per_db, range_db, monotonicity
        Growth with level at the best frequency; see `cnnviz.dsp.tuning.Growth`.
    silence
        Mean answer to silence.
    peak_to_mean_db
        Highest over mean squared response over frequencies at the reference level.
    is_sharper
        Whether that exceeds what 95 % of units of untrained twins have, bool; None without twins.
    computed
        None where no response can be computed.
    twins
        Numbers of the layer beside those of untrained twins.
    """

    layer: str
    reading: str
    is_steady: bool
    responses: np.ndarray
    thresholds_db: np.ndarray
    best_hz: np.ndarray
    width_hz: np.ndarray
    characteristic_hz: np.ndarray
    threshold_db: np.ndarray
    q10: np.ndarray
    slope_db_per_db: np.ndarray
    range_db: np.ndarray
    monotonicity: np.ndarray
    silence: np.ndarray
    peak_to_mean_db: np.ndarray
    is_sharper: np.ndarray | None
    computed: ComputedTuning | None
    twins: tuple[TwinRange, ...]

    def __post_init__(self) -> None:
        freeze(
            self,
            responses=("unit", "frequency", "level"),
            thresholds_db=("unit", "frequency"),
            **dict.fromkeys(_COLUMNS, ("unit",)),
        )

    @property
    def order(self) -> np.ndarray:
        """Units by best frequency, those without one last, (unit,)."""
        return np.argsort(self.best_hz, kind="stable")


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class ToneTuning(Result):
    """Tuning of units of layers to pure tones.

    Parameters
    ----------
    frequencies, levels_db
        Of the tones: Hz (frequency,), dB re a full-scale sine (level,).
    reference_db
        The level at which frequencies are compared, one of `levels_db`.
    n_phases
        Of each tone.
    sample_rate
        Hz.
    layers
        In order of execution.
    findings
        What the numbers say.
    held_level_db
        Of the noise, in dB re a full-scale sine, at whose gain a frontend that levels clips was
        held; None where it levels nothing, and in results of earlier versions.
    """

    frequencies: np.ndarray
    levels_db: np.ndarray
    reference_db: float
    n_phases: int
    sample_rate: int
    layers: tuple[LayerTuning, ...]
    findings: tuple[Finding, ...]
    provenance: Provenance
    held_level_db: float | None = None

    def __post_init__(self) -> None:
        freeze(self, frequencies=("frequency",), levels_db=("level",))

    @property
    def reference(self) -> int:
        """Position of the reference level."""
        return int(np.argmin(np.abs(self.levels_db - self.reference_db)))

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per unit of every layer."""
        layers = {}
        for one in self.layers:
            columns = {name: getattr(one, name) for name in _COLUMNS}
            if one.computed is not None:
                columns["computed_difference_db"] = one.computed.difference_db
            layers[one.layer] = columns
        return unit_table(layers)

    def beside_twins(self) -> Iterator[BesideTwins]:
        """Sharpness of each layer."""
        for one in self.layers:
            for found in one.twins:
                n = len(one.best_hz) if found.name == "sharper units" else None
                yield of_range(self, one.layer, "tuning", found, n=n)
