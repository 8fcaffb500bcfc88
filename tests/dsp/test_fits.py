"""Parametric fits against planted filters, scipy's filters and scipy's least squares."""

import numpy as np
import pytest
from scipy.optimize import least_squares
from scipy.signal import firwin

from cnnviz.dsp import fits
from cnnviz.dsp.fits import chance, gabor
from tests.dsp import kernels

RATE = kernels.SAMPLE_RATE
NAMES = tuple(fits.FAMILIES)
NOISE = np.random.default_rng(0).normal(size=(200, 64))


def values_of(family: str, taps: np.ndarray) -> dict[str, float]:
    found = fits.FAMILIES[family]
    names = [each.name for each in found.parameters]
    return dict(zip(names, found.fit(taps[None]).values[0], strict=True))


def best_of(taps: np.ndarray) -> tuple[str, float]:
    """Family of least AIC, whatever chance gives, and its R2."""
    r2 = chance.stacked(fits.fit_families(taps[None]))
    index = fits.choose(r2, np.full(r2.shape, -1.0), len(taps))[0]
    return NAMES[index], float(r2[index, 0])


def decaying(order: float, width: float, hertz: float, onset: float, n_taps: int) -> np.ndarray:
    """A gammatone of any order, `width` in Hz."""
    t = (np.arange(n_taps) - onset) / RATE
    later = np.maximum(t, 1e-12)
    envelope = (t > 0) * (later * 1000) ** (order - 1) * np.exp(-2 * np.pi * width * later)
    return envelope * np.cos(2 * np.pi * hertz * t + 0.4)


def test_a_gabor_is_fitted_whole_and_its_parameters_recovered() -> None:
    taps = 3 * kernels.gabor(1000, 40, 257, phase=0.7)

    assert best_of(taps) == ("Gabor", pytest.approx(1.0, abs=1e-9))
    found = values_of("Gabor", taps)
    assert found["centre"] * RATE == pytest.approx(1000, abs=1e-3)
    assert found["width"] == pytest.approx(40, abs=1e-4)
    assert found["place"] == pytest.approx(128, abs=1e-4)
    assert (found["amplitude"], found["phase"]) == pytest.approx((3, 0.7), abs=1e-5)


def test_noise_20_db_below_a_gabor_leaves_an_r2_of_0_991() -> None:
    taps = kernels.gabor(1000, 40, 257)
    noise = np.random.default_rng(0).normal(size=(100, 257))
    power = 0.01 * np.mean(taps**2)

    r2 = gabor.fit(taps + np.sqrt(power) * noise).r2

    assert r2.mean() == pytest.approx(0.991, abs=1.5e-3)


def test_a_gabor_takes_most_of_a_gammatone_but_aic_chooses_the_gammatone() -> None:
    taps = kernels.gammatone(1000, 512)

    assert gabor.fit(taps[None]).r2[0] == pytest.approx(0.977, abs=1.5e-3)
    assert best_of(taps) == ("gammatone", pytest.approx(1.0, abs=1e-9))
    found = values_of("gammatone", taps)
    assert found["order"] == pytest.approx(4, abs=1e-4)
    assert found["bandwidth"] * RATE == pytest.approx(1.019 * kernels.erb(1000), rel=1e-4)
    assert found["centre"] * RATE == pytest.approx(1000, abs=1e-2)


