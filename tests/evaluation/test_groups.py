"""Groups of clips against hand counts."""

import numpy as np
import pytest

from cnnviz.evaluation.groups import number_groups, spread_over_groups


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        pytest.param((), [0, 1, 2], id="nothing known"),
        pytest.param(("a", "b", "a"), [0, 1, 0], id="all known"),
        pytest.param(("", "b", ""), [0, 1, 2], id="unknown ones are alone"),
    ],
)
def test_groups_are_numbered_in_their_order(groups, expected):
    assert number_groups(groups, 3).tolist() == expected


def test_spread_counts_each_known_group_once():
    groups = ("a",) * 4 + ("b",) * 2 + ("c",) + ("",)
    right = np.array([1, 1, 1, 0, 1, 1, 0, 0], dtype=bool)

    found = spread_over_groups(groups, right)

    assert (found.n_groups, found.n_clips, found.largest_share) == (3, 7, 4 / 8)
    # accuracies 0, 0.75 and 1
    assert (found.lowest, found.low, found.median, found.high) == pytest.approx(
        (0, 0.15, 0.75, 0.95)
    )


def test_without_names_there_is_no_spread():
    assert spread_over_groups(("", ""), np.array([True, False])) is None
