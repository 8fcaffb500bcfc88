"""Statistics of Jacobians against closed forms."""

import numpy as np
import pytest

from cnnviz.dsp import jacobians


def test_the_complexity_of_orthogonal_jacobians_is_the_sum_of_their_sizes_over_the_largest():
    rows = np.diag([4.0, 2.0, 1.0, 0.0])

    assert jacobians.complexity(rows) == pytest.approx(7 / 4)
    assert jacobians.complexity(rows[:, :2]) == pytest.approx(6 / 4)


def test_a_gated_direction_has_complexity_one():
    kernel = np.random.default_rng(0).normal(size=300).astype(np.float32)

    assert jacobians.complexity(np.outer([1, 0, 1, 0.5], kernel)) == 1
    assert np.isnan(jacobians.complexity(np.zeros((4, 5))))


def test_gain_changes_of_a_gate_follow_its_share():
    rows = np.zeros((100, 3))
    rows[:20] = [1, 2, 2]

    assert jacobians.gain_change(rows) == pytest.approx(np.sqrt(0.8 / 0.2))


def test_the_shortest_stretch_with_a_share_of_the_mass():
    gaussian = np.exp(-0.5 * ((np.arange(2001) - 700) / 100) ** 2)
    profiles = np.stack([gaussian, np.ones(2001), np.zeros(2001)])

    halves, wholes = (jacobians.shortest_widths(profiles, share) for share in (0.5, 0.95))

    assert halves[0] == pytest.approx(2 * 0.6745 * 100, abs=2)  # quartiles of a normal density
    assert wholes[0] == pytest.approx(2 * 1.96 * 100, abs=2)
    assert (halves[1], wholes[1]) == (1001, 1901)
    assert np.isnan(halves[2])


def test_mean_power_stays_where_phases_differ():
    times = np.arange(64)
    phases = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    rows = np.hanning(64) * np.cos(2 * np.pi * times / 8 + phases[:, None])

    power = jacobians.mean_powers(rows)
    centre = jacobians.band_centres(power[None], 8000.0)[0]

    assert np.abs(rows.mean(0)).max() < 1e-12
    assert centre == pytest.approx(1000, abs=5)
    assert power.sum() == pytest.approx(  # Parseval, one side
        np.square(rows).sum(1).mean() * 512 / 2 + (power[0] + power[-1]) / 2, rel=1e-6
    )


def test_sign_flips_find_a_difference_and_else_are_uniform():
    generator = np.random.default_rng(4)
    null = [jacobians.sign_flip_p(generator.normal(size=(16, 30))) for _ in range(300)]
    apart = jacobians.sign_flip_p(1 + generator.normal(size=(16, 30)))

    assert apart == 2**-15
    assert np.mean(np.array(null) < 0.1) == pytest.approx(0.1, abs=0.05)


def test_the_reliability_of_a_mean_is_its_correlation_with_the_truth():
    generator = np.random.default_rng(5)
    truth = generator.normal(size=400)
    drawn = truth + 4 * generator.normal(size=(12, 400))

    expected = 1 / np.sqrt(1 + 16 / 12)
    assert jacobians.mean_reliability(drawn) == pytest.approx(expected, abs=0.04)
    assert np.corrcoef(drawn.mean(0), truth)[0, 1] == pytest.approx(expected, abs=0.04)


def test_discoveries_are_those_of_benjamini_and_hochberg():
    p = np.array([0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, np.nan])

    assert jacobians.discoveries(p, 0.05).tolist() == [True, True] + 7 * [False]
    assert not jacobians.discoveries(np.array([np.nan]), 0.05).any()


def test_the_distance_of_means_is_free_of_their_noise():
    generator = np.random.default_rng(6)
    truth = generator.normal(size=400)
    one, other = (share * truth + generator.normal(size=(12, 400)) for share in (1.0, 0.7))

    assert jacobians.mean_distance(one, other) == pytest.approx(0.3, abs=0.03)
    assert np.isnan(jacobians.mean_distance(np.zeros((12, 3)), np.zeros((12, 3))))
