"""Agreement of curves against scipy, and its verdicts where the truth is known."""

import numpy as np
import pytest
from scipy import ndimage, stats

from cnnviz.evaluation.agreement import agree

N_BANDS, N_CLASSES, N_SPEAKERS = 24, 4, 8
CLASSES = np.repeat(np.arange(N_CLASSES), N_SPEAKERS)
SPEAKERS = np.tile(np.arange(N_SPEAKERS), N_CLASSES)


def smooth(generator, *shape, width=2.0):
    """Curves whose neighbouring bands are alike."""
    return ndimage.gaussian_filter1d(generator.normal(size=(*shape, N_BANDS)), width, mode="wrap")


def noisy(generator, curves, level):
    """Curves of clips about those of their class."""
    return curves[CLASSES] + level * smooth(generator, len(CLASSES))


def agreed(*curves, n_resamples=200):
    of = {"classes": CLASSES, "groups": SPEAKERS}
    return agree(*curves, **of, seed=0, n_resamples=n_resamples)


def test_correlations_are_scipys_of_the_class_means():
    generator = np.random.default_rng(0)
    curves, control, reference = generator.normal(size=(3, len(CLASSES), N_BANDS)).round(1)

    found = agreed(curves, control, reference)

    for k in range(N_CLASSES):
        of_class = [one[k == CLASSES].mean(0) for one in (curves, control, reference)]
        assert found.observed[k] == pytest.approx(stats.spearmanr(of_class[0], of_class[2])[0])
        assert found.control[k] == pytest.approx(stats.spearmanr(of_class[1], of_class[2])[0])
        rolled = stats.spearmanr(np.roll(of_class[0], 5), of_class[2])[0]
        assert found.rotated[4, k] == pytest.approx(rolled)
    assert found.rotated.shape == (N_BANDS - 1, N_CLASSES)


def test_ties_count_as_in_scipy_and_a_flat_curve_agrees_with_nothing():
    first, second = np.array([[1, 2, 2, 3, 0.0]]), np.array([[5, 1, 1, 1, 9.0]])
    one = {"classes": np.zeros(1, int), "groups": np.zeros(1, int), "seed": 0}

    found = agree(first, np.zeros((1, 5)), second, **one)

    assert found.observed[0] == pytest.approx(stats.spearmanr(first[0], second[0])[0])
    assert found.control[0] == 0


def test_curves_that_have_nothing_in_common_agree_in_one_of_twenty_cases():
    generator = np.random.default_rng(0)
    p_values = []
    for _ in range(200):
        curves, reference = (smooth(generator, N_CLASSES)[CLASSES] for _ in range(2))
        p_values.append(agreed(curves, curves, reference, n_resamples=1).p_value)

    assert np.mean(np.array(p_values) <= 0.05) <= 0.09  # binomial, 200 draws of 1 / 24
    assert np.median(p_values) == pytest.approx(0.5, abs=0.12)


def test_a_curve_that_is_no_better_than_the_control_leads_it_in_few_cases():
    generator = np.random.default_rng(1)
    leads = []
    for _ in range(50):
        truth = smooth(generator, N_CLASSES)
        curves, control, reference = (noisy(generator, truth, 1.0) for _ in range(3))
        leads.append(agreed(curves, control, reference, n_resamples=100).mean_lead[0] > 0)

    assert np.mean(leads) <= 0.09  # binomial, 50 draws of 1 / 40


def test_a_curve_that_follows_the_reference_leads_a_control_that_does_not():
    generator = np.random.default_rng(2)
    truth, other = smooth(generator, 2, N_CLASSES)

    found = agreed(
        noisy(generator, truth, 0.5), noisy(generator, other, 0.5), noisy(generator, truth, 0.5)
    )

    assert found.p_value == pytest.approx(1 / N_BANDS)
    assert found.observed.min() > 0.7
    assert found.mean_lead[0] > 0
    assert (found.lead[:, 0] <= found.observed - found.control).all()


def test_clips_of_one_speaker_say_nothing_of_others():
    curves = smooth(np.random.default_rng(3), len(CLASSES))

    found = agree(
        curves, -curves, curves, classes=CLASSES, groups=np.zeros(len(CLASSES), int), seed=0
    )

    assert np.isnan(found.lead).all()
    assert np.isnan(found.mean_lead).all()
    assert found.observed == pytest.approx(np.ones(N_CLASSES))
