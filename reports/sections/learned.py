"""What learning changed: every number beside those of untrained twins, layer by layer."""

import numpy as np

from cnnviz.dsp.medians import known_median
from cnnviz.results import FilterResponses
from cnnviz.results.learned import Learned, beside_twins, describe
from cnnviz.results.twin_rows import BesideTwins
from cnnviz.run import Run

from ..parts import Badge, Cell, Column, Findings, Group, Link, Part, Section, Table

ORDER = 11
_N_ROWS = 24
_TEXT = (
    "Untrained twins are the same network with weights that were never trained. A number is "
    "judged only where at most one of ten untrained networks would lie outside its range: a range "
    "from the lowest to the highest of three twins leaves out every second one. Of units and "
    "filters it is counted how many are rarer than 95 % of untrained ones, and the range says how "
    "many are of a further twin. Numbers of one chapter and layer may depend on each other; the "
    "count that chance allows takes the wider of both cases."
)


def section(run: Run) -> Section | None:
    """Chapter of all numbers beside twins; None without any."""
    learned = beside_twins(run)
    drifted = _drift(run)
    if not learned.rows:
        return None
    return Section(
        title="What learning changed",
        anchor="learned",
        text=_TEXT,
        parts=(
            Findings(items=describe(learned), title="Beside untrained twins"),
            *_layers(learned),
            *drifted,
        ),
    )


def _layers(learned: Learned) -> tuple[Group, ...]:
    """A table for each layer, what lies outside first."""
    names = dict.fromkeys(row.layer for row in learned.rows)
    return tuple(
        _layer(name, tuple(row for row in learned.rows if row.layer == name)) for name in names
    )


def _layer(name: str, rows: tuple[BesideTwins, ...]) -> Group:
    n_judged, n_outside = (
        sum(getattr(row, flag) for row in rows) for flag in ("is_judged", "is_outside")
    )
    table = Table(
        name=f"learned-{name}",
        caption=f"{name}: {n_outside} of {n_judged} judged numbers outside the range of untrained "
        "twins. Chance: probability that an untrained network lies outside, empty where it is not "
        "known.",
        columns=(
            Column(name="What", is_row_name=True),
            Column(name="Here"),
            Column(name="Of"),
            Column(name="Untrained twins, from"),
            Column(name="to"),
            Column(name="Chance", unit="%", digits=2),
            Column(name="Told apart"),
        ),
        rows=tuple(map(_row, rows)),
        sortable=False,
        n_shown=_N_ROWS,
    )
    return Group(title=name, anchor=f"learned-{name}", parts=(table,))


def _row(row: BesideTwins) -> tuple[Cell, ...]:
    return (
        Link(text=row.what, target=row.fragment),
        row.value,
        row.n,
        row.low,
        row.high,
        None if row.chance is None else 100 * row.chance,
        _verdict(row),
    )


def _verdict(row: BesideTwins) -> Badge:
    if not row.is_judged:
        return Badge(text="not told apart: too few twins")
    if row.is_outside:
        return Badge(text="outside", tone="good")
    return Badge(text="not told apart")


def _drift(run: Run) -> tuple[Part, ...]:
    """Banks beside the weights that training began with, where these are known."""
    rows: list[tuple[Cell, ...]] = []
    for result in run.find(FilterResponses):
        for bank in result.banks:
            moved, cosines = bank.drift, bank.table.drift_cosine
            if cosines is None or not np.isfinite(cosines).any():
                continue
            link = Link(text=bank.layer, target=result.fragment(f"filters-{bank.layer}"))
            live = ~bank.table.dead
            beyond: tuple[Cell, ...] = (None, None, None)
            if moved is not None:
                beyond = (
                    known_median(moved.spectral_distance[live]),
                    known_median(np.abs(moved.centre_change_erbs[live])),
                    100 * moved.moved_share,
                )
            change = bank.table.norm_change
            ratio = None if change is None else 1 + known_median(change)
            rows.append((link, known_median(cosines), ratio, *beyond))
    if not rows:
        return ()
    return (
        Table(
            name="learned-drift",
            caption="Filters beside the weights that training began with: medians over filters. "
            "The Jensen-Shannon distance between power spectra is 0 where they are equal and 1 "
            "where no frequency is in both.",
            columns=(
                Column(name="Layer", is_row_name=True),
                Column(name="Cosine of taps"),
                Column(name="Norm ratio"),
                Column(name="Jensen-Shannon distance"),
                Column(name="Change of centre", unit="ERB"),
                Column(name="Moved over 1 ERB", unit="% of filters", digits=3),
            ),
            rows=tuple(rows),
            sortable=False,
        ),
    )
