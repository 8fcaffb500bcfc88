"""Classification report on labelled clips: confusion, rates, ROC areas, calibration.

Labels and classes meet by name, never by position. Where clips have a split called "test", only
it is scored.

References
----------
Pedregosa et al., "Scikit-learn: Machine Learning in Python" (2011), whose metrics these are;
Cohen, "A Coefficient of Agreement for Nominal Scales" (1960) for kappa.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import torch
from scipy.special import expit, softmax

from cnnviz.analyzers import _evaluation_findings as findings
from cnnviz.errors import ParameterError
from cnnviz.evaluation import Scores, evaluate, notable_clips
from cnnviz.evaluation.class_order import FEWEST_CLASSES
from cnnviz.evaluation.labels import first_names, match_labels
from cnnviz.evaluation.naming import confirmed_names, say_unnamed
from cnnviz.model.scores import output_kind
from cnnviz.parameters import Range, check_parameters
from cnnviz.results import (
    Calibration,
    ClassAverage,
    ClassIntervals,
    Evaluation,
    Finding,
    Reliability,
)
from cnnviz.roles import UNKNOWN

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.capture import Capture, Predictions
    from cnnviz.model import AudioModel
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassificationReport:
    """Score a model's answers against the labels of the clips.

    Parameters
    ----------
    split
        Clips to score; None: ``"test"`` if there is such a split, else all.
    n_resamples
        Bootstrap resamples behind the intervals.
    seed
        Of the bootstrap.
    """

    split: str | None = None
    n_resamples: Annotated[int, Range(1)] = 10_000
    seed: int = 0

    def __post_init__(self) -> None:
        check_parameters(self)

    def run(self, run: Run) -> Evaluation:
        """Score the clips of a capture, or mere answers to clips.

        Clips whose scores are not numbers are left out; a finding counts them.

        Raises
        ------
        ParameterError
            If no clip of the split has a label that is one of the model's classes, the
            classes are not known, or the outputs are known to be no classes.
        """
        _check_role(run)
        capture, model = run.capture, run.model if run.has_model else None
        raw = np.asarray(capture.logits, dtype=np.float64)  # (clip, class)
        class_names = _class_names(max(raw.shape[1], 2), capture, model)
        labels = match_labels(capture.clips.labels, capture.clips.class_names, class_names)
        split, labelled = _to_score(capture, labels, self.split)
        is_finite = _are_finite(raw)
        index = labelled[is_finite[labelled]]
        if not len(index):
            raise ParameterError(
                f"the scores of all {len(labelled):,} clips are not numbers; allowed: finite ones; "
                "the network is broken, train it again"
            )
        labels = labels[index]
        probabilities = to_probabilities(raw[index], _output(raw[is_finite], model))
        clips = capture.clips
        groups = tuple(clips.groups[i] for i in index)
        scores = evaluate(
            labels,
            probabilities,
            class_names,
            groups=groups,
            seed=self.seed,
            n_resamples=self.n_resamples,
        )
        n_corpus = capture.n_corpus
        return Evaluation(
            split=split,
            n_corpus=n_corpus,
            clip_index=index,
            clip_names=tuple(clips.names[i] for i in index),
            labels=labels,
            predictions=probabilities.argmax(-1),
            probabilities=probabilities.astype(np.float32),
            groups=groups,
            **_scored(scores),
            **asdict(notable_clips(labels, probabilities)),
            findings=(
                *findings.describe_scores(
                    scores, split, label_smoothing=None if model is None else model.label_smoothing
                ),
                *findings.describe_broken(scores, split, len(labelled)),
                *_left_out(capture, class_names, split),
                *findings.describe_absent(scores, split),
                *findings.describe_selection(scores.n_clips, n_corpus, split),
            ),
            provenance=run.provenance(self),
        )


def in_report(run: Run) -> tuple[Analyzer, ...]:
    """Clips with labels are scored by a classifier whose classes have names."""
    if not run.has_capture or not run.has_classes or not (run.capture.labels >= 0).any():
        return ()
    if run.has_model and not run.model.class_names:
        return ()
    return (ClassificationReport(seed=run.options.seed),)


def _check_role(run: Run) -> None:
    """Refuse outputs that are something else than classes."""
    if not run.has_classes and run.role != UNKNOWN:
        raise ParameterError(
            f"the output of the network is read as {run.role}, of which no clip has one right "
            "answer; allowed: classes; if it is a classifier, add --output classes"
        )


def _are_finite(raw: np.ndarray) -> np.ndarray:
    """Whether a clip's scores are numbers, bool (clip,); a log-probability may be -inf."""
    numbers = np.isfinite(raw) | np.isneginf(raw)  # (clip, class)
    is_finite: np.ndarray = numbers.all(axis=1) & np.isfinite(raw).any(axis=1)
    return is_finite


