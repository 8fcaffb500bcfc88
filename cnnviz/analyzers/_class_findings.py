"""What an evaluation says of classes: which are taken for which, and lowest and highest F1."""

import numpy as np

from cnnviz.evaluation import Scores
from cnnviz.results import Evidence, Finding

INTERVAL = Evidence(name="coverage of the interval", value=0.95)
_CONFUSIONS_NAMED = 3


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
    n_more = int((off == off[pairs[-1]]).sum()) - _n_last(off, pairs) if pairs else 0
    more = f", and {n_more} more as often as the last" if n_more else ""
    evidence = [clips_of("taken for another class", off.sum())]
    for true, other in pairs:
        name = class_names[true]
        evidence.append(clips_of(f"{name!r} as {class_names[other]!r}", off[true, other]))
        evidence.append(clips_of(f"{name!r}", rates.support[true]))
    if n_more:
        evidence.append(Evidence(name="more confusions as frequent as the last", value=n_more))
    return Finding(
        id=f"confusions:{split}",
        sentence=f"Most frequent confusions: {', '.join(named)}{more}."
        if pairs
        else "No clip is taken for another class.",
        evidence=tuple(evidence),
        fragment=f"matrix-confusion-{split}",
    )


def _n_last(counts: np.ndarray, cells: list[tuple[int, int]]) -> int:
    """How many of the cells hold as much as the last of them."""
    return sum(counts[cell] == counts[cells[-1]] for cell in cells)


def describe_weakest(scores: Scores, split: str) -> tuple[Finding, ...]:
    """The classes of lowest and of highest F1 where there are several, each with its interval."""
    f1 = scores.rates.f1
    known = np.flatnonzero(np.isfinite(f1))
    if len(known) < 2:
        return ()
    weak, strong = int(np.nanargmin(f1)), int(np.nanargmax(f1))
    if f1[weak] == f1[strong]:
        return (_equal_classes(f1[known], split),)
    n_as_low = int((f1 == f1[weak]).sum()) - 1
    as_low = f", and {n_as_low} more as low" if n_as_low else ""
    return (
        Finding(
            id=f"weakest_class:{split}",
            sentence=f"Lowest F1: {_class_words(scores, weak)}{as_low}; highest: "
            f"{_class_words(scores, strong)}.",
            evidence=(
                *_class_evidence(scores, weak, "lowest"),
                *_class_evidence(scores, strong, "highest"),
                Evidence(name="more classes with the lowest F1", value=n_as_low),
                INTERVAL,
            ),
            fragment=f"class-{split}-{weak}",
        ),
    )


def _equal_classes(f1: np.ndarray, split: str) -> Finding:
    return Finding(
        id=f"equal_classes:{split}",
        sentence=f"F1 is {f1[0]:.2f} in each of {len(f1)} classes.",
        evidence=(
            Evidence(name="F1", value=f1[0]),
            Evidence(name="classes with clips", value=len(f1)),
        ),
    )


def _class_words(scores: Scores, index: int) -> str:
    """F1 of a class with its interval, precision and recall."""
    rates, (low, high) = scores.rates, scores.class_intervals.f1[index]
    interval = f"95 % interval {low:.2f} to {high:.2f}, " if np.isfinite(low) else ""
    is_answered = np.isfinite(rates.precision[index])
    precision = f"precision {rates.precision[index]:.2f}" if is_answered else "never predicted"
    return (
        f"{scores.class_names[index]!r} {rates.f1[index]:.2f} ({interval}{precision}, "
        f"recall {rates.recall[index]:.2f})"
    )


def _class_evidence(scores: Scores, index: int, which: str) -> tuple[Evidence, ...]:
    rates, (low, high) = scores.rates, scores.class_intervals.f1[index]
    found = {
        f"{which} F1": rates.f1[index],
        "lower end of its interval": low,
        "upper end of its interval": high,
        "its precision": rates.precision[index],
        "its recall": rates.recall[index],
    }
    return tuple(Evidence(name=k, value=v) for k, v in found.items() if np.isfinite(v))


def clips_of(name: str, n_clips: int) -> Evidence:
    """A count of clips behind a sentence."""
    return Evidence(name=name, value=n_clips, unit="clips")
