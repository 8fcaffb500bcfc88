"""Planted spacings are found again, random ones rejected at the level that is said."""

import numpy as np
import pytest
from scipy import stats

from cnnviz.dsp.scale_comparison import (
    LEVEL,
    compare_scales,
    confusable_scales,
    density_per_erb,
    even_steps,
    fit_slope,
    trend_line,
)
from cnnviz.dsp.scales import SCALES, erb_hz, erb_spaced, evenly_spaced

LOW, HIGH = 60.0, 7600.0


def kept(centres: np.ndarray) -> set[str]:
    return {test.name for test in compare_scales(centres) if test.p >= LEVEL}


def drawn(name: str, n: int, generator: np.random.Generator) -> np.ndarray:
    """Independent centres, uniform on a scale."""
    fine = evenly_spaced(SCALES[name], LOW, HIGH, 20_001)
    return np.interp(generator.uniform(0, 20_000, n), np.arange(20_001), fine)


@pytest.mark.parametrize("name", SCALES)
def test_centres_on_a_scale_with_two_per_cent_of_jitter_keep_it(name: str) -> None:
    generator = np.random.default_rng(0)
    exact = evenly_spaced(SCALES[name], LOW, HIGH, 32)

    found = [name in kept(exact * (1 + 0.02 * generator.normal(size=32))) for _ in range(100)]

    assert np.mean(found) >= 0.99


@pytest.mark.parametrize("n", [12, 64])
def test_random_centres_on_a_scale_are_rejected_in_one_of_twenty(n: int) -> None:
    name, generator = "mel (HTK)", np.random.default_rng(n)

    rejected = sum(name not in kept(drawn(name, n, generator)) for _ in range(400))

    low, high = stats.binom.interval(0.999, 400, LEVEL)
    assert low <= rejected <= high


def test_distance_and_p_are_those_of_scipy() -> None:
    centres = np.sort(drawn("ERB", 40, np.random.default_rng(3)))
    kept_ones = centres[1:-1]  # int(.05 * 39) = 1 on either side
    mel = 2595 * np.log10(1 + kept_ones / 700)

    found = compare_scales(centres)[0]

    shares = (mel[1:-1] - mel[0]) / (mel[-1] - mel[0])
    expected = stats.kstest(shares, "uniform", method="exact")
    assert (found.name, found.distance) == ("mel (HTK)", pytest.approx(expected.statistic))
    assert found.p == pytest.approx(expected.pvalue)


def test_scales_lie_as_far_apart_as_published() -> None:
    fine = np.geomspace(LOW, HIGH, 200_001)
    shares = {name: _share(scale(fine)) for name, scale in SCALES.items()}

    apart = {
        pair: float(np.abs(shares[pair[0]] - shares[pair[1]]).max())
        for pair in (
            ("mel (HTK)", "mel (Slaney)"),
            ("ERB", "Bark"),
            ("mel (HTK)", "ERB"),
            ("mel (HTK)", "linear"),
            ("mel (HTK)", "logarithmic"),
        )
    }

    np.testing.assert_allclose(list(apart.values()), [0.04, 0.05, 0.10, 0.28, 0.25], atol=0.006)


def _share(places: np.ndarray) -> np.ndarray:
    return (places - places[0]) / (places[-1] - places[0])


def test_pairs_within_the_critical_distance_are_confusable() -> None:
    few, many = confusable_scales(LOW, HIGH, 64), confusable_scales(LOW, HIGH, 1000)

    assert ("mel (HTK)", "mel (Slaney)") in few  # .04 apart, critical .17
    assert ("mel (HTK)", "ERB") in few  # .10
    assert ("mel (HTK)", "linear") not in few  # .28
    assert many == (("mel (HTK)", "mel (Slaney)"),)  # critical .043


def test_a_mel_bank_of_64_is_mel_or_near_it_and_neither_linear_nor_logarithmic() -> None:
    found = kept(evenly_spaced(SCALES["mel (HTK)"], LOW, HIGH, 64))

    assert {"mel (HTK)", "mel (Slaney)"} <= found
    assert not found & {"linear", "logarithmic"}


@pytest.mark.parametrize("centres", [np.arange(1.0, 9.0), np.full(40, 500.0), np.array([])])
def test_too_few_or_equal_centres_are_not_tested(centres: np.ndarray) -> None:
    assert compare_scales(centres) == ()


@pytest.mark.parametrize("exponent", [0.0, 0.6, 1.0])
def test_the_slope_is_the_planted_exponent_and_its_interval_covers(exponent: float) -> None:
    generator = np.random.default_rng(1)
    centres = np.geomspace(100, 7000, 40)
    slopes = [
        fit_slope(centres, 3 * centres**exponent * np.exp(generator.normal(0, 0.3, 40)))
        for _ in range(400)
    ]

    assert np.mean([each.value for each in slopes]) == pytest.approx(exponent, abs=0.01)
    covered = np.mean([each.low <= exponent <= each.high for each in slopes])
    assert covered == pytest.approx(0.95, abs=0.035)


def test_widths_of_hearing_grow_less_than_their_centres() -> None:
    centres = erb_spaced(100, 7000, 64)

    found = fit_slope(centres, erb_hz(centres))

    assert 0.5 < found.low < found.value < found.high < 1


def test_the_line_is_that_of_least_squares() -> None:
    generator = np.random.default_rng(0)
    centres = generator.uniform(100, 7000, 20)
    widths = centres**0.4 * generator.uniform(1, 3, 20)
    slope, intercept = np.polyfit(np.log(centres), np.log(widths), 1)

    found = trend_line(centres, widths, fit_slope(centres, widths).value, np.array([50.0, 900.0]))

    np.testing.assert_allclose(np.log(found), slope * np.log([50.0, 900.0]) + intercept)


def test_even_steps_begin_and_end_at_the_central_centres() -> None:
    centres = np.geomspace(100, 7000, 41)  # int(.05 * 40) = 2 on either side

    steps = even_steps(np.random.default_rng(0).permutation(centres))

    assert (steps.ranks[0], steps.ranks[-1]) == (2, 38)
    np.testing.assert_allclose(steps.hertz["logarithmic"], centres[2:39], rtol=1e-6)
    assert steps.hertz["mel (HTK)"][[0, -1]] == pytest.approx(centres[[2, 38]])


@pytest.mark.parametrize("centres", [[100.0, 200.0], [300.0] * 5])
def test_a_slope_needs_three_filters_and_two_centres(centres: list[float]) -> None:
    assert fit_slope(np.array(centres), np.ones(len(centres))) is None


def test_density_counts_centres_per_erb() -> None:
    assert density_per_erb(evenly_spaced(SCALES["ERB"], 100, 7000, 61)) == pytest.approx(
        60 / (SCALES["ERB"](np.array(7000)) - SCALES["ERB"](np.array(100))), rel=1e-4
    )
    assert np.isnan(density_per_erb(np.array([500.0])))
    assert np.isnan(density_per_erb(np.array([])))
