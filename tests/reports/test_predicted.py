"""Curves that the page computes from taps, and the steps that make them those of a result."""

import numpy as np
import pytest
from scipy import signal

from reports.predicted import Grid, correct, predict, restored

RATE = 16_000.0
BINS = np.arange(0, 513, 3)
GRID = Grid(bins=BINS, n_fft=1024, seconds=1 / RATE)
HERTZ = BINS * RATE / 1024


@pytest.fixture
def taps():
    return np.random.default_rng(3).normal(size=40) * np.hanning(40)


def test_levels_are_those_of_scipy(taps):
    _, response = signal.freqz(taps, worN=HERTZ, fs=RATE)

    levels = 20 * np.log10(np.abs(response))
    np.testing.assert_allclose(predict(taps, GRID)["db"], levels, atol=1e-8)


def test_delays_are_those_of_scipy_in_milliseconds(taps):
    _, delays = signal.group_delay((taps, [1.0]), w=HERTZ, fs=RATE)

    np.testing.assert_allclose(predict(taps, GRID)["delay"], 1000 * delays / RATE, atol=1e-6)


@pytest.mark.parametrize("late", [0, 7, 400], ids=["at once", "late", "turning between bins"])
def test_the_phase_of_a_late_impulse_is_a_straight_line(late):
    impulse = np.zeros(late + 1)
    impulse[late] = 1.0

    phase = predict(impulse, GRID)["phase"]

    np.testing.assert_allclose(phase, -2 * np.pi * BINS * late / 1024, atol=1e-8)


def test_taps_beyond_one_transform_fold():
    long = np.random.default_rng(4).normal(size=1500)
    sums = np.exp(-2j * np.pi * np.outer(BINS, np.arange(1500)) / 1024) @ long

    np.testing.assert_allclose(predict(long, GRID)["db"], 20 * np.log10(np.abs(sums)), atol=1e-6)


@pytest.mark.parametrize("taps", [np.zeros(8), np.ones(8), np.array([1.0, -1.0]), -np.ones(1)])
def test_silence_has_a_level_and_no_delay_without_end(taps):
    found = predict(taps, GRID)

    assert all(np.isfinite(values).all() for values in found.values())


@pytest.mark.parametrize("name", ["db", "phase", "delay"])
def test_any_numbers_come_back_to_half_a_step_and_nan_stays(taps, name):
    wanted = 300 * np.random.default_rng(5).normal(size=len(BINS))
    wanted[::7] = np.nan
    predicted = predict(taps, GRID)[name]

    found = restored(correct(wanted, predicted, name, GRID), predicted)

    np.testing.assert_allclose(found, wanted, atol=0.5001 * GRID.step(name))


def test_a_result_that_the_taps_explain_needs_no_correction(taps):
    predicted = predict(taps, GRID)["db"]

    assert not correct(predicted, predicted, "db", GRID).codes.any()
