"""What an evaluation says in words, each finding with the scores it follows from."""

import numpy as np

from cnnviz.analyzers._class_findings import (
    INTERVAL,
    clips_of,
    describe_confusions,
    describe_weakest,
)
from cnnviz.evaluation import Scores
from cnnviz.evaluation.calibration import VERDICT_LEVEL
from cnnviz.evaluation.groups import GroupSpread
from cnnviz.evaluation.labels import first_names
from cnnviz.results import Evidence, Finding, plural

_NOTABLE_GAP = 0.05
_LEAST_P = 0.001


def describe_scores(
    scores: Scores, split: str, *, label_smoothing: float | None = None
) -> tuple[Finding, ...]:
    """Findings about the clips that were scored; label smoothing as `AudioModel` has it."""
    return (
        describe_accuracy(scores, split),
        describe_confusions(scores, split),
        *describe_weakest(scores, split),
        describe_calibration(scores, split, label_smoothing=label_smoothing),
    )


def describe_selection(n_scored: int, n_corpus: int, split: str) -> tuple[Finding, ...]:
    """How many of the clips there are were scored, where it is not all."""
    if n_scored == n_corpus:
        return ()
    finding = Finding(
        id=f"selection:{split}",
        sentence=f"{n_scored:,} of {n_corpus:,} clips are scored (split: {split}).",
        evidence=(clips_of("scored", n_scored), clips_of("clips", n_corpus)),
    )
    return (finding,)


def describe_accuracy(scores: Scores, split: str) -> Finding:
    """Share of right answers and its interval, against always giving the largest class.

    A warning where the interval reaches down to that, or is not known.
    """
    rates, (low, high) = scores.rates, scores.intervals.accuracy
    largest = int(rates.support.argmax())
    guessed = float(rates.support[largest] / scores.n_clips)
    where = "" if split == "all" else f" of the {split} split"
    return Finding(
        id=f"accuracy:{split}",
        sentence=f"{rates.accuracy:.1%} of {scores.n_clips:,} clips{where} are classified right "
        f"({_interval(scores)}); always answering "
        f"{scores.class_names[largest]!r} would give {guessed:.1%}.",
        severity="note" if low > guessed else "warning",
        evidence=(
            Evidence(name="accuracy", value=rates.accuracy),
            Evidence(name="lower end of the interval", value=low),
            Evidence(name="upper end of the interval", value=high),
            INTERVAL,
            clips_of("clips", scores.n_clips),
            *_group_evidence(scores),
            Evidence(name="accuracy of always answering the largest class", value=guessed),
        ),
        null=guessed,
    )


def _interval(scores: Scores) -> str:
    low, high = scores.intervals.accuracy
    if np.isnan(low):
        return "no interval: all clips come from one speaker or recording"
    spread = _shared_groups(scores)
    over = "" if spread is None else f" over {_groups(spread, scores.n_clips)}, not clips"
    return f"95 % interval {low:.1%} to {high:.1%}{over}"


def _groups(spread: GroupSpread, n_clips: int) -> str:
    """What is drawn: clips of no known group stand for themselves."""
    n_alone = n_clips - spread.n_clips
    alone = f" and {n_alone:,} clips of unknown ones" if n_alone else ""
    return f"{spread.n_groups:,} speakers or recordings{alone}"


def _group_evidence(scores: Scores) -> tuple[Evidence, ...]:
    spread = _shared_groups(scores)
    if spread is None:
        return ()
    return (
        Evidence(name="speakers or recordings", value=spread.n_groups),
        clips_of("clips of unknown speakers or recordings", scores.n_clips - spread.n_clips),
        Evidence(name="largest share of clips of one of them", value=spread.largest_share),
    )


def _shared_groups(scores: Scores) -> GroupSpread | None:
    """The groups, where any of them has several clips."""
    spread = scores.groups
    return None if spread is None or spread.n_groups == spread.n_clips else spread


def describe_calibration(
    scores: Scores, split: str, *, label_smoothing: float | None = None
) -> Finding:
    """Whether confidence can be taken at its word, as far as the clips can tell."""
    calibration, accuracy = scores.calibration, scores.rates.accuracy
    is_off = calibration.p_value < VERDICT_LEVEL
    low, high = calibration.error_interval
    found = {
        "p of confidence that is true": calibration.p_value,
        "mean confidence": calibration.confidence,
        "accuracy": accuracy,
        "calibration error, chance removed": calibration.error,
        "lower end of its interval": low,
        "upper end of its interval": high,
        "coverage of the interval": INTERVAL.value,
        **({"least p that is told": _LEAST_P} if calibration.p_value < _LEAST_P else {}),
        **_smoothing_evidence(label_smoothing, len(scores.class_names)),
    }
    return Finding(
        id=f"calibration:{split}",
        sentence=f"{_verdict(scores, is_off=is_off)}: mean confidence "
        f"{calibration.confidence:.1%}, accuracy {accuracy:.1%}{_error(scores)}."
        f"{_smoothing(label_smoothing, len(scores.class_names))}",
        severity="warning" if is_off and abs(calibration.gap) >= _NOTABLE_GAP else "note",
        evidence=tuple(Evidence(name=k, value=v) for k, v in found.items() if np.isfinite(v)),
        threshold=VERDICT_LEVEL,
        fragment=f"reliability-{split}",
    )


