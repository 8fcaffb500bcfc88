"""What units of layers correlate with in white noise, and their Jacobians."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.dsp.medians import known_median
from cnnviz.dsp.null import central_range
from cnnviz.dsp.outside import chance_outside
from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results.finding import Finding
from cnnviz.results.result import Result
from cnnviz.results.triggered import OF_AVERAGES, TriggeredAverages, TriggeredCovariances
from cnnviz.results.twin_rows import BesideTwins, of_range
from cnnviz.results.untrained import TwinRange

if TYPE_CHECKING:
    import pandas

_OF_JACOBIANS = (
    "centre_hz", "complexity", "gain_change",
    "stein_cosine", "stein_expected", "stein_p", "stein_distance",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitJacobians:
    """Jacobians J(x) of one cell of each unit with respect to the waveform, at noise.

    NaN is what has no value: of units whose Jacobian is zero, and, in `stein_*`, of those that
    were not tested.

    Parameters
    ----------
    mean
        Over the inputs, float32 (unit, tap).
    profile
        E|J|, float32 (unit, tap): the effective receptive field.
    power
        E|F{J}|^2, float32 (unit, frequency); it stays where phases of J differ.
    frequencies
        Hz, (frequency,).
    centre_hz
        Middle of the half-power band of `power`, (unit,).
    width_50, width_95
        Audio samples of the shortest stretch with that share of the profile, (unit,).
    complexity
        Sum of singular values over the largest, of the first `n_compared` Jacobians that are not
        zero, (unit,); 1 of a gated linear unit, NaN where there are fewer.
    gain_change
        Standard deviation of the norm over its mean, (unit,); 0 if linear.
    stein_cosine
        Cosine between the mean Jacobian and the spike-triggered average, (unit,).
    stein_expected
        What sampling of both leaves of a cosine of 1, (unit,).
    stein_p
        Of both being equal, by flipping signs of blocks, (unit,); NaN for units that are
        seldom off their threshold.
    stein_distance
        Norm of their difference over the larger of both, free of what sampling adds, (unit,).
    n_inputs, n_compared
        Sounds; Jacobians that a complexity is of.
    """

    mean: np.ndarray
    profile: np.ndarray
    power: np.ndarray
    frequencies: np.ndarray
    centre_hz: np.ndarray
    width_50: np.ndarray
    width_95: np.ndarray
    complexity: np.ndarray
    gain_change: np.ndarray
    stein_cosine: np.ndarray
    stein_expected: np.ndarray
    stein_p: np.ndarray
    stein_distance: np.ndarray
    n_inputs: int
    n_compared: int

    def __post_init__(self) -> None:
        columns = (
            "centre_hz", "width_50", "width_95", "complexity", "gain_change",
            "stein_cosine", "stein_expected", "stein_p", "stein_distance",
        )  # fmt: skip
        curves = dict.fromkeys(("mean", "profile"), ("unit", "tap"))
        freeze(
            self,
            **curves,
            power=("unit", "frequency"),
            frequencies=("frequency",),
            **dict.fromkeys(columns, ("unit",)),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class UntrainedReverse:
    """The same measures of the layer of untrained twins, each (twin,).

    NaN is what was not measured, or has no value in any unit.

    Parameters
    ----------
    n_averages, n_energy_like
        Units that have an average; units that are energy-like, NaN where not measured.
    complexity, field_ratio
        Medians over the units.
    """

    n_averages: np.ndarray
    n_energy_like: np.ndarray
    complexity: np.ndarray
    field_ratio: np.ndarray

    def __post_init__(self) -> None:
        columns = ("n_averages", "n_energy_like", "complexity", "field_ratio")
        freeze(self, **dict.fromkeys(columns, ("twin",)))


@dataclass(frozen=True, kw_only=True, slots=True)
class ReverseLayer:
    """The units of one layer.

    Parameters
    ----------
    layer, reading
        Name of the layer call, and what of it is read.
    bands
        Cell along frequency at which each unit is read, the one that varies most, (unit,); None
        where there is no such axis.
    n_taps
        Audio samples that a cell sees.
    is_field
        Whether that is the receptive field; else whole sounds, read at their middle cell.
    alive
        Units whose answers to the noise differ, bool (unit,).
    active_share
        Share of the answers off the unit's threshold or ceiling, (unit,).
    averages
        Spike-triggered averages.
    covariances, covariances_absent
        Spike-triggered covariances, or None and why.
    jacobians, jacobians_absent
        Jacobians, or None and why.
    twins
        Of untrained twins; None without any.
    """

    layer: str
    reading: str
    bands: np.ndarray | None
    n_taps: int
    is_field: bool
    alive: np.ndarray
    active_share: np.ndarray
    averages: TriggeredAverages
    covariances: TriggeredCovariances | None
    covariances_absent: str = ""
    jacobians: UnitJacobians | None
    jacobians_absent: str = ""
    twins: UntrainedReverse | None = None

    def __post_init__(self) -> None:
        freeze(self, alive=("unit",), active_share=("unit",), bands=("unit",))

    @property
    def n_units(self) -> int:
        """Channels of the layer."""
        return len(self.alive)

    @property
    def field_ratio(self) -> np.ndarray | None:
        """Width with 95 % of the profile over the receptive field, (unit,); None if not known."""
        if self.jacobians is None or not self.is_field:
            return None
        return np.asarray(self.jacobians.width_95 / self.n_taps)

    @property
    def energy_like(self) -> np.ndarray | None:
        """Units without an average, but two eigenvalues, bool (unit,); None if not measured."""
        if self.covariances is None:
            return None
        return np.asarray(self.alive & ~self.averages.is_shown & (self.covariances.n_beyond >= 2))


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class ReverseCorrelation(Result):
    """Spike-triggered averages and covariances, and Jacobians, of units that hear white noise.

    Parameters
    ----------
    sample_rate
        Hz.
    level_db
        Of the noise, in dBFS rms.
    layers
        In order of execution.
    findings
        What has a linear part, what is energy-like, how Jacobians differ, and whether their mean
        is the average.
    """

    sample_rate: int
    level_db: float
    layers: tuple[ReverseLayer, ...]
    findings: tuple[Finding, ...] = ()
    provenance: Provenance

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per unit."""
        import pandas

        return pandas.concat(
            [pandas.DataFrame(unit_columns(one, self.sample_rate)) for one in self.layers],
            ignore_index=True,
        )

    def beside_twins(self) -> Iterator[BesideTwins]:
        """Averages, energy-like units and Jacobians of each layer."""
        for one in self.layers:
            if one.twins is None:
                continue
            jacobians, energy_like = one.jacobians, one.energy_like
            complexity = np.full(1, np.nan) if jacobians is None else jacobians.complexity
            field = np.full(1, np.nan) if one.field_ratio is None else one.field_ratio
            shown = one.averages.is_shown
            numbers = (
                ("units with an average", float(shown.sum()), one.twins.n_averages, one.n_units),
                (
                    "energy-like units",
                    np.nan if energy_like is None else float(energy_like.sum()),
                    one.twins.n_energy_like,
                    one.n_units,
                ),
                ("median complexity", known_median(complexity), one.twins.complexity, None),
                ("median share of the field", known_median(field), one.twins.field_ratio, None),
            )
            for name, value, twins, n in numbers:
                known = twins[np.isfinite(twins)]
                if np.isfinite(value) and len(known):
                    low, high = central_range(known)
                    chance = chance_outside(len(known))
                    found = TwinRange(name=name, value=value, low=low, high=high, chance=chance)
                    yield of_range(self, one.layer, "reverse", found, n=n)


