"""Kept clips are spread over the classes, always the same ones."""

import numpy as np
import pytest

from cnnviz.capture.selection import extend_over_classes, spread_over_classes
from cnnviz.defaults import N_SHOWN


@pytest.mark.parametrize("n_clips", [0, 1, 7, 30, 60, 1000])
def test_shares_differ_by_no_more_than_one_unless_a_class_runs_out(n_clips) -> None:
    labels = np.array([0] * 30 + [1] * 20 + [2] * 3 + [-1] * 7)

    chosen = spread_over_classes(labels, n_clips)

    counts = {label: int(np.sum(labels[chosen] == label)) for label in (0, 1, 2, -1)}
    sizes = {0: 30, 1: 20, 2: 3, -1: 7}
    open_shares = [counts[label] for label in counts if counts[label] < sizes[label]]
    assert len(chosen) == len(np.unique(chosen)) == min(n_clips, 60)
    assert np.all(np.diff(chosen) > 0)
    assert not open_shares or max(counts.values()) - min(open_shares) <= 1


def test_clips_of_one_class_are_evenly_spaced() -> None:
    assert spread_over_classes(np.zeros(101, dtype=int), 5).tolist() == [0, 25, 50, 75, 100]


def test_adding_clips_keeps_those_already_chosen() -> None:
    labels = np.arange(400) % 7
    chosen = spread_over_classes(labels, 64)

    found = extend_over_classes(chosen, labels, 200)

    assert set(chosen) <= set(found)
    assert 150 < len(found) <= 200
    assert extend_over_classes(chosen, labels, 10).tolist() == chosen.tolist()


def test_one_clip_per_class_is_not_the_same_place_in_every_class() -> None:
    labels = np.tile(np.arange(5), 9)  # nine speakers say five words in turn

    chosen = spread_over_classes(labels, 5)

    assert labels[chosen].tolist() == [0, 1, 2, 3, 4]
    assert (chosen // 5).tolist() == [0, 2, 4, 6, 8]


def test_maps_of_a_few_clips_are_those_that_a_report_shows_of_all() -> None:
    labels = np.repeat(np.arange(12), 5)
    order = np.argsort(labels, kind="stable")

    chosen = spread_over_classes(labels, N_SHOWN)

    evenly = np.round(np.linspace(0, 59, 12)).astype(int)
    assert chosen.tolist() == np.sort(order[evenly]).tolist()
