"""What invariances say: counts of units beside those of untrained twins."""

import numpy as np
from scipy import stats

from cnnviz.results.finding import Evidence, Finding
from cnnviz.results.invariances import Invariances, LayerInvariances

INVARIANT = 0.9
"""Index from which a unit is counted as invariant."""
LEVEL = 0.05


def count_findings(result: Invariances) -> tuple[Finding, ...]:
    """Layers with more or fewer invariant units than untrained ones; none without twins.

    A count is told where it lies outside those of all twins and Fisher's exact test against all
    their units together is below `LEVEL` over the number of tests.
    """
    n_tests = len(result.layers) * len(result.family_names)
    return tuple(
        finding
        for one in result.layers
        for family in result.family_names
        for finding in _count_finding(result, one, family, n_tests)
    )


def counts(result: Invariances, index: np.ndarray, family: str) -> tuple[int, int]:
    """Units (unit, change) that are invariant to a family, and units of which it is known."""
    values = result.of_family(index, family)
    known = values[np.isfinite(values)]
    return int((known >= INVARIANT).sum()), len(known)


def _count_finding(
    result: Invariances, one: LayerInvariances, family: str, n_tests: int
) -> tuple[Finding, ...]:
    """One sentence, or none."""
    n_own, n_known = counts(result, one.index, family)
    twins = [counts(result, index, family) for index in one.twin_index]
    twins = [pair for pair in twins if pair[1]]
    if not twins or not n_known:
        return ()
    few, many = min(n for n, _ in twins), max(n for n, _ in twins)
    n_twin, n_twin_known = (sum(column) for column in zip(*twins, strict=True))
    p = float(
        stats.fisher_exact([[n_own, n_known - n_own], [n_twin, n_twin_known - n_twin]]).pvalue
    )
    if few <= n_own <= many or p >= LEVEL / n_tests:
        return ()
    untrained = f"{few}" if few == many else f"{few} to {many}"
    what = "time reversal" if family == "reversal" else family
    return (
        Finding(
            id=f"invariance:{one.layer}:{family}",
            sentence=f"{one.layer}: {n_own} of {n_known} units are invariant to {what} (index "
            f"{INVARIANT} or more); untrained twins: {untrained}.",
            evidence=(
                Evidence(name="invariant units", value=n_own),
                Evidence(name="units that tell sounds apart", value=n_known),
                Evidence(name="fewest of a twin", value=few),
                Evidence(name="most of a twin", value=many),
                Evidence(name="p of Fisher's exact test", value=p),
                Evidence(name="least p that is told", value=LEVEL / n_tests),
                Evidence(name="index from which a unit counts", value=INVARIANT),
            ),
            null=n_twin / n_twin_known * n_known,
            fragment=f"invariances-{one.layer}",
        ),
    )


def aliasing_findings(result: Invariances) -> tuple[Finding, ...]:
    """How much the response depends on where between two cells a sound begins, layer by layer."""
    return tuple(
        finding for one in result.layers for finding in _aliasing_finding(one, result.sample_rate)
    )


def _aliasing_finding(one: LayerInvariances, sample_rate: int) -> tuple[Finding, ...]:
    if not np.isfinite(one.aliasing).any():
        return ()
    value = float(np.nanmedian(one.aliasing))
    twins = [float(np.nanmedian(row)) for row in one.twin_aliasing if np.isfinite(row).any()]
    beside = f"; untrained twins: {_span(twins)}" if twins else ""
    jump_ms = 1000 * one.jump / sample_rate
    return (
        Finding(
            id=f"stride_aliasing:{one.layer}",
            sentence=f"{one.layer}: the response varies by {100 * value:.2g} % of its mean "
            f"with where in the {jump_ms:.3g} ms between two cells a sound begins (median over "
            f"units{beside}).",
            evidence=(
                Evidence(name="median aliasing index", value=value),
                Evidence(name="jump", value=jump_ms, unit="ms"),
                *(Evidence(name="median of a twin", value=twin) for twin in twins),
            ),
            null=float(np.mean(twins)) if twins else None,
            fragment=f"invariances-{one.layer}",
        ),
    )


def _span(values: list[float]) -> str:
    """Range in per cent."""
    low, high = f"{100 * min(values):.2g}", f"{100 * max(values):.2g}"
    return f"{low} %" if low == high else f"{low} to {high} %"
