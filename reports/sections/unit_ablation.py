"""What units cause: accuracy, recall and scores of each class without them."""

from collections.abc import Mapping

import numpy as np

from cnnviz.csv_text import to_csv
from cnnviz.results.unit_ablation import UnitAblation
from cnnviz.results.unit_names import UnitNames
from cnnviz.run import Run

from ..chapter import chapter
from ..parts import (
    Axis,
    Badge,
    Cell,
    Column,
    DataFile,
    Fact,
    Facts,
    Findings,
    Part,
    Raster,
    Section,
    Table,
)

ORDER = 44
_N_ROWS = 100
_TEXT = (
    "Each unit is held at its mean over the clips, as later layers see it, and the network answers "
    "them again: what moves is caused by what the unit says of a clip. What other units take over "
    "does not show. Intervals resample clips, or speakers and recordings where these are known; "
    "the false discovery rate is that of all units, classes and measures together."
)


def section(run: Run) -> Section | None:
    """Chapter of ablated units; None without any."""
    return chapter(
        run.find(UnitAblation),
        lambda result: _parts(result, _names(run, result)),
        title="What units cause",
        anchor="unit-ablation",
        text=_TEXT,
    )


def _names(run: Run, result: UnitAblation) -> Mapping[str, str]:
    """What single units of the layer listen to, where that was found: unit to name."""
    return {
        str(unit): name
        for named in run.find(UnitNames)
        for layer in named.layers
        if layer.layer == result.layer
        for unit, name in enumerate(named.names(layer))
    }


def _parts(result: UnitAblation, names: Mapping[str, str]) -> tuple[Part, ...]:
    """What was found in one layer, its units and what they change of each class."""
    findings = (Findings(items=result.findings),) if result.findings else ()
    return (*findings, Facts(items=_facts(result)), _table(result, names), _classes(result))


def _facts(result: UnitAblation) -> tuple[Fact, ...]:
    n_changing, n_answers = int(result.changes.sum()), int(result.changes_answers.sum())
    return (
        Fact(label="Layer", value=result.layer, note=result.reading),
        Fact(
            label="Units that change something",
            value=str(n_changing),
            note=f"of {len(result.units)}; {n_answers} of them answers, not scores only",
        ),
        Fact(
            label="Accuracy with all units",
            value=f"{100 * result.base_accuracy:.1f} %",
            note=f"{len(result.clip_index):,} clips, {result.n_groups:,} groups",
        ),
    )


def _order(result: UnitAblation) -> np.ndarray:
    """Units that change answers first, then scores, each by how far a score moves, (unit,)."""
    size = np.nanmax(np.abs(result.score.value), axis=1)
    return np.lexsort((-size, ~result.changes, ~result.changes_answers))


def _table(result: UnitAblation, names: Mapping[str, str]) -> Table:
    n_units = len(result.units)
    more = "" if n_units <= _N_ROWS else f", {_N_ROWS} of {n_units}; the file below has all"
    return Table(
        name=f"ablation-{result.layer}",
        caption=f"{result.layer} without a unit, less with it{more}; the class whose score moves "
        "most beside it",
        columns=(
            Column(name="Unit", is_row_name=True),
            *((Column(name="Name"),) if names else ()),
            Column(name="Changes"),
            Column(name="Accuracy", unit="%", places=1),
            Column(name="95 % interval", unit="%"),
            Column(name="Class"),
            Column(name="Recall", unit="%", places=1),
            Column(name="Score", digits=3),
            Column(name="FDR", digits=2),
        ),
        rows=tuple(_row(result, int(unit), names) for unit in _order(result)[:_N_ROWS]),
        n_shown=16,
    )


def _row(result: UnitAblation, unit: int, names: Mapping[str, str]) -> tuple[Cell, ...]:
    """Cells of one unit, with the class whose score it changes most."""
    k = int(result.most_changed[unit])
    low, high = 100 * result.accuracy.low[unit], 100 * result.accuracy.high[unit]
    return (
        result.units[unit],
        *((names.get(result.units[unit]),) if names else ()),
        _what(result, unit),
        float(100 * result.accuracy.value[unit]),
        f"{low:.1f} to {high:.1f}" if np.isfinite(low) else None,
        result.class_names[k],
        float(100 * result.recall.value[unit, k]),
        float(result.score.value[unit, k]),
        float(min(result.score.q_value[unit, k], result.recall.q_value[unit, k])),
    )


def _what(result: UnitAblation, unit: int) -> Cell:
    """What a unit changes that is told from chance."""
    if result.changes_answers[unit]:
        return "answers"
    return "scores" if result.changes[unit] else Badge(text="nothing")


def _classes(result: UnitAblation) -> Raster:
    """Change of the score of each class on its clips."""
    order = _order(result)
    values = result.score.value[order][::-1]
    limit = float(np.nanmax(np.abs(values))) or 1.0
    n_classes = len(result.class_names)
    step = -(-n_classes // 12)
    return Raster(
        values=values,
        alt=f"Change of the score of {n_classes} classes without each of {len(order)} units",
        caption="Score of each class on its own clips, without a unit (row, in the order of the "
        "table from the top) less with it.",
        x=Axis(
            label="Class",
            unit="",
            start=0,
            stop=n_classes,
            ticks=tuple(
                ((k + 0.5) / n_classes, result.class_names[k]) for k in range(0, n_classes, step)
            ),
        ),
        y=Axis(label="Unit", unit="by change", start=len(order), stop=0),
        unit="score",
        lowest=-limit,
        highest=limit,
        palette="diverging",
        height=int(np.clip(4 * len(order), 120, 420)),
        data=_file(result),
    )


def _file(result: UnitAblation) -> DataFile:
    """Every unit with its changes of accuracy, recall and score."""
    heads = ["unit", "changes", "accuracy_change", "accuracy_low", "accuracy_high", "accuracy_q"]
    heads += [f"{what}_{name}" for name in result.class_names for what in ("recall", "score", "q")]
    rows = []
    for unit, name in enumerate(result.units):
        per_class = zip(
            result.recall.value[unit], result.score.value[unit], result.score.q_value[unit],
            strict=True,
        )  # fmt: skip
        own = (getattr(result.accuracy, one)[unit] for one in ("value", "low", "high", "q_value"))
        numbers = [*own, *(value for triple in per_class for value in triple)]
        rows.append([name, bool(result.changes[unit]), *(f"{value:.6g}" for value in numbers)])
    return DataFile(name=f"ablation-of-classes-{result.layer}.csv", text=to_csv([heads, *rows]))
