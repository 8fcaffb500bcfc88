"""Counts of untrained filters lie where they are said to, and planted filters are all found."""

import numpy as np
import pytest

from cnnviz.dsp import null
from cnnviz.dsp.bank import measure

from .kernels import gabor


def draw(generator: np.random.Generator, n_filters: int, n_taps: int) -> np.ndarray:
    return generator.uniform(-1, 1, (n_filters, n_taps))


def simulate(n_filters: int, n_taps: int, n_banks: int, n_times: int) -> np.ndarray:
    """Whether the counts of one more untrained bank lie in their intervals, (time, measure)."""
    generator = np.random.default_rng(n_taps)
    inside = []
    for _ in range(n_times):
        untrained = measure(draw(generator, n_banks * n_filters, n_taps))
        verdict = null.judge(measure(draw(generator, n_filters, n_taps)), untrained)
        row = []
        for own, drawn in (
            (verdict.peakier, verdict.untrained_peakier),
            (verdict.structured, verdict.untrained_structured),
        ):
            expected = null.expect(verdict, n_filters, drawn.reshape(n_banks, -1).sum(axis=1))
            row.append(expected.low <= own.sum() <= expected.high)
        inside.append(row)
    return np.array(inside)


@pytest.mark.parametrize(
    ("n_filters", "n_taps", "n_banks"),
    [(64, 32, 3), (32, 5, 6), (16, 80, 20)],
    ids=["three seeds", "five taps", "few filters"],
)
def test_banks_of_the_same_initialiser_lie_in_the_interval_in_nine_of_ten_cases(
    n_filters: int, n_taps: int, n_banks: int
) -> None:
    inside = simulate(n_filters, n_taps, n_banks, 200)

    assert (inside.mean(axis=0) >= 0.9).all()


def test_the_interval_is_no_wider_than_chance_makes_it() -> None:
    untrained = measure(draw(np.random.default_rng(0), 2000, 40))
    verdict = null.judge(untrained, untrained)

    expected = null.expect(verdict, 64, np.full(30, 3.0))

    assert (verdict.n_limit, verdict.n_untrained) == (100, 2000)
    assert (expected.low, expected.high) == (0, 7)  # binomial (64, .05): 0.038 and 0.98 quantiles


def test_a_planted_bank_of_gabors_is_found_in_full() -> None:
    centres = np.geomspace(200, 6000, 32)
    planted = np.stack([gabor(hz, 12, 80) for hz in centres])

    verdict = null.judge(measure(planted), measure(draw(np.random.default_rng(1), 96, 80)))

    assert verdict.peakier.all()
    assert verdict.structured.all()


@pytest.mark.parametrize(
    "taps", [np.array([1.0, -1.0, *[0.0] * 14]), 0.5 ** np.arange(16)], ids=["difference", "decay"]
)
def test_structure_without_a_peak_is_structure(taps: np.ndarray) -> None:
    untrained = measure(draw(np.random.default_rng(2), 2000, 16))

    verdict = null.judge(measure(taps[None]), untrained)

    assert not verdict.peakier[0]
    assert verdict.structured[0]


def test_a_bank_that_is_designed_does_not_differ_from_itself() -> None:
    designed = measure(np.stack([gabor(hz, 20, 200) for hz in np.linspace(300, 6000, 48)]))

    verdict = null.judge(designed, null.joined([designed] * 5))

    assert verdict.peakier.sum() <= 0.05 * 48
    assert verdict.structured.sum() <= 0.05 * 48


def test_without_enough_untrained_filters_nothing_is_claimed() -> None:
    planted = measure(np.stack([gabor(1000, 12, 80)] * 4))

    verdict = null.judge(planted, measure(draw(np.random.default_rng(3), 12, 80)))

    assert not verdict.peakier.any()
    assert null.expect(verdict, 4, np.zeros(3)).high == 4


@pytest.mark.parametrize(
    ("n_taps", "is_near"), [(1, True), (3, True), (5, True), (9, True), (12, False), (25, False)]
)
def test_below_ten_taps_random_peaks_come_near_the_highest_there_can_be(
    n_taps: int, is_near: bool
) -> None:
    taps = np.random.default_rng(0).uniform(-1, 1, (20_000, n_taps))
    power = np.square(np.abs(np.fft.rfft(taps, 256))).max(axis=1)

    peaks_db = 10 * np.log10(power / np.square(taps).sum(axis=1))  # mean power: Parseval

    distance = 10 * np.log10(n_taps) - np.quantile(peaks_db, 0.95)
    assert (distance <= 3) == is_near
