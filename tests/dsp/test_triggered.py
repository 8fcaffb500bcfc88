"""Spike-triggered statistics against closed forms."""

import numpy as np
import pytest

from cnnviz.dsp import triggered

RMS = 0.3


def noise_of(n_cells, n_taps, seed=0):
    return RMS * np.random.default_rng(seed).normal(size=(n_cells, n_taps))


def test_frames_are_what_each_cell_sees():
    sounds = np.arange(20.0).reshape(2, 10)

    frames = triggered.frames_of(sounds, np.array([0, 3, 6]), 4)

    assert frames.tolist() == [
        [0, 1, 2, 3], [3, 4, 5, 6], [6, 7, 8, 9],
        [10, 11, 12, 13], [13, 14, 15, 16], [16, 17, 18, 19],
    ]  # fmt: skip


def test_the_error_model_predicts_the_correlation_with_the_true_average():
    n_cells, n_taps, correlations, expected = 4000, 100, [], []
    kernel = np.random.default_rng(9).normal(size=n_taps)
    for seed in range(12):
        frames = noise_of(n_cells, n_taps, seed)
        answers = frames @ kernel + 3 * np.random.default_rng((seed, 1)).normal(size=n_cells)
        average = answers @ frames / (n_cells * RMS**2)
        excess = triggered.excess_energy(
            average[None], np.array([answers.var()]), n_cells=n_cells, rms=RMS
        )
        expected.append(float(triggered.reliability(excess)[0]))
        correlations.append(np.corrcoef(average, kernel)[0, 1])

    variance = RMS**2 * kernel @ kernel + 9
    formula = 1 / np.sqrt(1 + n_taps * variance / (n_cells * RMS**2 * kernel @ kernel))
    assert np.mean(correlations) == pytest.approx(formula, abs=0.003)
    assert np.mean(expected) == pytest.approx(formula, abs=0.003)


def test_the_predicted_variance_is_free_of_what_chance_predicts():
    n_cells, n_taps, shares = 3000, 200, []
    kernel = np.random.default_rng(9).normal(size=n_taps)
    for seed in range(20):
        frames = noise_of(n_cells, n_taps, seed)
        linear = frames @ kernel
        answers = linear + 2 * linear.std() * np.random.default_rng((seed, 1)).normal(size=n_cells)
        average = answers @ frames / (n_cells * RMS**2)
        variance = np.array([answers.var()])
        excess = triggered.excess_energy(average[None], variance, n_cells=n_cells, rms=RMS)
        shares.append(triggered.linear_share(excess, np.ones(1), n_taps=n_taps, n_cells=n_cells)[0])

    assert np.mean(shares) == pytest.approx(1 / 5, abs=0.01)


def test_answers_in_no_relation_to_the_noise_have_an_excess_of_one_and_uniform_p():
    generator = np.random.default_rng(3)
    frames = noise_of(2000, 40)
    answers = generator.normal(size=(400, 2000))
    averages = answers @ frames / (2000 * RMS**2)

    excess = triggered.excess_energy(averages, answers.var(1), n_cells=2000, rms=RMS)
    p = triggered.pooled_p(excess[:200], excess[200:])

    assert excess.mean() == pytest.approx(1, abs=0.05)
    assert np.mean(p < 0.1) == pytest.approx(0.1, abs=0.06)


def test_units_of_one_answer_have_no_p():
    excess = triggered.excess_energy(np.zeros((1, 5)), np.zeros(1), n_cells=10, rms=RMS)

    assert np.isnan(triggered.pooled_p(excess, np.ones(10))).all()


def test_an_eigenvalue_is_the_correlation_with_the_squared_projection():
    frames = noise_of(40_000, 6) / RMS
    vector = np.array([3, 0, 4, 0, 0, 0]) / 5
    squared = (frames @ vector) ** 2
    answers = -0.7 * squared + np.random.default_rng(1).normal(size=len(frames))

    values, vectors = triggered.covariance_eigen(frames, answers / answers.std())

    assert values[0] == pytest.approx(np.corrcoef(answers, squared)[0, 1], abs=0.02)
    assert abs(vectors[0] @ vector) > 0.999
    assert np.abs(values[1:]).max() < 0.03
