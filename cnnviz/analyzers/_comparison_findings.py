"""What a comparison of two models says in words, each finding with its numbers."""

from collections.abc import Sequence

import numpy as np

from cnnviz.evaluation import Comparison
from cnnviz.evaluation.comparison import ConfusionChange
from cnnviz.results import Evidence, Finding

_CONFUSIONS_NAMED = 5
_LEVEL = 0.05


def describe_comparison(comparison: Comparison, first: str, other: str) -> tuple[Finding, ...]:
    """Findings about two models, called `first` and `other`."""
    return (
        _describe_difference(comparison),
        _describe_agreement(comparison, first, other),
        _describe_test(comparison),
        *_describe_changes("less", comparison.better, first, other),
        *_describe_changes("more", comparison.worse, first, other),
    )


def _describe_difference(comparison: Comparison) -> Finding:
    low, high = comparison.difference_interval
    interval = f"95 % paired interval {100 * low:+.2f} to {100 * high:+.2f}"
    if comparison.n_groups < comparison.n_clips:
        interval += f" over {comparison.n_groups:,} groups of clips"
    if np.isnan(low):
        interval = "no interval: all clips come from one group"
    found = {
        "difference": comparison.difference,
        "lower end of the interval": low,
        "upper end of the interval": high,
        "coverage of the interval": 0.95,
        "groups of clips": comparison.n_groups,
        "accuracy of the first": comparison.accuracy,
        "accuracy of the other": comparison.other_accuracy,
    }
    return Finding(
        id="accuracy_difference",
        sentence=f"accuracy {comparison.accuracy:.4f} against {comparison.other_accuracy:.4f}: "
        f"{100 * comparison.difference:+.2f} points ({interval}).",
        evidence=tuple(Evidence(name=k, value=v) for k, v in found.items() if np.isfinite(v)),
        null=0.0,
    )


def _describe_agreement(comparison: Comparison, first: str, other: str) -> Finding:
    n_first, n_other = len(comparison.only_first_right), len(comparison.only_other_right)
    counts = {
        "both right": comparison.n_both_right,
        "only the first right": n_first,
        "only the other right": n_other,
        "neither right": comparison.n_both_wrong,
    }
    return Finding(
        id="agreement",
        sentence=f"right: both {comparison.n_both_right:,}, only {first} {n_first:,}, only "
        f"{other} {n_other:,}, neither {comparison.n_both_wrong:,}.",
        evidence=tuple(Evidence(name=k, value=n, unit="clips") for k, n in counts.items()),
    )


def _describe_test(comparison: Comparison) -> Finding:
    test = comparison.test
    verdict = "differ" if test.p_value < _LEVEL else "are not told apart"
    return Finding(
        id="mcnemar",
        sentence=f"McNemar ({test.method}): p = {test.p_value:.3g}; at 5 % they {verdict}.",
        evidence=(
            Evidence(name="p", value=test.p_value),
            Evidence(name="level", value=_LEVEL),
            Evidence(name="statistic", value=test.statistic),
        ),
        threshold=_LEVEL,
    )


def _describe_changes(
    how: str, changes: Sequence[ConfusionChange], first: str, other: str
) -> tuple[Finding, ...]:
    """Confusions that the first makes less, or more, often: counts without a test."""
    if not changes:
        return ()
    listed, n_more = changes[:_CONFUSIONS_NAMED], len(changes) - _CONFUSIONS_NAMED
    listing = ", ".join(f"{c.true} as {c.predicted} {c.other} -> {c.first}" for c in listed)
    more = f", and {n_more} more" if n_more > 0 else ""
    evidence = [Evidence(name="confusions that changed", value=len(changes))]
    for c in listed:
        of = f"{c.true} as {c.predicted}"
        evidence.append(Evidence(name=f"{of}, the other", value=c.other, unit="clips"))
        evidence.append(Evidence(name=f"{of}, the first", value=c.first, unit="clips"))
    if more:
        evidence.append(Evidence(name="confusions not named", value=n_more))
    finding = Finding(
        id=f"confused_{how}",
        sentence=f"confused {how} often by {first} than by {other} (clips, not tested): "
        f"{listing}{more}.",
        evidence=tuple(evidence),
    )
    return (finding,)
