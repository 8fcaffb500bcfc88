"""Exemplars over shards equal a sort over everything."""

import numpy as np
import pytest

from cnnviz.capture.exemplars import find_exemplars


@pytest.mark.parametrize("shard", [1, 7, 50])
def test_streaming_equals_sorting_everything(shard) -> None:
    random = np.random.default_rng(0)
    maxima = random.integers(0, 20, size=(50, 4)).astype(np.float32)  # many ties
    peaks = random.integers(0, 30, size=(50, 4))
    times = np.linspace(0, 1, 30)
    rows = [(maxima[i : i + shard], peaks[i : i + shard]) for i in range(0, 50, shard)]

    found = find_exemplars(rows, times, 6)

    order = np.argsort(-maxima, axis=0, kind="stable")[:6].T
    assert np.array_equal(found.clip_index, order)
    assert np.array_equal(found.values, np.take_along_axis(maxima.T, order, 1))
    assert np.array_equal(found.times, times[np.take_along_axis(peaks.T, order, 1)])


def test_missing_exemplars_are_marked() -> None:
    found = find_exemplars([(np.array([[1.0], [3.0]]), np.zeros((2, 1), int))], np.zeros(1), 4)

    assert found.clip_index.tolist() == [[1, 0, -1, -1]]
    assert np.isnan(found.values[0, 2:]).all()
    assert np.isnan(found.times[0, 2:]).all()
