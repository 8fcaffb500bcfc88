"""Evaluation: how often the model is right, and what it takes for what."""

from collections.abc import Sequence

import numpy as np

from cnnviz.results import ClipGallery, Evaluation, Result, find

from ..page import data_of
from ..parts import (
    Axis,
    Cell,
    Column,
    Fact,
    Facts,
    Findings,
    Group,
    Link,
    Matrix,
    Multiples,
    Part,
    Raster,
    Section,
    Table,
    Vector,
)
from ..svg import Frame, axes, dots, path, picture
from .clip_gallery import class_name

ORDER = 60
_LARGEST_MATRIX = 40
_LARGEST_HALF = 12
_N_BINS = 10
_N_WORST = 20


def section(results: Sequence[Result]) -> Section | None:
    """How well the model classifies, or None without an evaluation."""
    found = find(results, Evaluation)
    if not found:
        return None
    parts: list[Part] = []
    for evaluation in found:
        inside = _parts(evaluation, results)
        if len(found) == 1:
            parts += inside
        else:
            anchor = f"evaluation-{evaluation.split}"
            parts.append(Group(title=evaluation.split, anchor=anchor, parts=tuple(inside)))
    return Section(
        title="Evaluation",
        anchor="evaluation",
        text="How often the network is right on labelled clips, and what it takes for what. A "
        "number in the matrix leads to its clips.",
        parts=tuple(parts),
    )


def _parts(evaluation: Evaluation, results: Sequence[Result]) -> list[Part]:
    """Numbers, confusion, classes, errors and reliability of one evaluation."""
    parts: list[Part] = [Facts(items=_facts(evaluation))]
    if evaluation.findings:
        parts.append(Findings(sentences=evaluation.findings))
    matrix, reliability = _confusion(evaluation), _reliability(evaluation)
    if len(evaluation.class_names) > _LARGEST_HALF:
        parts += [matrix, Multiples(parts=(_classes(evaluation), reliability), width=480)]
    else:
        parts += [Multiples(parts=(matrix, reliability), width=480), _classes(evaluation)]
    errors = _errors(evaluation, results)
    if errors is not None:
        parts.append(errors)
    return parts


def _facts(evaluation: Evaluation) -> tuple[Fact, ...]:
    """Accuracy and its relatives."""
    low, high = 100 * evaluation.accuracy_interval
    n_clips = len(evaluation.labels)
    return (
        Fact(
            label="Accuracy",
            value=f"{100 * evaluation.accuracy:.1f} %",
            note=f"95 % interval {low:.1f}\N{EN DASH}{high:.1f} %",
        ),
        Fact(
            label="Balanced accuracy",
            value=f"{100 * evaluation.balanced_accuracy:.1f} %",
            note="mean recall of the classes",
        ),
        Fact(label="Cohen's kappa", value=f"{evaluation.kappa:.3f}", note="agreement over chance"),
        Fact(
            label="Calibration error",
            value=f"{evaluation.expected_calibration_error:.3f}",
            note="confidence against accuracy",
        ),
        Fact(label="Clips", value=f"{n_clips:,}", note=f"split: {evaluation.split}"),
    )


def _confusion(evaluation: Evaluation) -> Part:
    """Confusion counts as a table, or as a picture where there are too many classes."""
    names = evaluation.class_names
    filled = zip(*np.nonzero(evaluation.confusion), strict=True)
    matrix = Matrix(
        name=f"confusion-{evaluation.split}",
        caption="Clips by true class (rows) and predicted class (columns)",
        values=evaluation.confusion,
        rows=names,
        columns=names,
        row_title="True",
        column_title="Predicted",
        anchors={(int(t), int(p)): f"confusion=true:{t},pred:{p}" for t, p in filled},
    )
    return matrix if len(names) <= _LARGEST_MATRIX else _confusion_picture(matrix)


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
    """Precision, recall and F1 of each class."""
    columns = (evaluation.precision, evaluation.recall, evaluation.f1)
    return Table(
        name=f"classes-{evaluation.split}",
        caption="Classes",
        columns=(
            Column(name="Class", is_row_name=True),
            Column(name="Precision", places=3),
            Column(name="Recall", places=3),
            Column(name="F1", places=3),
            Column(name="Clips"),
        ),
        rows=tuple(
            (name, *(float(values[k]) for values in columns), int(evaluation.support[k]))
            for k, name in enumerate(evaluation.class_names)
        ),
    )


def _errors(evaluation: Evaluation, results: Sequence[Result]) -> Table | None:
    """Errors the model is most sure of."""
    wrong = np.nonzero(evaluation.labels != evaluation.predictions)[0]
    if not wrong.size:
        return None
    sure = evaluation.probabilities[wrong, evaluation.predictions[wrong]]
    ranked = wrong[np.argsort(-sure, kind="stable")][:_N_WORST]
    names = {
        clip: name
        for gallery in find(results, ClipGallery)
        for clip, name in enumerate(gallery.names)
    }
    return Table(
        name=f"errors-{evaluation.split}",
        caption=f"Errors the network is most sure of ({len(ranked)} of {len(wrong)})",
        columns=(
            Column(name="Clip", is_row_name=True),
            Column(name="True"),
            Column(name="Predicted"),
            Column(name="Probability", places=3),
            Column(name="Probability of the true class", places=3),
        ),
        rows=tuple(_error_row(evaluation, int(i), names) for i in ranked),
        n_shown=10,
    )


def _error_row(evaluation: Evaluation, i: int, names: dict[int, str]) -> tuple[Cell, ...]:
    """One wrongly classified clip."""
    clip = int(evaluation.clip_index[i])
    true, predicted = int(evaluation.labels[i]), int(evaluation.predictions[i])
    text = names.get(clip, f"clip {clip}")
    return (
        Link(text=text, target=f"clip={clip}") if names else text,
        class_name(evaluation.class_names, true),
        class_name(evaluation.class_names, predicted),
        float(evaluation.probabilities[i, predicted]),
        float(evaluation.probabilities[i, true]),
    )


def _reliability(evaluation: Evaluation) -> Vector:
    """Accuracy against confidence in ten bins of equal width (Guo et al., 2017)."""
    confidence = evaluation.probabilities.max(axis=1)  # (clip,)
    right = evaluation.labels == evaluation.predictions
    index = np.clip((confidence * _N_BINS).astype(int), 0, _N_BINS - 1)
    counts = np.bincount(index, minlength=_N_BINS)
    filled = counts > 0
    mean = np.bincount(index, confidence, minlength=_N_BINS)[filled] / counts[filled]
    accuracy = np.bincount(index, right, minlength=_N_BINS)[filled] / counts[filled]
    frame = Frame(width=420, height=240, x=(0, 1), y=(0, 1), margins=(46, 10, 12, 36))
    drawn = picture(
        frame.width,
        frame.height,
        axes(frame, x_label="Mean probability of the predicted class", y_label="Accuracy"),
        path(frame, np.array([0, 1]), np.array([0, 1]), css="mark"),
        path(frame, mean, accuracy),
        dots(frame.across(mean), frame.up(accuracy), radius=3.5),
    )
    return Vector(
        svg=drawn,
        alt="Accuracy of the clips against the probability given to the predicted class; "
        f"expected calibration error {evaluation.expected_calibration_error:.3f}",
        caption="Reliability: on the dashed line the network is right as often as it says.",
    )
