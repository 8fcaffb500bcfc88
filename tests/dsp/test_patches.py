"""Nearest patches and what random times give, by the definition."""

import numpy as np
import pytest

from cnnviz.dsp.patches import neighbours


def test_cosines_and_their_nulls_are_those_of_the_definition() -> None:
    random = np.random.default_rng(1)
    own, first, second = (_unit(random.standard_normal((n, 5))) for n in (30, 40, 20))

    found = neighbours(
        own[7],
        own,
        [first, second],
        drawn=[first[:10], second[:10]],
        n_pairs=200_000,
        generator=random,
    )

    products = [own[7] @ other.T for other in (first, second)]
    assert found.cells.tolist() == [int(one.argmax()) for one in products]
    np.testing.assert_allclose(found.cosines, [one.max() for one in products])
    every = own @ np.concatenate([first, second]).T
    pairs = own @ np.concatenate([first[:10], second[:10]]).T
    assert found.pairs_95 == pytest.approx(np.quantile(pairs, 0.95), abs=0.01)
    assert found.stretches_95 == pytest.approx(np.quantile(every.max(axis=1), 0.95))


def _unit(values: np.ndarray) -> np.ndarray:
    return values / np.linalg.norm(values, axis=1, keepdims=True)
