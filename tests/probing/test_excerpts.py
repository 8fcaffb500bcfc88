"""Sounds in earnest: which clips, which part of them, and what is made without any."""

import numpy as np
import pytest

from cnnviz.probing.excerpts import excerpts, loudest, mixtures
from cnnviz.run import Run


def test_the_loudest_part_of_a_clip_holds_its_burst():
    clip = np.zeros(1000)
    clip[600:700] = 1

    assert loudest(clip, 100).sum() == 100


def test_clips_are_spread_over_the_classes_of_a_run(tiny_run):
    chosen = excerpts(tiny_run, n_sounds=3, n_samples=300, seed=0)

    spectra = np.abs(np.fft.rfft(chosen.waveforms, 4000))
    assert sorted(np.round(spectra.argmax(1) / 100) * 100) == [300, 800, 1500]
    assert chosen.source == "3 clips of the run, spread over classes"


def test_without_clips_they_are_mixtures_of_one_level(tiny_model):
    made = excerpts(Run(model=tiny_model), n_sounds=4, n_samples=2000, seed=3)
    again = excerpts(Run(model=tiny_model), n_sounds=4, n_samples=2000, seed=3)

    np.testing.assert_array_equal(made.waveforms, again.waveforms)
    np.testing.assert_allclose(np.sqrt((made.waveforms**2).mean(1)), 0.1)
    assert made.source == "4 mixtures of noise and a chord"


@pytest.mark.parametrize("n_samples", [50, 4000])
def test_mixtures_have_any_length(n_samples):
    made = mixtures(2, n_samples=n_samples, sample_rate=8000, generator=np.random.default_rng(0))

    assert made.shape == (2, n_samples)
    assert np.isfinite(made).all()
