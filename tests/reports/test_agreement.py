"""Explanations of the same clips are held against each other, and against other clips."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import spearmanr

from cnnviz.grid import Grid, ReceptiveField, time_grid
from cnnviz.results import RelevanceMap, Target
from reports.sections._agreement import agreement_parts
from tests.attribution.test_relevance import RATE, a_result

N, FRAME = 4000, 80  # half a second, in 50 frames


def on_samples(values, **changes):
    grid = time_grid(ReceptiveField(), values.shape[1], RATE)
    part = RelevanceMap(domain="samples", values=values.astype(np.float32), grid=grid)
    return a_result(part, **changes)


def draw(seed=0):
    """Relevance of two clips whose frames are of different sizes."""
    generator = np.random.default_rng(seed)
    sizes = np.repeat(generator.uniform(1, 2, size=(2, N // FRAME)), FRAME, axis=1)
    return sizes * generator.choice([-1, 1], size=(2, N))


def rows_of(*relevances):
    titles = [f"map {k}" for k in range(len(relevances))]
    parts = agreement_parts(relevances, titles)
    return parts[0].parts[0].rows if parts else ()


def framed(values):
    return np.abs(values).reshape(2, -1, FRAME).sum(-1)


def test_every_pair_has_the_correlation_of_its_clips_and_that_of_different_clips():
    one, other = draw(0), draw(1)

    (row,) = rows_of(on_samples(one), on_samples(other))

    a, b = framed(one), framed(other)
    alike = [spearmanr(a[k], b[k]).statistic for k in range(2)]
    apart = [spearmanr(a[k], b[1 - k]).statistic for k in range(2)]
    assert row[:3] == ("map 0", "map 1", 2)
    assert row[3:] == pytest.approx((np.median(alike), min(alike), np.median(apart)), abs=1e-6)


def test_the_sign_and_the_scale_of_relevance_play_no_part():
    ((*_, median, lowest, between),) = rows_of(on_samples(draw()), on_samples(-3 * draw()))

    assert (median, lowest) == (pytest.approx(1), pytest.approx(1))
    assert between < 0.9


def test_cells_longer_than_a_frame_reach_half_way_to_their_neighbours():
    times = np.arange(10) * 0.05 + 0.025
    values = np.random.default_rng(0).uniform(1, 2, size=(2, 10))
    part = RelevanceMap(
        domain="layer", values=values.astype(np.float32), grid=Grid(times=times, frequencies=())
    )
    spread = np.repeat(values / 400, 400, axis=1)

    ((*_, median, _, _),) = rows_of(a_result(part), on_samples(spread))

    assert median == pytest.approx(1, abs=0.02)


def test_other_targets_and_maps_without_time_are_not_compared():
    bands = RelevanceMap(
        domain="patches",
        values=np.ones((2, 3), np.float32),
        grid=Grid(times=np.array([]), frequencies=np.array([250.0, 500.0, 1000.0])),
    )
    others = Target(words=("no", "yes"), class_index=np.array([1, 0]))

    for first, second in pairwise((on_samples(draw()), a_result(bands), on_samples(draw()))):
        assert rows_of(first, second) == ()
    assert rows_of(on_samples(draw()), on_samples(draw(), target=others)) == ()


def test_a_constant_map_agrees_with_none():
    ((*_, median, _, _),) = rows_of(on_samples(draw()), on_samples(np.ones((2, N))))

    assert median == 0
