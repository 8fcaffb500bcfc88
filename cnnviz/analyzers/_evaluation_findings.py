"""What an evaluation says in words, each finding with the scores it follows from."""

import numpy as np

from cnnviz.evaluation import Scores
from cnnviz.evaluation.labels import first_names
from cnnviz.results import Evidence, Finding

_CONFUSIONS_NAMED = 3
_NOTABLE_CALIBRATION_ERROR = 0.05
_INTERVAL = Evidence(name="coverage of the interval", value=0.95)


def describe_scores(scores: Scores, split: str) -> tuple[Finding, ...]:
    """Findings about the clips that were scored."""
    return (
        describe_accuracy(scores, split),
        describe_confusions(scores, split),
        describe_weakest(scores, split),
        describe_calibration(scores, split),
    )


def describe_selection(n_scored: int, n_corpus: int, split: str) -> tuple[Finding, ...]:
    """How many of the clips there are were scored, where it is not all."""
    if n_scored == n_corpus:
        return ()
    finding = Finding(
        id=f"selection:{split}",
        sentence=f"{n_scored:,} of {n_corpus:,} clips are scored (split: {split}).",
        evidence=(_clips("scored", n_scored), _clips("clips", n_corpus)),
    )
    return (finding,)


def describe_accuracy(scores: Scores, split: str) -> Finding:
    """Share of right answers and its interval, against always giving the largest class.

    A warning where the interval reaches down to that.
    """
    rates, (low, high) = scores.rates, scores.intervals.accuracy
    largest = int(rates.support.argmax())
    guessed = float(rates.support[largest] / scores.n_clips)
    where = "" if split == "all" else f" of the {split} split"
    return Finding(
        id=f"accuracy:{split}",
        sentence=f"{rates.accuracy:.1%} of {scores.n_clips:,} clips{where} are classified right "
        f"(95 % interval {low:.1%} to {high:.1%}); always answering "
        f"{scores.class_names[largest]!r} would give {guessed:.1%}.",
        severity="warning" if low <= guessed else "note",
        evidence=(
            Evidence(name="accuracy", value=rates.accuracy),
            Evidence(name="lower end of the interval", value=low),
            Evidence(name="upper end of the interval", value=high),
            _INTERVAL,
            _clips("clips", scores.n_clips),
            Evidence(name="accuracy of always answering the largest class", value=guessed),
        ),
        null=guessed,
    )


def describe_confusions(scores: Scores, split: str) -> Finding:
    """The largest confusions."""
    rates, class_names = scores.rates, scores.class_names
    off = rates.confusion * (1 - np.eye(len(class_names), dtype=int))
    cells = np.argsort(-off, axis=None, kind="stable")[:_CONFUSIONS_NAMED]
    pairs = [divmod(int(cell), len(class_names)) for cell in cells if off.flat[cell]]
    named = [
        f"{off[true, other]} of {rates.support[true]} {class_names[true]!r} "
        f"as {class_names[other]!r}"
        for true, other in pairs
    ]
    evidence = [_clips("taken for another class", off.sum())]
    for true, other in pairs:
        name = class_names[true]
        evidence.append(_clips(f"{name!r} as {class_names[other]!r}", off[true, other]))
        evidence.append(_clips(f"{name!r}", rates.support[true]))
    return Finding(
        id=f"confusions:{split}",
        sentence=f"Most frequent confusions: {', '.join(named)}."
        if pairs
        else "No clip is taken for another class.",
        evidence=tuple(evidence),
        fragment=f"matrix-confusion-{split}",
    )


def describe_weakest(scores: Scores, split: str) -> Finding:
    """The weakest and the strongest class by F1."""
    rates, class_names = scores.rates, scores.class_names
    weak, strong = int(np.nanargmin(rates.f1)), int(np.nanargmax(rates.f1))
    return Finding(
        id=f"weakest_class:{split}",
        sentence=f"Weakest class: {class_names[weak]!r} (F1 {rates.f1[weak]:.2f}, precision "
        f"{rates.precision[weak]:.2f}, recall {rates.recall[weak]:.2f}); strongest: "
        f"{class_names[strong]!r} (F1 {rates.f1[strong]:.2f}).",
        evidence=(
            Evidence(name="F1 of the weakest class", value=rates.f1[weak]),
            Evidence(name="its precision", value=rates.precision[weak]),
            Evidence(name="its recall", value=rates.recall[weak]),
            Evidence(name="F1 of the strongest class", value=rates.f1[strong]),
        ),
        fragment=f"class-{split}-{weak}",
    )


def describe_calibration(scores: Scores, split: str) -> Finding:
    """Whether confidence can be taken at its word."""
    reliability, accuracy = scores.reliability, scores.rates.accuracy
    mean = float(np.nansum(reliability.confidence * reliability.counts) / scores.n_clips)
    is_off = reliability.error >= _NOTABLE_CALIBRATION_ERROR
    verdict = "Confidence matches accuracy"
    if is_off:
        verdict = f"The model is {'over' if mean > accuracy else 'under'}confident"
    return Finding(
        id=f"calibration:{split}",
        sentence=f"{verdict}: mean confidence {mean:.1%}, accuracy {accuracy:.1%}, "
        f"expected calibration error {reliability.error:.3f}.",
        severity="warning" if is_off else "note",
        evidence=(
            Evidence(name="expected calibration error", value=reliability.error),
            Evidence(name="mean confidence", value=mean),
            Evidence(name="accuracy", value=accuracy),
        ),
        threshold=_NOTABLE_CALIBRATION_ERROR,
        fragment=f"reliability-{split}",
    )


def describe_broken(scores: Scores, split: str, n_chosen: int) -> tuple[Finding, ...]:
    """Clips, of the `n_chosen` to score, whose scores are no numbers."""
    n_broken = n_chosen - scores.n_clips
    if not n_broken:
        return ()
    counted = scores.rates.accuracy * scores.n_clips / n_chosen
    finding = Finding(
        id=f"broken_scores:{split}",
        sentence=f"The network answered {n_broken:,} clips with scores that are not numbers; "
        f"they are left out (counted as wrong, accuracy is {counted:.1%}).",
        severity="problem",
        evidence=(
            _clips("clips without numbers", n_broken),
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
        sentence=f"{n_clips:,} clips have no label and are left out.",
        severity="warning",
        evidence=(_clips("clips without a label", n_clips),),
    )
    return (finding,)


def describe_unknown(n_clips: int, names: tuple[str, ...], split: str) -> tuple[Finding, ...]:
    """Clips of the split whose classes, `names`, are none of the model's."""
    if not n_clips:
        return ()
    finding = Finding(
        id=f"unknown_classes:{split}",
        sentence=f"{n_clips:,} clips of {len(names)} classes that the model does not know "
        f"({first_names(names)}) are left out.",
        severity="warning",
        evidence=(
            _clips("clips of unknown classes", n_clips),
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
        sentence=f"no clips of {', '.join(absent)}: their rates are not defined.",
        severity="warning",
        evidence=(
            Evidence(name="classes without a clip", value=len(absent)),
            Evidence(name="classes", value=len(support)),
        ),
    )
    return (finding,)


def _clips(name: str, n_clips: int) -> Evidence:
    return Evidence(name=name, value=n_clips, unit="clips")
