"""The short part of the drill; ``make drill`` runs all of it."""

import pytest

from tests.drill.all_kinds import KINDS
from tests.drill.kinds import Kind, run_case

_SHORT = [kind for kind in KINDS if kind.n_short]


@pytest.mark.parametrize("kind", _SHORT, ids=lambda kind: f"{kind.group}: {kind.name}")
def test_no_case_ends_in_a_fault(kind: Kind) -> None:
    outcomes = [run_case(kind, seed) for seed in range(kind.n_short)]

    assert len(outcomes) == kind.n_short
    assert [outcome for outcome in outcomes if outcome.fault] == []
    if skipped := {outcome.skipped for outcome in outcomes} - {""}:
        pytest.skip("; ".join(skipped))
