"""Filters fitted by families of a few parameters: Gabor, gammatone and others."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.provenance import Provenance
from cnnviz.results._freeze import freeze
from cnnviz.results.finding import Finding
from cnnviz.results.result import Result
from cnnviz.results.twin_rows import BesideTwins, of_range
from cnnviz.results.untrained import TwinRange

if TYPE_CHECKING:
    import pandas

NONE = ""
"""Family of a filter that none describes beyond chance."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FamilyFit:
    """All filters fitted by one family.

    Parameters
    ----------
    family
        Such as ``"Gabor"``.
    r2
        1 - SSE / sum h^2, (filter,); NaN for a filter without energy.
    limit
        What 95 % of shuffled filters, and the filter's own taps shuffled, do not exceed,
        (filter,).
    aic
        Akaike's criterion; lower is better, up to a constant of the filter, (filter,).
    names, units
        Of the parameters; a unit is ``"Hz"``, ``"s"``, ``"rad"`` or ``""``.
    values
        (filter, parameter).
    count
        Filters that this family is chosen for, and of how many of as many untrained ones.
    """

    family: str
    r2: np.ndarray
    limit: np.ndarray
    aic: np.ndarray
    names: tuple[str, ...]
    units: tuple[str, ...]
    values: np.ndarray
    count: TwinRange

    def __post_init__(self) -> None:
        freeze(
            self,
            r2=("filter",),
            limit=("filter",),
            aic=("filter",),
            names=("parameter",),
            units=("parameter",),
            values=("filter", "parameter"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnParameter:
    """A parameter that the layer makes its taps from: name, unit or ``""``, values (filter,)."""

    name: str
    unit: str
    values: np.ndarray

    def __post_init__(self) -> None:
        freeze(self, values=("filter",))


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class FilterFits(Result):
    """Filters of one layer at the waveform, fitted by every family.

    Parameters
    ----------
    layer
        Dotted name.
    sample_rate
        Of the taps, in Hz.
    n_filters
        Of the layer; the most energetic of them are fitted.
    filter_index
        Filters that were fitted, in rising order, (filter,).
    taps, fitted
        Taps at the waveform, and those of the chosen family, or of the best R2 where none is
        chosen; float32 (filter, tap).
    chosen
        Family of least AIC among those beyond their limits; ``""`` where none is.
    fits
        One per family.
    null
        How untrained filters were drawn.
    is_own
        Whether that is how this network's weights were drawn.
    n_untrained
        Untrained filters that were fitted.
    own
        Parameters that the layer makes these taps from; empty where the taps are free.
    findings
        How many filters fit each family, beside untrained ones.
    """

    layer: str
    sample_rate: float
    n_filters: int
    filter_index: np.ndarray
    taps: np.ndarray
    fitted: np.ndarray
    chosen: tuple[str, ...]
    fits: tuple[FamilyFit, ...]
    null: str
    is_own: bool
    n_untrained: int
    own: tuple[OwnParameter, ...] = ()
    findings: tuple[Finding, ...] = ()
    provenance: Provenance

    def __post_init__(self) -> None:
        freeze(
            self,
            filter_index=("filter",),
            taps=("filter", "tap"),
            fitted=("filter", "tap"),
            chosen=("filter",),
        )

    def fit_of(self, family: str) -> FamilyFit:
        """The fits of one family."""
        return next(fit for fit in self.fits if fit.family == family)

    def best(self, row: int) -> FamilyFit:
        """The chosen family of a row, or the one of the highest R2 where none is chosen."""
        if self.chosen[row] != NONE:
            return self.fit_of(self.chosen[row])
        return max(self.fits, key=lambda fit: np.nan_to_num(fit.r2[row], nan=-1.0))

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per filter: its family, R2, limit and parameters of each, and its own."""
        import pandas

        columns: dict[str, object] = {"filter": self.filter_index, "family": self.chosen}
        for fit in self.fits:
            stem = fit.family.replace(" ", "_").lower()
            columns |= {f"{stem}_r2": fit.r2, f"{stem}_limit": fit.limit, f"{stem}_aic": fit.aic}
            for k, (name, unit) in enumerate(zip(fit.names, fit.units, strict=True)):
                columns[f"{stem}_{named(name, unit)}"] = fit.values[:, k]
        for own in self.own:
            columns[f"own_{named(own.name, own.unit)}"] = own.values
        return pandas.DataFrame(columns)

    def beside_twins(self) -> Iterator[BesideTwins]:
        """Filters that each family fits best."""
        for fit in self.fits:
            found = TwinRange(
                name=f"filters fitted best by: {fit.family}",
                value=fit.count.value,
                low=fit.count.low,
                high=fit.count.high,
                chance=fit.count.chance,
            )
            n = len(self.filter_index)
            yield of_range(self, self.layer, "fits", found, n=n, is_own=self.is_own)


def named(name: str, unit: str) -> str:
    """Name of a column: ``centre_hz``, ``width_seconds``, ``order``."""
    word = {"Hz": "_hz", "s": "_seconds", "rad": "_radians"}.get(unit, f"_{unit}" if unit else "")
    return name + word
