"""An evaluation and a comparison as text: lines for the terminal, CSV and JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnviz.analyzers import _comparison_findings
from cnnviz.csv_text import to_csv
from cnnviz.results import ranked

if TYPE_CHECKING:
    from cnnviz.evaluation import Comparison
    from cnnviz.results import Evaluation, Finding

_NOT_NUMBERS = ("labels", "predictions", "probabilities", "clip_index", "clip_names", "groups")


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """Two evaluations, of the model and of the other, and their comparison."""

    first: Evaluation
    other: Evaluation
    comparison: Comparison


def describe(evaluation: Evaluation) -> list[str]:
    """Lines for the terminal: rates with intervals, a table of classes, findings."""
    auc = evaluation.macro_roc_auc
    n_corpus = evaluation.n_corpus
    return [
        f"{'clips':<18} {len(evaluation.labels):,} of {n_corpus:,} (split: {evaluation.split})",
        _rate("accuracy", evaluation.accuracy, evaluation.accuracy_interval),
        _rate(
            "balanced accuracy",
            evaluation.balanced_accuracy,
            evaluation.balanced_accuracy_interval,
        ),
        _rate("Cohen's kappa", evaluation.kappa, evaluation.kappa_interval),
        _rate("macro F1", evaluation.macro.f1, evaluation.macro_f1_interval),
        f"{'area under ROC':<18} {_number(auc)}",
        *_calibration_lines(evaluation),
        "",
        *_class_lines(evaluation),
        "",
        *(finding.sentence for finding in ranked(evaluation.findings)),
    ]


def _calibration_lines(evaluation: Evaluation) -> list[str]:
    """Chance removed; older files have the error that chance raises alone."""
    if evaluation.calibration is None:
        return [f"{'calibration error':<18} {_number(evaluation.expected_calibration_error)}"]
    calibration = evaluation.calibration
    return [_rate("calibration error", calibration.error, calibration.error_interval)]


def describe_comparison(compared: Compared) -> list[str]:
    """Lines for the terminal: who is compared on what, and the findings."""
    first, other = _names(compared)
    return [
        f"{first} against {other}, {compared.comparison.n_clips:,} clips",
        *(finding.sentence for finding in ranked(_findings(compared))),
    ]


def to_json(evaluation: Evaluation, compared: Compared | None = None) -> str:
    """All numbers but those of single clips; null is not defined.

    With a comparison, its numbers and those of the other model follow.
    """
    content = _numbers(evaluation)
    if compared is not None:
        content |= {"other": _numbers(compared.other), "comparison": _comparison(compared)}
    return json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def clips_csv(evaluation: Evaluation) -> str:
    """One row per clip: its class, the prediction, and the probability of each class."""
    names = evaluation.class_names
    head = ["clip", "true", "predicted", "right", "probability", "margin", *names]
    highest = np.sort(evaluation.probabilities, axis=1)[:, -2:]  # (clip, 2)
    rows = (
        (
            clip,
            names[true],
            names[predicted],
            int(true == predicted),
            f"{probabilities[predicted]:.6f}",
            f"{margin:.6f}",
            *(f"{value:.6f}" for value in probabilities),
        )
        for clip, true, predicted, probabilities, margin in zip(
            evaluation.clip_names,
            evaluation.labels,
            evaluation.predictions,
            evaluation.probabilities,
            highest[:, -1] - highest[:, 0],
            strict=True,
        )
    )
    return to_csv([head, *rows])


def confusion_csv(evaluation: Evaluation) -> str:
    """Counts of (true, predicted) classes, and their share of the true class."""
    names, totals = evaluation.class_names, np.maximum(evaluation.support, 1)
    rows = (
        (names[true], names[predicted], int(count), f"{count / totals[true]:.6f}")
        for (true, predicted), count in np.ndenumerate(evaluation.confusion)
    )
    return to_csv([["true", "predicted", "clips", "share"], *rows])


def compared_csv(compared: Compared) -> str:
    """One row per clip with both predictions, in the order of the first evaluation."""
    first, other = compared.first, compared.other
    position = {name: index for index, name in enumerate(other.clip_names)}
    rows = []
    for index, clip in enumerate(first.clip_names):
        other_index = position[clip]
        predicted = (
            first.class_names[first.predictions[index]],
            other.class_names[other.predictions[other_index]],
        )
        true = first.class_names[first.labels[index]]
        right = tuple(int(name == true) for name in predicted)
        rows.append((clip, true, *predicted, *right))
    head = ["clip", "true", "predicted", "other_predicted", "right", "other_right"]
    return to_csv([head, *rows])


def _findings(compared: Compared) -> tuple[Finding, ...]:
    return _comparison_findings.describe_comparison(compared.comparison, *_names(compared))


def _names(compared: Compared) -> tuple[str, str]:
    """Names of the two models, told apart by their digest where they are the same."""
    first, other = compared.first.provenance, compared.other.provenance
    if first.model_name != other.model_name:
        return first.model_name, other.model_name
    return (
        f"{first.model_name} {first.model_digest[:8]}",
        f"{other.model_name} {other.model_digest[:8]}",
    )


def _rate(name: str, value: float, interval: np.ndarray) -> str:
    low, high = interval
    interval_text = (
        f"  (95 % interval {_number(low)} to {_number(high)})" if np.isfinite(low) else ""
    )
    return f"{name:<18} {_number(value)}{interval_text}"


def _number(value: float) -> str:
    return f"{value:.4f}" if np.isfinite(value) else "-"


def _class_lines(evaluation: Evaluation) -> list[str]:
    averages = (
        ("macro average", evaluation.macro, evaluation.macro_roc_auc),
        ("weighted average", evaluation.weighted, evaluation.weighted_roc_auc),
    )
    width = max(len(name) for name in (*evaluation.class_names, "weighted average"))
    columns = (evaluation.precision, evaluation.recall, evaluation.f1, evaluation.roc_auc)
    rows = [
        (name, *(float(values[k]) for values in columns), int(evaluation.support[k]))
        for k, name in enumerate(evaluation.class_names)
    ]
    rows += [
        (name, average.precision, average.recall, average.f1, area, len(evaluation.labels))
        for name, average, area in averages
    ]
    head = f"{'class':<{width}}  precision  recall      F1  ROC area   clips"
    return [head, *(_class_line(row, width) for row in rows)]


def _class_line(row: tuple[Any, ...], width: int) -> str:
    name, precision, recall, f1, area, n_clips = row
    cells = (_short(value) for value in (precision, recall, f1, area))
    form = "{:>9}  {:>6}  {:>6}  {:>8}"
    return f"{name:<{width}}  {form.format(*cells)}  {n_clips:>6,}"


def _short(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else "-"


def _numbers(evaluation: Evaluation) -> dict[str, Any]:
    content = {k: v for k, v in asdict(evaluation).items() if k not in _NOT_NUMBERS}
    for name in ("confident_right", "confident_wrong", "nearest_boundary"):
        content[name] = [evaluation.clip_names[i] for i in content[name]]
    plain: dict[str, Any] = _plain({"n_clips": len(evaluation.labels), **content})
    return plain


def _comparison(compared: Compared) -> dict[str, Any]:
    content = asdict(compared.comparison)
    content["findings"] = [asdict(finding) for finding in _findings(compared)]
    for name in ("only_first_right", "only_other_right"):
        content[name] = [compared.first.clip_names[i] for i in content[name]]
    plain: dict[str, Any] = _plain(content)
    return plain


def _plain(value: Any) -> Any:
    """Arrays as lists, and null for what is not finite."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value
