"""Which policy describes the measured tuning of a layer best."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.stats import binomtest

from cnnviz.dsp.medians import known_median
from cnnviz.results import Evidence, Finding
from cnnviz.results.path_responses import LayerPaths, PolicyCurves

_LEAST_P = 0.05
_EQUAL_DB = 0.1
"""Difference of medians up to which two policies are said to describe equally well."""


def layer_findings(layer: LayerPaths, n_layers: int) -> Iterator[Finding]:
    """Compare policies over the units that all of them answer for."""
    compared = _compared(layer)
    if not compared:
        return
    known = np.all([np.isfinite(one.difference_db) for one in compared], axis=0)
    medians = {one.policy: float(np.median(one.difference_db[known])) for one in compared}
    ranked = sorted(compared, key=lambda one: medians[one.policy])
    best = ranked[0]
    control = known_median(best.other_difference_db[known])
    closer, n_told, p = _closer(best, known)
    limit = _LEAST_P / (n_layers * len(compared))
    evidence = (
        Evidence(name="units compared", value=int(known.sum())),
        Evidence(name="closer to their own curve than to others", value=closer),
        Evidence(name="p of that count", value=p),
        Evidence(name="against other units", value=control, unit="dB"),
        *(
            Evidence(name=f"median under {n}", value=value, unit="dB")
            for n, value in medians.items()
        ),
    )
    told = p < limit
    yield Finding(
        id=f"path_policy:{layer.layer}",
        sentence=_described(layer, ranked, medians, f"{closer:,} of {n_told:,}", control)
        if told
        else _undescribed(layer, ranked, medians, f"{closer:,} of {n_told:,}"),
        severity="note" if told else "warning",
        evidence=tuple(one for one in evidence if np.isfinite(one.value)),
        threshold=limit,
    )


def _compared(layer: LayerPaths) -> list[PolicyCurves]:
    """Policies that answer for at least half of the units that tones raise."""
    n_heard = int((layer.measured > 0).any(axis=1).sum())
    return [
        one
        for one in layer.policies
        if 0 < n_heard <= 2 * int(np.isfinite(one.difference_db).sum())
    ]


def _closer(one: PolicyCurves, known: np.ndarray) -> tuple[int, int, float]:
    """Units closer to their own curve, of how many, and p by a sign test."""
    own, others = one.difference_db[known], one.other_difference_db[known]
    told = np.isfinite(others) & (own != others)
    closer, n = int(np.count_nonzero(own[told] < others[told])), int(told.sum())
    return closer, n, float(binomtest(closer, n, alternative="greater").pvalue) if n else 1.0


def _described(
    layer: LayerPaths,
    ranked: list[PolicyCurves],
    medians: dict[str, float],
    closer: str,
    control: float,
) -> str:
    best = ranked[0]
    equal = [
        one.policy for one in ranked if medians[one.policy] - medians[best.policy] <= _EQUAL_DB
    ]
    rest = [f"{one.policy} {medians[one.policy]:.2g}" for one in ranked[len(equal) :]]
    verb = "describes" if len(equal) == 1 else "describe"
    others = f"; others: {', '.join(rest)} dB" if rest else ""
    noun = "policy" if len(equal) == 1 else "policies"
    return (
        f"{layer.layer}: the {noun} {', '.join(equal)} {verb} measured tuning best, with a median "
        f"difference of {medians[best.policy]:.2g} dB (against the curves of other units "
        f"{control:.2g} dB; {closer} units are closer to their own){others}."
    )


def _undescribed(
    layer: LayerPaths, ranked: list[PolicyCurves], medians: dict[str, float], closer: str
) -> str:
    found = ", ".join(f"{one.policy} {medians[one.policy]:.2g}" for one in ranked)
    return (
        f"{layer.layer}: no policy describes measured tuning of its units better than curves of "
        f"other units do; median differences: {found} dB; under {ranked[0].policy} {closer} units "
        "are closer to their own curve."
    )
