"""Which filters are Gabors, gammatones or other filters of a few parameters."""

import numpy as np

from cnnviz.dsp.null import LEVEL
from cnnviz.results.filter_fits import NONE, FamilyFit, FilterFits
from cnnviz.run import Run

from .. import svg
from ..chapter import chapter
from ..numerals import decimal, known
from ..parts import (
    Cell,
    Column,
    Findings,
    Group,
    Multiples,
    Section,
    Table,
    Vector,
)

ORDER = 22
N_TILES = 12
_WIDTH, _HEIGHT, _TOP = 184.0, 80.0, 17.0
_SMALLEST = 170
_TEXT = (
    "Each filter at the waveform is fitted by filters of a few parameters. R² is the share of its "
    "energy that the fit takes. A filter counts as fitted where R² is above that of 95 % of "
    "shuffled filters, as long and with energy in as few taps, and above that of its own taps "
    "shuffled; of the families that fit, the one of least AIC is named."
)


def section(run: Run) -> Section | None:
    """Chapter of parametric fits; None without any."""
    return chapter(
        run.find(FilterFits),
        lambda one: (_group(one),),
        title="Parametric fits",
        anchor="filter-fits",
        text=_TEXT,
    )


def _group(result: FilterFits) -> Group:
    """Findings, the families, small pictures, and all filters as a table."""
    n, n_all = len(result.filter_index), result.n_filters
    which = f"all {n} filters" if n == n_all else f"the {n} most energetic of {n_all:,} filters"
    return Group(
        title=result.layer,
        anchor=f"fits-{result.layer}",
        text=f"Fitted: {which}, of {result.taps.shape[1]} taps.",
        parts=(
            Findings(items=result.findings),
            _families(result),
            _tiles(result),
            _table(result),
        ),
    )


def _families(result: FilterFits) -> Table:
    """Each family: filters that it fits, beside untrained ones."""
    return Table(
        name=f"fit-families-{result.layer}",
        caption="Filters that each family fits better than shuffled ones (by chance "
        f"{LEVEL:.0%}), and that it describes best, beside 95 % of untrained banks of this size: "
        f"{result.null}, {result.n_untrained} filters.",
        columns=(
            Column(name="Family", is_row_name=True),
            Column(name="Fitted"),
            Column(name="Best"),
            Column(name="Untrained from"),
            Column(name="Untrained to"),
            Column(name="Median R²", places=3),
            Column(name="Median limit", places=3),
        ),
        rows=tuple(
            (
                fit.family,
                int((fit.r2 > fit.limit).sum()),
                int(fit.count.value),
                int(fit.count.low),
                int(fit.count.high),
                known(float(np.median(_finite(fit.r2)))),
                known(float(np.median(_finite(fit.limit)))),
            )
            for fit in result.fits
        ),
        n_shown=len(result.fits),
    )


def _tiles(result: FilterFits) -> Multiples:
    """Small pictures, the best fits first."""
    r2 = np.array([result.best(k).r2[k] for k in range(len(result.chosen))])
    order = np.argsort(-np.nan_to_num(r2, nan=-1.0), kind="stable")[:N_TILES]
    length = decimal(1000 * result.taps.shape[1] / result.sample_rate, 3)
    return Multiples(
        parts=tuple(_tile(result, int(k)) for k in order),
        width=_SMALLEST,
        caption=f"Taps over {length} ms, best fits first; dashed: the fit. In brackets: the best "
        "family where none is beyond shuffled taps.",
    )


def _tile(result: FilterFits, row: int) -> Vector:
    taps, fitted = result.taps[row], result.fitted[row]
    limit = float(np.abs([taps, fitted]).max()) or 1.0
    frame = svg.Frame(
        width=_WIDTH,
        height=_HEIGHT,
        x=(0, max(len(taps) - 1, 1)),
        y=(-limit, limit),
        margins=(2, _TOP, 2, 3),
    )
    n = np.arange(len(taps), dtype=np.float64)
    best = result.best(row)
    words = best.family if result.chosen[row] != NONE else f"({best.family})"
    heading = f"{result.filter_index[row]} · {words} · R² {decimal(float(best.r2[row]), 2)}"
    return Vector(
        svg=svg.picture(
            _WIDTH,
            _HEIGHT,
            svg.label(2, 11, heading, css="tick"),
            svg.path(frame, n, taps.astype(np.float64), css="line"),
            svg.path(frame, n, fitted.astype(np.float64), css="mark"),
        ),
        alt=f"{result.layer}, filter {heading}: taps and fit",
    )


def _table(result: FilterFits) -> Table:
    """Every filter with its family and that family's parameters, and R2 of each family."""
    return Table(
        name=f"fits-{result.layer}",
        caption=f"Fits of {result.layer}: the family of least AIC beyond shuffled taps, its "
        "parameters, and R² of every family; the data file has all parameters of all families",
        columns=(
            Column(name="Filter", is_row_name=True),
            Column(name="Family"),
            Column(name="Parameters"),
            *(Column(name=f"R², {fit.family}", places=3) for fit in result.fits),
            *(Column(name=own.name, unit=own.unit) for own in result.own),
        ),
        rows=tuple(_row(result, k) for k in range(len(result.chosen))),
        n_shown=6,
    )


def _row(result: FilterFits, row: int) -> tuple[Cell, ...]:
    family = result.chosen[row]
    return (
        int(result.filter_index[row]),
        family or None,
        _parameters(result.fit_of(family), row) if family != NONE else None,
        *(known(float(fit.r2[row])) for fit in result.fits),
        *(known(float(own.values[row])) for own in result.own),
    )


def _parameters(fit: FamilyFit, row: int) -> str:
    """Parameters of one filter in words, times in ms."""
    words = []
    for name, unit, value in zip(fit.names, fit.units, fit.values[row], strict=True):
        shown, of = (1000 * value, "ms") if unit == "s" else (value, unit)
        words.append(f"{name} {decimal(float(shown), 3)}{' ' if of else ''}{of}")
    return ", ".join(words)


def _finite(values: np.ndarray) -> np.ndarray:
    finite = values[np.isfinite(values)]
    return finite if len(finite) else np.array([np.nan])