def _scored(scores: Scores) -> dict[str, Any]:
    """Scores as the fields of an evaluation."""
    rates, intervals, areas = scores.rates, scores.intervals, scores.roc_auc
    bins = asdict(scores.reliability)
    error = bins.pop("error")
    return {
        "class_names": scores.class_names,
        "confusion": rates.confusion,
        "accuracy": rates.accuracy,
        "accuracy_interval": intervals.accuracy,
        "balanced_accuracy": rates.balanced_accuracy,
        "balanced_accuracy_interval": intervals.balanced_accuracy,
        "kappa": rates.kappa,
        "kappa_interval": intervals.kappa,
        "precision": rates.precision,
        "recall": rates.recall,
        "f1": rates.f1,
        "class_intervals": ClassIntervals(**asdict(scores.class_intervals)),
        "support": rates.support,
        "macro": ClassAverage(**asdict(rates.macro)),
        "macro_f1_interval": intervals.macro_f1,
        "weighted": ClassAverage(**asdict(rates.weighted)),
        "roc_auc": areas.per_class,
        "roc_auc_reasons": areas.reasons,
        "macro_roc_auc": areas.macro,
        "weighted_roc_auc": areas.weighted,
        "reliability": Reliability(**bins),
        "calibration": Calibration(**asdict(scores.calibration)),
        "expected_calibration_error": error,
    }


def check_labels(
    labels: np.ndarray, clip_classes: tuple[str, ...], model_classes: tuple[str, ...]
) -> None:
    """Refuse clips that a model cannot be scored on, before it runs.

    Parameters
    ----------
    labels
        Indices into `clip_classes`, (clip,); -1 where not known.
    clip_classes, model_classes
        Class names; those of a model that names none are known from its scores at the earliest.

    Raises
    ------
    ParameterError
        If no clip has a label, or none that is one of the model's classes.
    """
    if not (labels >= 0).any():
        raise ParameterError(
            f"none of {len(labels):,} clips has a label; allowed: a folder per class, or a CSV "
            "manifest with labels; sort the clips into folders named after their class"
        )
    if not model_classes and len(clip_classes) < FEWEST_CLASSES:
        raise ParameterError(say_unnamed(clip_classes, len(clip_classes)))
    if model_classes and not (match_labels(labels, clip_classes, model_classes) >= 0).any():
        raise ParameterError(
            f"no label of the clips ({first_names(clip_classes)}) is a class of the model "
            f"({first_names(model_classes)}); allowed: the same names; name the model's classes in "
            "output order with --classes"
        )


def to_probabilities(scores: np.ndarray, output: str) -> np.ndarray:
    """Turn scores (clip, class) into probabilities; a single score becomes two classes.

    Parameters
    ----------
    scores
        As the network gives them.
    output
        ``"logits"``, ``"log_probabilities"``, ``"probabilities"`` or ``"sigmoid"``; sigmoids
        are independent and need not sum to one.
    """
    if scores.shape[1] == 1:
        yes = scores if output in ("sigmoid", "probabilities") else expit(scores)
        return np.hstack([1 - yes, yes])
    if output in ("probabilities", "sigmoid"):
        return scores
    probabilities: np.ndarray = softmax(scores, axis=-1)  # of log-probabilities: exp
    return probabilities


def _output(scores: np.ndarray, model: AudioModel | None) -> str:
    """What the scores are: as the contract says, else as they look."""
    if model is not None and model.output is not None:
        return model.output
    kind = output_kind(torch.from_numpy(scores))
    within = bool(((scores >= 0) & (scores <= 1)).all())
    return "sigmoid" if kind == "logits" and within and scores.any() else kind


def _class_names(
    n_classes: int, capture: Capture | Predictions, model: AudioModel | None
) -> tuple[str, ...]:
    """The model's class names, or those of the clips where the scores confirm them."""
    names = capture.model_classes if model is None else model.class_names
    if names and len(names) != n_classes:
        raise ParameterError(
            f"the model gives {n_classes} scores, but has {len(names)} class names "
            f"({first_names(names)}); allowed: one per score; name them in output order with "
            "--classes"
        )
    clips = capture.clips
    names = names or confirmed_names(clips.labels, clips.class_names, np.asarray(capture.logits))
    if not names:
        raise ParameterError(say_unnamed(clips.class_names, n_classes))
    return tuple(names)


def _to_score(
    capture: Capture | Predictions, labels: np.ndarray, split: str | None
) -> tuple[str, np.ndarray]:
    """The split to score and its clips that have a label the model knows."""
    splits = np.asarray(capture.clips.splits)
    name = split or ("test" if "test" in splits else "all")
    within = np.ones(len(labels), dtype=bool) if name == "all" else splits == name
    index = np.flatnonzero(within & (labels >= 0))
    if not len(index):
        known = ", ".join(sorted({"all", *splits} - {""}))
        raise ParameterError(
            f"no clip of split {name!r} has a label among the model's classes; splits: {known}; "
            f"classes of the clips: {first_names(capture.clips.class_names) or 'none'}; "
            "name the model's classes in output order with --classes"
        )
    return name, index


def _left_out(
    capture: Capture | Predictions, class_names: tuple[str, ...], split: str
) -> tuple[Finding, ...]:
    """Findings about clips of the split that cannot be scored."""
    splits = np.asarray(capture.clips.splits)
    within = np.ones(capture.n_clips, dtype=bool) if split == "all" else splits == split
    labels = np.asarray(capture.clips.labels)
    matched = match_labels(labels, capture.clips.class_names, class_names)
    unlabelled, unknown = within & (labels < 0), within & (labels >= 0) & (matched < 0)
    names = tuple(capture.clips.class_names[label] for label in np.unique(labels[unknown]))
    return (
        *findings.describe_unlabelled(int(unlabelled.sum()), split),
        *findings.describe_unknown(int(unknown.sum()), names, split),
    )
