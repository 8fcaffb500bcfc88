"""Planted copies are found, and the fast search equals the slow definition."""

import numpy as np
import pytest

from cnnviz.dsp.duplicates import THRESHOLD, find_duplicates, likeness_limit, phase_degrees

from .kernels import gabor


def slow(taps: np.ndarray, threshold: float) -> list[int]:
    """Correlate each filter with each earlier one that repeats nothing."""
    found: list[int] = []
    for j, late in enumerate(taps):
        match = -1
        for i, early in enumerate(taps[:j]):
            size = np.linalg.norm(early) * np.linalg.norm(late)
            r = np.abs(np.correlate(early, late, "full")).max() / size
            if match < 0 and found[i] < 0 and r >= threshold:
                match = i
        found.append(match)
    return found


def test_planted_copies_are_found_with_sign_delay_and_level() -> None:
    noise = np.random.default_rng(0).normal(size=(4, 64))
    delayed = np.roll(np.pad(noise[1, :50], (0, 14)), 9)
    noise[1, 50:] = 0.0
    taps = np.stack([*noise, -3 * noise[0], 0.1 * delayed, np.zeros(64)])

    found = find_duplicates(taps, dead=np.array([False] * 6 + [True]))

    assert found.index.tolist() == [-1, -1, -1, -1, 0, 1, -1]
    assert found.r[4] == pytest.approx(-1.0)
    assert found.r[5] == pytest.approx(1.0)
    assert np.isnan(found.r[6])


@pytest.mark.parametrize("n_taps", [3, 5, 16])
def test_the_screened_search_equals_all_pairs(n_taps: int) -> None:
    taps = np.random.default_rng(n_taps).normal(size=(60, n_taps))

    found = find_duplicates(taps, dead=np.zeros(60, bool), threshold=0.9)

    assert found.index.tolist() == slow(taps, 0.9)


def test_channels_move_together() -> None:
    first = np.random.default_rng(1).normal(size=(3, 16))
    second = np.stack([np.roll(first[0], 2), first[1], np.roll(first[2], -2)])

    found = find_duplicates(np.stack([first, second, -first]), dead=np.zeros(3, bool))

    assert found.index.tolist() == [-1, -1, 0]


def test_cosine_and_sine_of_a_narrow_band_are_alike_at_a_quarter_period() -> None:
    pair = np.stack([gabor(1000, 40), gabor(1000, 40, phase=np.pi / 2)])

    found = find_duplicates(pair, dead=np.zeros(2, bool))

    assert abs(found.r[1]) == pytest.approx(0.9975, abs=1e-4)


@pytest.mark.parametrize("degrees", [-150.0, -90.0, 0.0, 60.0, 90.0])
def test_the_phase_between_filters_is_that_of_their_carriers(degrees: float) -> None:
    taps = np.stack([gabor(1000, 40), gabor(1000, 40, phase=np.radians(degrees))])[:, None]

    assert phase_degrees(taps[0], taps[1:])[0] == pytest.approx(degrees, abs=0.01)


def test_a_cosine_and_a_sine_are_a_pair_and_a_delayed_copy_repeats() -> None:
    cosine, sine = gabor(1000, 40), gabor(1000, 40, phase=np.pi / 2)
    delayed = np.roll(cosine, 4)  # a quarter period of 1 kHz at 16 kHz

    found = find_duplicates(np.stack([cosine, sine, delayed]), dead=np.zeros(3, bool))

    assert found.quadrature.tolist() == [-1, 0, -1]
    assert found.index.tolist() == [-1, -1, 0]


@pytest.mark.parametrize("n_taps", [3, 5, 9])
def test_short_untrained_filters_repeat_in_one_of_twenty_cases(n_taps: int) -> None:
    generator = np.random.default_rng(n_taps)
    banks = generator.uniform(-1, 1, (40, 64, n_taps))
    threshold = likeness_limit(banks[:20])

    counts = [
        int((find_duplicates(bank, dead=np.zeros(64, bool), threshold=threshold).index >= 0).sum())
        for bank in banks[20:]
    ]

    assert np.mean(counts) / 64 < 0.07


def test_long_untrained_filters_leave_the_threshold() -> None:
    assert likeness_limit(np.random.default_rng(0).normal(size=(3, 64, 80))) == THRESHOLD


def test_single_taps_are_all_alike_whatever_their_rounding() -> None:
    taps = np.random.default_rng(0).uniform(-1, 1, (32, 1))

    found = find_duplicates(taps, dead=np.zeros(32, bool), threshold=1.0)

    assert found.index.tolist() == [-1, *31 * [0]]
