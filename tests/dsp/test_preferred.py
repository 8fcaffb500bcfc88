"""Spectra over restarts, sounds that are repeated, and how selective units are."""

import numpy as np
import pytest

from cnnviz.dsp.preferred import repeated, restart_spectra
from cnnviz.dsp.selectivity import class_selectivity

RATE = 8000


@pytest.mark.parametrize("n_samples", [64, 256, 3000])
def test_a_tone_has_its_power_at_its_frequency(n_samples):
    tone = np.sin(2 * np.pi * 1500 * np.arange(n_samples) / RATE)

    found = restart_spectra(tone[None, None], RATE)

    assert found.centre_hz[0] == pytest.approx(1500, abs=RATE / 256)
    assert found.power.sum() == pytest.approx(1)
    assert len(found.frequencies_hz) <= 513


def test_restarts_agree_where_only_time_differs_and_not_where_frequency_does():
    tones = [np.sin(2 * np.pi * hertz * np.arange(512) / RATE) for hertz in (500, 500, 2000, 2000)]
    shifted = np.stack([tones[0], -tones[0], np.roll(tones[0], 16), tones[0]])
    unlike = np.stack(tones)

    found = restart_spectra(np.stack([shifted, unlike]), RATE)

    assert found.agreement[0] > 0.999
    assert found.agreement[1] == pytest.approx(1 / 3, abs=0.01)  # 2 of 6 pairs are alike
    assert found.spread[0].max() < 1e-3 < found.spread[1].max()


def test_a_short_sound_is_repeated_with_gaps_and_a_long_one_is_whole():
    short, long = repeated(np.full(80, 0.1), RATE), repeated(np.full(9000, -0.1), RATE)

    assert len(short) == 4800
    np.testing.assert_allclose(short[:480], [0.5] * 80 + [0] * 400)
    np.testing.assert_allclose(short[480:560], 0.5)
    assert len(long) == 9000
    assert long.min() == -0.5


def test_selectivity_is_the_share_of_variance_between_classes():
    generator = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2, -1], 20)
    values = generator.normal(size=(80, 3)) + np.outer(labels, [0, 1, 5])

    found = class_selectivity(values, labels)

    known, groups = values[:60], labels[:60]
    within = sum(((known[groups == c] - known[groups == c].mean(0)) ** 2).sum(0) for c in range(3))
    expected = 1 - within / ((known - known.mean(0)) ** 2).sum(0)
    np.testing.assert_allclose(found, expected)
    assert np.isnan(class_selectivity(values[:20], labels[:20])).all()
