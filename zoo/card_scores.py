"""The scores of a card in words and rows: what they say, and how far it reaches."""

from .evaluation import Interval, PartScore, TestEvaluation

Row = tuple[str, ...]
_ELSEWHERE = "Other microphones, rooms and languages were not tested."


def score_rows(test: TestEvaluation) -> list[Row]:
    """One row per score of all clips together."""
    scores = {
        "accuracy": _with_interval(test.accuracy, test.interval, 4),
        "balanced accuracy": _with_interval(test.balanced_accuracy, None, 4),
        "Cohen's kappa": _with_interval(test.kappa, None, 4),
        "ROC-AUC, mean of one against the rest": _with_interval(test.roc_auc, None, 4),
        "calibration error, chance removed": _with_interval(
            test.calibration_error, test.calibration_interval, 4
        ),
        "expected calibration error, 15 bins": _with_interval(
            test.expected_calibration_error, None, 4
        ),
    }
    if test.without_easy is not None:
        part = test.without_easy
        name = f"accuracy on the {part.n_clips} clips without {part.left_out}"
        scores[name] = _with_interval(part.accuracy, part.interval, 4)
    return [(name, value) for name, value in scores.items() if value]


def class_rows(test: TestEvaluation) -> list[Row]:
    """One row per class: rates with their intervals, and clips."""
    return [
        (
            score.class_name,
            _with_interval(score.precision, score.precision_interval, 3),
            _with_interval(score.recall, score.recall_interval, 3),
            _with_interval(score.f1, score.f1_interval, 3),
            str(score.n_clips),
        )
        for score in test.classes
    ]


def group_rows(test: TestEvaluation) -> list[Row]:
    """How clips and right answers are spread over speakers or recordings; none: not known."""
    spread = test.groups
    if spread is None or spread.n_groups == spread.n_clips:
        return []
    return [
        ("speakers or recordings", str(spread.n_groups)),
        ("of them also in the training clips", str(test.n_trained_groups)),
        ("share of all clips from the largest", f"{spread.largest_share:.1%}"),
        ("accuracy of the lowest", f"{spread.lowest:.3f}"),
        ("accuracy, quantile .1", f"{spread.low:.3f}"),
        ("accuracy, median", f"{spread.median:.3f}"),
        ("accuracy, quantile .9", f"{spread.high:.3f}"),
    ]


def describe_without_easy(part: PartScore | None) -> str:
    """A sentence on the clips that are not easy; empty where no class is."""
    if part is None:
        return ""
    low, high = part.interval
    return (
        f" Without `{part.left_out}`: {part.accuracy:.4f} ({low:.4f} to {high:.4f}, "
        f"{part.n_clips} clips)."
    )


def describe_reach(test: TestEvaluation, n_clips: int) -> str:
    """What other clips would give, and which clips that covers."""
    low, high = test.interval
    how = "" if 0 < test.accuracy < 1 else " (exact binomial)"
    rest = f"The {test.accuracy:.1%} rest on {n_clips} clips"
    interval = f"the 95 % interval{how} is {low:.1%} to {high:.1%}"
    spread = test.groups
    if spread is None:
        return (
            f"{rest} of one corpus; {interval}. Clips are taken for "
            f"independent, which those of one speaker or recording are not. {_ELSEWHERE}"
        )
    if spread.n_groups == 1:
        return f"{rest} of one speaker or recording; what others give is not known. {_ELSEWHERE}"
    known = (
        "" if spread.n_clips == n_clips else f" ({spread.n_clips} clips; the others stand alone)"
    )
    return (
        f"{rest} of {spread.n_groups} speakers or recordings{known} of one corpus; {interval} for "
        f"the accuracy over all such speakers or recordings. {_covered(test)} {_ELSEWHERE}"
    )


def _covered(test: TestEvaluation) -> str:
    if test.n_trained_groups:
        return f"{test.n_trained_groups} of them were trained on: new ones are not covered."
    return "That covers the choice of speakers or recordings in this corpus, and no other corpus."


def describe_mistakes(test: TestEvaluation) -> tuple[str, ...]:
    """The class found least often and the commonest confusion, where there are mistakes."""
    names = [score.class_name for score in test.classes]
    pairs = [
        (count, names[i], names[j])
        for i, row in enumerate(test.confusion)
        for j, count in enumerate(row)
        if i != j
    ]
    count, true, predicted = max(pairs)
    if count == 0:
        return ()
    n_as_often = sum(pair[0] == count for pair in pairs) - 1
    others = f", and {n_as_often} more as often" if n_as_often else ""
    recalls = [(score.recall, score.class_name) for score in test.classes]
    least = min(recall for recall, _ in recalls if recall is not None)
    worst = [name for recall, name in recalls if recall == least]
    whose = "its" if len(worst) == 1 else "their"
    return (
        f"Found least often: {', '.join(worst)}, {least:.0%} of {whose} clips.",
        f"Most frequent confusion: {count} clips of {true} as {predicted}{others}.",
    )


def _with_interval(value: float | None, interval: Interval | None, places: int) -> str:
    if value is None:
        return ""
    text = f"{value:.{places}f}"
    return text if interval is None else f"{text} ({interval[0]:.2f} to {interval[1]:.2f})"
