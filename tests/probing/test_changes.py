"""Sounds that are changed: by how much in Hz, and at which level."""

import numpy as np
import pytest

from cnnviz.probing.changes import CHANGES, SLACK, changed, in_silence, shifts_below

RATE, N = 16000, 8000


def tone(hertz):
    return 0.1 * np.sin(2 * np.pi * hertz * np.arange(round(SLACK * N)) / RATE)


def peak_hz(sound):
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 17)) ** 2
    return RATE * np.argmax(power) / (1 << 17)


@pytest.mark.parametrize("change", [c for c in CHANGES if c.family in ("pitch", "speed")], ids=str)
def test_a_tone_moves_to_the_frequency_that_the_change_says(change):
    _, sound = changed(tone(1000.0), [change], n_samples=N, sample_rate=RATE)

    factor = 2 ** (change.amount / 12) if change.family == "pitch" else 1 + change.amount / 100
    assert peak_hz(sound) == pytest.approx(1000 * factor, rel=2e-3)
    assert np.sqrt(np.mean(sound[1000:-1000] ** 2)) == pytest.approx(0.1 / np.sqrt(2), rel=0.03)


def test_polarity_reversal_and_gain_are_what_they_say():
    excerpt = np.random.default_rng(0).normal(size=round(SLACK * N))
    plain = [c for c in CHANGES if c.family in ("polarity", "reversal")]
    louder = [c for c in CHANGES if c.family == "gain" and c.amount == 12]

    own, turned, reversed_, loud = changed(
        excerpt, [*plain, *louder], n_samples=N, sample_rate=RATE
    )

    np.testing.assert_array_equal(turned, -own)
    np.testing.assert_allclose(reversed_, own[::-1])
    np.testing.assert_allclose(loud, own * 10 ** (12 / 20))


def test_sounds_stand_in_silence():
    placed = in_silence(np.ones((2, 3)), n_samples=8, start=4)

    np.testing.assert_array_equal(placed, [[0, 0, 0, 0, 1, 1, 1, 0]] * 2)


@pytest.mark.parametrize(
    ("jump", "expected"), [(1, [0, 1]), (4, [0, 1, 2, 3]), (16, range(0, 16, 2))]
)
def test_shifts_fill_the_jump_evenly(jump, expected):
    np.testing.assert_array_equal(shifts_below(jump, 8), list(expected))
