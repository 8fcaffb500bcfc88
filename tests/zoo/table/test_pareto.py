"""The Pareto front equals its definition."""

from hypothesis import given
from hypothesis import strategies as st

from zoo.table.pareto import pareto_front

NETWORKS = st.lists(
    st.tuples(st.integers(1, 6), st.sampled_from([0.1, 0.2, 0.3, 0.4, 0.5])), max_size=12
)


@given(networks=NETWORKS)
def test_front_holds_what_no_other_dominates(networks: list[tuple[int, float]]) -> None:
    def is_dominated(size: int, accuracy: float) -> bool:
        return any(n <= size and a >= accuracy and (n < size or a > accuracy) for n, a in networks)

    expected = {i for i, network in enumerate(networks) if not is_dominated(*network)}

    found = pareto_front([n for n, _ in networks], [a for _, a in networks])

    assert set(found) == expected
    assert len(found) == len(expected)


def test_front_runs_from_small_to_large() -> None:
    assert pareto_front([300, 100, 200], [0.9, 0.5, 0.7]) == (1, 2, 0)


def test_front_of_nothing_is_empty() -> None:
    assert pareto_front([], []) == ()
