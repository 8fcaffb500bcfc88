"""The short part of the drill; ``make drill`` runs all of it."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from tests.drill import specimens
from tests.drill.all_kinds import KINDS, run_cases

_SHORT = [number for number, kind in enumerate(KINDS) if kind.n_short]


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    """A process without the threads of other tests, which a forked one would miss.

    It imports what commands need before the first case, whichever that is.
    """
    context = get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=specimens.run) as pool:
        yield pool


@pytest.mark.parametrize("number", _SHORT, ids=lambda n: f"{KINDS[n].group}: {KINDS[n].name}")
def test_no_case_ends_in_a_fault(number: int, pool: ProcessPoolExecutor) -> None:
    n_cases = KINDS[number].n_short

    _, outcomes = pool.submit(run_cases, number, range(n_cases)).result()

    assert len(outcomes) == n_cases
    assert [outcome for outcome in outcomes if outcome.fault] == []
    if skipped := {outcome.skipped for outcome in outcomes} - {""}:
        pytest.skip("; ".join(skipped))
