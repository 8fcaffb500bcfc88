"""Additive models against Shapley values by their definition, and linear scores."""

from itertools import permutations, product
from math import comb

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from cnnviz.attribution.additive import (
    explained_share,
    fair_draws,
    fit_shapley,
    fit_weighted,
    proximity,
    shapley_draws,
)

N = 6


def game(z):
    """Scores of coalitions (draw, cell) with interactions of two and three."""
    z = z.astype(float)
    linear = z @ np.array([3.0, -1.0, 0.5, 2.0, 0.0, -2.0])
    return 1 + linear + 4 * z[:, 0] * z[:, 3] - 3 * z[:, 1] * z[:, 2] * z[:, 5] + z[:, 0] ** 2


def shapley_values():
    """Mean over all orders of what a cell adds when it joins."""
    values = np.zeros(N)
    orders = list(permutations(range(N)))
    for order in orders:
        on = np.zeros((N + 1, N))
        for place, cell in enumerate(order):
            on[place + 1 :, cell] = 1
        values[list(order)] += np.diff(game(on))
    return values / len(orders)


def fitted(n, seed):
    draws = shapley_draws(n, N, np.random.default_rng(seed))
    ends = game(np.array([[0] * N, [1] * N]))
    return fit_shapley(draws, game(draws), off=ends[0], on=ends[1], ridge=0)


@pytest.mark.parametrize("seed", range(5))
def test_six_groups_get_their_shapley_values_within_three_standard_errors(seed):
    found = fitted(200, seed)

    assert (np.abs(found.coefficients - shapley_values()) <= 3 * found.standard_errors).all()
    assert found.coefficients.sum() == pytest.approx(np.diff(game(np.eye(2)[:, [0] * N]))[0] * -1)


def test_the_standard_errors_are_those_of_many_seeds():
    many = [fitted(200, seed) for seed in range(200)]

    spread = np.std([one.coefficients for one in many], axis=0)
    told = np.sqrt(np.mean([one.standard_errors**2 for one in many], axis=0))
    np.testing.assert_allclose(told, spread, rtol=0.25)
    bias = np.mean([one.coefficients for one in many], axis=0) - shapley_values()
    assert (np.abs(bias) < 3.5 * spread / np.sqrt(200)).all()


def test_all_coalitions_with_kernel_weights_give_shapley_values_exactly():
    everything = np.array([z for z in product([0, 1], repeat=N) if 0 < sum(z) < N])
    sizes = everything.sum(1)
    times = [round(1800 / (comb(N, s) * s * (N - s))) for s in sizes]  # whole numbers
    draws = np.repeat(everything, times, axis=0)
    ends = game(np.array([[0] * N, [1] * N]))

    found = fit_shapley(draws, game(draws), off=ends[0], on=ends[1], ridge=0)

    exact = [1800 / (comb(N, s) * s * (N - s)) for s in sizes]
    assert times == pytest.approx(exact)
    np.testing.assert_allclose(found.coefficients, shapley_values(), atol=1e-10)


def test_draws_follow_the_weights_of_kernelshap_and_come_with_complements():
    draws = shapley_draws(40001, N, np.random.default_rng(0))

    shares = np.bincount(draws.sum(1), minlength=N + 1)[1:N] / len(draws)
    expected = 1 / (np.arange(1, N) * np.arange(N - 1, 0, -1))
    np.testing.assert_allclose(shares, expected / expected.sum(), atol=0.01)
    np.testing.assert_allclose(draws.mean(0), 0.5, atol=1e-12)
    assert len(draws) == 40000
    assert (draws[::2] ^ draws[1::2]).all()


@pytest.mark.parametrize("kind", ["shapley", "weighted"])
def test_a_linear_score_is_found_exactly_and_fits(kind):
    generator, weights = np.random.default_rng(0), np.arange(1.0, 9.0)
    draws = (shapley_draws if kind == "shapley" else fair_draws)(60, 8, generator)
    scores = 5 + draws @ weights

    if kind == "shapley":
        found = fit_shapley(draws, scores, off=5.0, on=5.0 + weights.sum(), ridge=0)
    else:
        found = fit_weighted(draws, scores, proximity(draws, 0.25), ridge=0)

    np.testing.assert_allclose(found.coefficients, weights, rtol=1e-9)
    assert found.intercept == pytest.approx(5)
    assert explained_share(found, draws, scores, np.ones(len(draws))) == pytest.approx(1)


def test_the_weighted_fit_is_scikit_learns_ridge():
    draws = fair_draws(100, N, np.random.default_rng(0))
    weights = proximity(draws, 0.25)

    found = fit_weighted(draws, game(draws), weights, ridge=0.01)

    model = Ridge(alpha=0.01 * weights.sum()).fit(draws, game(draws), weights)
    np.testing.assert_allclose(found.coefficients, model.coef_, rtol=1e-9)
    assert found.intercept == pytest.approx(model.intercept_)
    test = fair_draws(50, N, np.random.default_rng(1))
    weights = proximity(test, 0.25)
    share = explained_share(found, test, game(test), weights)
    assert share == pytest.approx(model.score(test, game(test), weights))


def test_proximity_is_one_at_the_clip_and_follows_the_cosine():
    draws = np.array([[1, 1, 1, 1], [1, 0, 0, 0]])

    np.testing.assert_allclose(proximity(draws, 0.25), [1, np.exp(-4)])
