"""Evaluation: how often the model is right, and what it takes for what."""

from dataclasses import replace

import numpy as np

from cnnviz.results import Evaluation
from cnnviz.run import Run

from ..numerals import NO_INTERVAL, NOTHING, percent_interval
from ..own_names import side_by_side
from ..page import data_of
from ..parts import (
    Axis,
    Choice,
    Column,
    Fact,
    Facts,
    Findings,
    Group,
    Matrix,
    Multiples,
    Option,
    Part,
    Raster,
    Section,
    Table,
)
from ._notable_clips import notable_clips
from ._reliability import reliability_chart

ORDER = 60
_LARGEST_MATRIX = 40
_LARGEST_HALF = 12
_RATES = (
    Column(name="Precision", places=3),
    Column(name="Recall", places=3),
    Column(name="F1", places=3),
    Column(name="Area under ROC", places=3),
)


def section(run: Run) -> Section | None:
    """How well the model classifies, or None without an evaluation."""
    evaluations = run.find(Evaluation)
    if not evaluations:
        return None
    return Section(
        title="Evaluation",
        anchor="evaluation",
        text="How often the network is right on labelled clips, and what it takes for what. A "
        "number in the matrix leads to its clips.",
        parts=side_by_side(evaluations, lambda one: _parts(one, run), anchor="evaluation-of"),
    )


def _parts(evaluation: Evaluation, run: Run) -> list[Part]:
    """Numbers, confusion, classes, errors and reliability of one evaluation."""
    parts: list[Part] = [Facts(items=_facts(evaluation))]
    if evaluation.findings:
        parts.append(Findings(items=evaluation.findings))
    confusion = _confusion(evaluation)
    reliability = reliability_chart(
        evaluation.reliability,
        error=evaluation.expected_calibration_error,
        anchor=f"reliability-{evaluation.split}",
    )
    if len(evaluation.class_names) > _LARGEST_HALF:
        beside = Multiples(parts=(_classes(evaluation), reliability), width=480)
        parts += [confusion, beside, _averages(evaluation)]
    else:
        beside = Multiples(parts=(confusion, reliability), width=480)
        parts += [beside, _classes(evaluation), _averages(evaluation)]
    notable = notable_clips(evaluation, run)
    if notable is not None:
        parts.append(notable)
    return parts


def _facts(evaluation: Evaluation) -> tuple[Fact, ...]:
    """Accuracy and its relatives."""
    return (
        Fact(
            label="Accuracy",
            value=f"{100 * evaluation.accuracy:.1f} %",
            note=percent_interval(evaluation.accuracy_interval),
        ),
        Fact(
            label="Balanced accuracy",
            value=f"{100 * evaluation.balanced_accuracy:.1f} %",
            note=percent_interval(evaluation.balanced_accuracy_interval),
        ),
        Fact(
            label="Cohen's kappa",
            value=_three(evaluation.kappa),
            note="one class alone" if np.isnan(evaluation.kappa) else "agreement over chance",
        ),
        Fact(
            label="Area under ROC",
            value=_three(evaluation.macro_roc_auc),
            note="mean of the classes; 0.5 is chance",
        ),
        _calibration(evaluation),
        Fact(
            label="Clips",
            value=f"{len(evaluation.labels):,}",
            note=(f"of {evaluation.n_corpus:,}; " if evaluation.n_corpus else "")
            + f"split: {evaluation.split}",
        ),
    )


def _calibration(evaluation: Evaluation) -> Fact:
    """How far confidence is off; in older files chance is not removed."""
    label, calibration = "Calibration error", evaluation.calibration
    if calibration is None:
        error = evaluation.expected_calibration_error
        return Fact(label=label, value=_three(error), note="chance not removed")
    low, high = calibration.error_interval
    note = NO_INTERVAL if np.isnan(low) else f"95 % interval {low:.3f}\N{EN DASH}{high:.3f}"
    return Fact(label=label, value=_three(calibration.error), note=note)


def _three(value: float) -> str:
    return NOTHING if np.isnan(value) else f"{value:.3f}"