def unit_columns(one: ReverseLayer, sample_rate: float) -> dict[str, list[object]]:
    """The numbers of the units of a layer by name, NaN where not measured."""
    averages, covariances, jacobians = one.averages, one.covariances, one.jacobians
    columns = {"noise_active_share": one.active_share}
    columns |= {f"average_{name}": getattr(averages, name) for name in OF_AVERAGES}
    blank = np.full(one.n_units, np.nan)
    ranked = blank[:, None] if covariances is None else covariances.correlations
    for rank in range(2):
        columns[f"covariance_eigenvalue_{rank + 1}"] = (
            ranked[:, rank] if rank < ranked.shape[1] else blank
        )
    columns["covariance_limit"] = blank if covariances is None else covariances.limits
    columns["covariance_n_beyond"] = blank if covariances is None else covariances.n_beyond
    for name in _OF_JACOBIANS:
        head = name if name.startswith("stein") else f"jacobian_{name}"
        columns[head] = blank if jacobians is None else getattr(jacobians, name)
    for name in ("width_50", "width_95"):
        taps = blank if jacobians is None else getattr(jacobians, name)
        columns[f"gradient_{name}_ms"] = 1000 * taps / sample_rate
    columns["gradient_field_ratio"] = blank if one.field_ratio is None else one.field_ratio
    return {
        "layer": [one.layer] * one.n_units,
        "unit": list(range(one.n_units)),
        **{name: values.tolist() for name, values in columns.items()},
    }
