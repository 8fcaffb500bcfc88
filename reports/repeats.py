"""Results that another one holds with more checks: of two equal explanations one is shown."""

import json
from collections.abc import Sequence

from cnnviz.results import Relevance, Result

CHECKS = ("proof", "sanity")
"""Parameters that add to an explanation and change nothing else of it."""


def without_repeats(results: Sequence[Result]) -> tuple[Result, ...]:
    """Results but for explanations that another one repeats with more checks."""
    checks = {one.id: _split(one) for one in results if isinstance(one, Relevance)}
    return tuple(
        one
        for one in results
        if one.id not in checks
        or not any(_adds_to(other, checks[one.id]) for other in checks.values())
    )


def _split(relevance: Relevance) -> tuple[str, frozenset[str]]:
    """What was explained and how, and the checks of it."""
    parameters = json.loads(relevance.provenance.parameters)
    asked = frozenset(name for name in CHECKS if parameters.pop(name, False))
    return json.dumps([relevance.method, parameters], sort_keys=True), asked


def _adds_to(other: tuple[str, frozenset[str]], one: tuple[str, frozenset[str]]) -> bool:
    return other[0] == one[0] and other[1] > one[1]