@pytest.mark.parametrize("is_backwards", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize(
    ("order", "width", "hertz", "onset"),
    [(2.0, 200.0, 3000.0, 10.0), (3.5, 120.0, 500.0, 0.0), (6.0, 400.0, 6500.0, 30.3)],
)
def test_gammatones_are_recovered_in_both_directions(
    order, width, hertz, onset, is_backwards
) -> None:
    taps = decaying(order, width, hertz, onset, 256)

    found = values_of("gammatone", taps[::-1] if is_backwards else taps)

    assert found["backwards"] == is_backwards
    assert found["order"] == pytest.approx(order, rel=1e-3)
    assert found["bandwidth"] * RATE == pytest.approx(width, rel=1e-3)
    assert found["centre"] * RATE == pytest.approx(hertz, rel=1e-4)
    assert found["onset"] == pytest.approx(255 - onset if is_backwards else onset, abs=1e-2)


def test_the_edges_of_scipys_windowed_sinc_are_recovered() -> None:
    taps = firwin(251, [1000, 1800], window="hamming", pass_zero=False, scale=False, fs=RATE)

    assert best_of(taps) == ("windowed sinc", pytest.approx(1.0, abs=1e-9))
    found = values_of("windowed sinc", taps)
    assert (found["low"] * RATE, found["high"] * RATE) == pytest.approx((1000, 1800), abs=0.01)


def test_a_low_pass_begins_at_zero() -> None:
    taps = firwin(101, 900, window="hamming", scale=False, fs=RATE)

    found = values_of("windowed sinc", taps)

    assert (found["low"] * RATE, found["high"] * RATE) == pytest.approx((0, 900), abs=0.01)


def test_a_moving_average_is_one_where_it_stands() -> None:
    taps = np.pad(kernels.moving_average(25), (7, 32))

    assert best_of(taps) == ("moving average", pytest.approx(1.0))
    assert values_of("moving average", taps) == pytest.approx(
        {"amplitude": 1 / 25, "start": 7, "length": 25}
    )


@pytest.mark.parametrize(
    ("taps", "place"), [([1, -1], 20.5), ([-1, 0, 1], 21.0)], ids=["first", "central"]
)
def test_differences_are_derivatives(taps: list[float], place: float) -> None:
    padded = np.pad(np.array(taps, float), (20, 20))

    assert best_of(padded) == ("derivative", pytest.approx(1.0, abs=1e-6))
    assert values_of("derivative", padded)["place"] == pytest.approx(place, abs=1e-2)


def test_the_slope_of_a_gaussian_is_a_derivative_of_its_width() -> None:
    taps = np.gradient(np.exp(-0.5 * ((np.arange(4000) - 2013) / 400) ** 2))[::40]

    assert best_of(taps)[0] == "derivative"
    assert values_of("derivative", taps)["width"] == pytest.approx(10, rel=1e-3)


def test_scipy_finds_nothing_better_from_the_fits_of_noise() -> None:
    found, n, gains = gabor.fit(NOISE[:60]), np.arange(64), []
    low, high = np.array([0, 0, 0.4, 0, -10]), np.array([1e3, 0.5, 128, 63, 10])

    def errors(theta: np.ndarray, row: np.ndarray) -> np.ndarray:
        amplitude, centre, width, place, phase = theta
        envelope = amplitude * np.exp(-0.5 * ((n - place) / width) ** 2)
        return row - envelope * np.cos(2 * np.pi * centre * (n - place) + phase)

    for row, values, r2 in zip(NOISE, found.values, found.r2, strict=False):
        start = np.clip(values, low + 1e-9, high - 1e-9)
        better = least_squares(
            errors, start, args=(row,), bounds=(low, high), x_scale=np.abs(start) + 1e-3
        )
        gains.append(1 - 2 * better.cost / np.square(row).sum() - r2)

    assert np.median(gains) < 1e-6
    assert np.quantile(gains, 0.9) < 2e-3  # what is left: other minima, beside 0 Hz and Nyquist
    assert max(gains) < 0.01


def test_white_noise_gives_an_r2_that_falls_with_the_number_of_taps() -> None:
    noise = np.random.default_rng(1).normal(size=(200, 256))

    # searched on a grid over all cells, so above the .173 and .054 of one start each
    assert gabor.fit(NOISE).r2.mean() == pytest.approx(0.20, abs=0.01)
    assert gabor.fit(noise).r2.mean() == pytest.approx(0.067, abs=0.004)


def test_a_filter_without_energy_has_no_family() -> None:
    taps = np.stack([np.zeros(64), kernels.gabor(2000, 6, 64)])

    r2 = chance.stacked(fits.fit_families(taps))

    assert np.isnan(r2[:, 0]).all()
    chosen = fits.choose(r2, np.full(r2.shape, 0.5), 64)
    assert chosen.tolist() == [-1, 0]


def test_aic_counts_parameters() -> None:
    assert fits.aic(np.array([0.5]), 100, 3) == pytest.approx([100 * np.log(0.5) + 6])


def test_five_percent_of_random_filters_are_beyond_their_limits() -> None:
    r2 = chance.stacked(fits.fit_families(NOISE))

    limits = chance.limits(NOISE, chance.fit_shuffled(NOISE, seed=0))

    shares = (r2 > limits).mean(axis=1)
    assert (shares < 0.1).all()
    assert 0.02 < shares.mean() < 0.07


def test_the_limit_is_that_of_filters_as_long_and_as_concentrated() -> None:
    long = np.random.default_rng(1).normal(size=(40, 200))
    sparse = NOISE * (np.random.default_rng(2).random(NOISE.shape) < 0.1)

    of_short, of_long, of_sparse = (
        np.median(chance.limits(taps, chance.fit_shuffled(taps, seed=0))[0])
        for taps in (NOISE, long, sparse)
    )

    assert of_long < 0.12 < of_short < 0.35 < of_sparse


def test_an_impulse_has_no_family_as_its_shuffled_taps_fit_as_well() -> None:
    taps = np.concatenate([NOISE[:63], kernels.delta(64, at=40)[None]])

    limits = chance.limits(taps, chance.fit_shuffled(taps, seed=0))

    r2 = chance.stacked(fits.fit_families(taps))
    assert fits.choose(r2, limits, 64)[63] == -1


def test_planted_gabors_are_beyond_chance_among_noise() -> None:
    planted = [kernels.gabor(hertz, 9, 64) for hertz in (500, 1500, 4000)]
    taps = np.concatenate([planted, NOISE[:61]])

    limits = chance.limits(taps, chance.fit_shuffled(taps, seed=0))

    chosen = fits.choose(chance.stacked(fits.fit_families(taps)), limits, 64)
    assert chosen[:3].tolist() == [0, 0, 0]
    assert (chosen[3:] >= 0).mean() < 0.25  # five families, five percent each


def test_the_same_seed_shuffles_alike() -> None:
    first, second = (chance.fit_shuffled(NOISE[:20], seed=4) for _ in range(2))

    np.testing.assert_array_equal(first.r2, second.r2)
    assert len(first.r2[0]) == 200


def test_the_expected_count_holds_95_percent_of_banks() -> None:
    generator, n_inside = np.random.default_rng(0), 0
    for _ in range(300):
        low, high = chance.expect_count(generator.binomial(64, 0.05, size=3), 64, 64)
        n_inside += low <= generator.binomial(64, 0.05) <= high

    assert n_inside / 300 >= 0.95


def test_of_twins_that_are_all_alike_all_are_expected() -> None:
    low, high = chance.expect_count(np.full(3, 48), 48, 48)

    assert (high, low >= 46) == (48, True)
