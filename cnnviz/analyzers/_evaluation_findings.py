"""Findings about a classifier in plain words, each from its scores."""

import numpy as np

from cnnviz.evaluation import Scores

_CONFUSIONS_NAMED = 3
_NOTABLE_CALIBRATION_ERROR = 0.05


def describe_accuracy(scores: Scores, split: str) -> str:
    """One sentence: share of right answers, its interval, and what always guessing gives."""
    rates, interval = scores.rates, scores.intervals.accuracy
    largest = int(rates.support.argmax())
    where = "" if split == "all" else f" of the {split} split"
    return (
        f"{rates.accuracy:.1%} of {scores.n_clips:,} clips{where} are classified right "
        f"(95 % interval {interval[0]:.1%} to {interval[1]:.1%}); always answering "
        f"{scores.class_names[largest]!r} would give {rates.support[largest] / scores.n_clips:.1%}"
    )


def describe_confusions(scores: Scores) -> str:
    """One sentence naming the largest confusions."""
    rates, class_names = scores.rates, scores.class_names
    off = rates.confusion * (1 - np.eye(len(class_names), dtype=int))
    cells = np.argsort(-off, axis=None, kind="stable")[:_CONFUSIONS_NAMED]
    pairs = [divmod(int(cell), len(class_names)) for cell in cells if off.flat[cell]]
    if not pairs:
        return "No clip is taken for another class"
    named = [
        f"{off[true, other]} of {rates.support[true]} {class_names[true]!r} "
        f"as {class_names[other]!r}"
        for true, other in pairs
    ]
    return "Most frequent confusions: " + ", ".join(named)


def describe_weakest(scores: Scores) -> str:
    """One sentence naming the weakest and the strongest class by F1."""
    rates, class_names = scores.rates, scores.class_names
    weak, strong = int(np.nanargmin(rates.f1)), int(np.nanargmax(rates.f1))
    return (
        f"Weakest class: {class_names[weak]!r} (F1 {rates.f1[weak]:.2f}, precision "
        f"{rates.precision[weak]:.2f}, recall {rates.recall[weak]:.2f}); strongest: "
        f"{class_names[strong]!r} (F1 {rates.f1[strong]:.2f})"
    )


def describe_calibration(scores: Scores) -> str:
    """One sentence: whether confidence can be taken at its word."""
    reliability, accuracy = scores.reliability, scores.rates.accuracy
    mean = float(np.nansum(reliability.confidence * reliability.counts) / scores.n_clips)
    if reliability.error < _NOTABLE_CALIBRATION_ERROR:
        verdict = "Confidence matches accuracy"
    else:
        verdict = f"The model is {'over' if mean > accuracy else 'under'}confident"
    return (
        f"{verdict}: mean confidence {mean:.1%}, accuracy {accuracy:.1%}, "
        f"expected calibration error {reliability.error:.3f}"
    )