def _verdict(scores: Scores, *, is_off: bool) -> str:
    if np.isnan(scores.intervals.accuracy[0]):
        return "One speaker or recording cannot show whether confidence is true"
    if not is_off:
        return "Neither over- nor underconfidence is shown"
    over = "over" if scores.calibration.gap > 0 else "under"
    return f"On clips like these the model is {over}confident"


def _error(scores: Scores) -> str:
    """How surely confidence is off, and by how much."""
    calibration, (low, high) = scores.calibration, scores.calibration.error_interval
    if np.isnan(calibration.error):
        return ""
    p_value = calibration.p_value
    p_text = f"p = {p_value:.2g}" if p_value >= _LEAST_P else f"p < {_LEAST_P}"
    return (
        f" ({p_text} if confidence were true); calibration error {calibration.error:.3f} "
        f"(95 % interval {low:.3f} to {high:.3f}, chance removed)"
    )


def _smoothing(label_smoothing: float | None, n_classes: int) -> str:
    """What the training itself asked for."""
    found = list(_smoothing_evidence(label_smoothing, n_classes).values())
    if not found:
        return ""
    return f" Its training asked for {found[1]:.1%} at most (label smoothing {found[0]:g})."


def _smoothing_evidence(label_smoothing: float | None, n_classes: int) -> dict[str, float]:
    if not label_smoothing:
        return {}
    most = 1 - label_smoothing + label_smoothing / n_classes
    return {"label smoothing of its training": label_smoothing, "most that it asked for": most}


def describe_broken(scores: Scores, split: str, n_chosen: int) -> tuple[Finding, ...]:
    """Clips, of the `n_chosen` to score, whose scores are no numbers."""
    n_broken = n_chosen - scores.n_clips
    if not n_broken:
        return ()
    counted = scores.rates.accuracy * scores.n_clips / n_chosen
    finding = Finding(
        id=f"broken_scores:{split}",
        sentence=f"Left out: {plural(n_broken, 'clip')} that the network answered with scores "
        f"that are not numbers (counted as wrong, accuracy is {counted:.1%}).",
        severity="problem",
        evidence=(
            clips_of("clips without numbers", n_broken),
            Evidence(name="accuracy with them counted as wrong", value=counted),
        ),
    )
    return (finding,)


def describe_unlabelled(n_clips: int, split: str) -> tuple[Finding, ...]:
    """Clips of the split without a label."""
    if not n_clips:
        return ()
    finding = Finding(
        id=f"unlabelled_clips:{split}",
        sentence=f"Left out: {plural(n_clips, 'clip')} without a label.",
        severity="warning",
        evidence=(clips_of("clips without a label", n_clips),),
    )
    return (finding,)


def describe_unknown(n_clips: int, names: tuple[str, ...], split: str) -> tuple[Finding, ...]:
    """Clips of the split whose classes, `names`, are none of the model's."""
    if not n_clips:
        return ()
    finding = Finding(
        id=f"unknown_classes:{split}",
        sentence=f"Left out: {plural(n_clips, 'clip')} of classes that are none of "
        f"the model's ({len(names)}: {first_names(names)}).",
        severity="warning",
        evidence=(
            clips_of("clips of unknown classes", n_clips),
            Evidence(name="unknown classes", value=len(names)),
        ),
    )
    return (finding,)


def describe_absent(scores: Scores, split: str) -> tuple[Finding, ...]:
    """Classes without a scored clip."""
    support = scores.rates.support
    absent = [name for name, n in zip(scores.class_names, support, strict=True) if not n]
    if not absent:
        return ()
    finding = Finding(
        id=f"absent_classes:{split}",
        sentence=f"No clips of {', '.join(absent)}: their recall and F1 are not defined.",
        severity="warning",
        evidence=(
            Evidence(name="classes without a clip", value=len(absent)),
            Evidence(name="classes", value=len(support)),
        ),
    )
    return (finding,)