def _confusion(evaluation: Evaluation) -> Part:
    """Confusion in clips and in per cent, or as a picture where there are too many classes."""
    names = evaluation.class_names
    filled = zip(*np.nonzero(evaluation.confusion), strict=True)
    counts = Matrix(
        name=f"confusion-{evaluation.split}",
        caption="Clips by true class (rows) and predicted class (columns)",
        values=evaluation.confusion,
        rows=names,
        columns=names,
        row_title="True",
        column_title="Predicted",
        anchors={(int(t), int(p)): f"confusion=true:{t},pred:{p}" for t, p in filled},
    )
    if len(names) > _LARGEST_MATRIX:
        anchor = f"matrix-{counts.name}"
        return Group(title="Confusion", anchor=anchor, parts=(_confusion_picture(counts),))
    shares = replace(
        counts,
        name=f"confusion-shares-{evaluation.split}",
        caption="Per cent of the true class (rows) taken for each class (columns)",
        values=100 * counts.values / np.maximum(counts.values.sum(axis=1, keepdims=True), 1),
        unit="%",
    )
    return Choice(
        label="Confusion",
        options=tuple(
            Option(title=title, anchor=f"matrix-{matrix.name}", parts=(matrix,))
            for title, matrix in (("clips", counts), ("per cent", shares))
        ),
    )


def _confusion_picture(matrix: Matrix) -> Raster:
    """Confusion of many classes as shares of the true class; the counts are its data."""
    totals = np.maximum(matrix.values.sum(axis=1), 1)[:, None]  # (true, 1)
    first, last, n_classes = matrix.rows[0], matrix.rows[-1], len(matrix.rows)
    across, up = ((0.0, first), (1.0, last)), ((0.0, last), (1.0, first))
    return Raster(
        values=(matrix.values / totals)[::-1],
        alt=f"Confusion of {n_classes} classes as a picture; the counts are in its data file",
        caption=f"{matrix.caption}, share of the true class",
        x=Axis(label=matrix.column_title, unit="", start=0, stop=n_classes, ticks=across),
        y=Axis(label=matrix.row_title, unit="", start=0, stop=n_classes, ticks=up),
        lowest=0.0,
        highest=1.0,
        height=520,
        data=data_of(matrix),
    )


def _classes(evaluation: Evaluation) -> Table:
    """Precision, recall, F1 and ROC area of each class, with the intervals of F1."""
    columns = (evaluation.precision, evaluation.recall, evaluation.f1, evaluation.roc_auc)
    intervals = evaluation.class_intervals
    limits = np.empty((len(columns[0]), 0)) if intervals is None else intervals.f1
    heads = tuple(Column(name=name, places=3) for name in ("F1 from", "F1 to"))[: limits.shape[1]]
    return Table(
        name=f"classes-{evaluation.split}",
        caption="Classes; F1 from, to: its 95 % interval" if heads else "Classes",
        columns=(Column(name="Class", is_row_name=True), *_RATES, *heads, Column(name="Clips")),
        rows=tuple(
            (
                name,
                *(float(values[k]) for values in columns),
                *(float(limit) for limit in limits[k]),
                int(evaluation.support[k]),
            )
            for k, name in enumerate(evaluation.class_names)
        ),
        anchors=tuple(f"class-{evaluation.split}-{k}" for k in range(len(columns[0]))),
    )


def _averages(evaluation: Evaluation) -> Table:
    """The rates averaged over the classes that have clips."""
    kinds = (
        ("each class once (macro)", evaluation.macro, evaluation.macro_roc_auc),
        ("each class by its clips (weighted)", evaluation.weighted, evaluation.weighted_roc_auc),
    )
    return Table(
        name=f"averages-{evaluation.split}",
        caption="Averages over the classes that have clips",
        columns=(Column(name="Counting", is_row_name=True), *_RATES),
        rows=tuple((name, one.precision, one.recall, one.f1, area) for name, one, area in kinds),
        sortable=False,
    )
