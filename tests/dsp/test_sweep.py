"""Exponential sweeps: what comes out where, against known systems."""

import numpy as np
import pytest
from scipy import signal

from cnnviz.dsp.sweep import Sweep, impulse_responses

SWEEP = Sweep(lowest_hz=50.0, highest_hz=3500.0, seconds=4.0, sample_rate=16000.0)


def test_a_second_harmonic_leads_by_the_logarithm_of_two():
    squared = np.concatenate([SWEEP.waveform() ** 2, np.zeros(100)])
    inverse = SWEEP.inverse()

    whole = signal.fftconvolve(squared, inverse)
    linear = len(inverse) - 1
    before = np.abs(whole[linear - 12000 : linear - 9000])  # the mean of the square lies elsewhere
    lead = 12000 - int(np.argmax(before))

    assert SWEEP.lead_seconds(2) * 16000 == pytest.approx(10441.7, abs=0.05)
    assert lead == pytest.approx(10441.7, abs=2)


def test_the_response_of_order_one_is_that_of_the_filter_inside_the_band():
    taps = signal.firwin(201, [400, 1500], pass_zero=False, fs=16000)
    answers = signal.fftconvolve(SWEEP.waveform(), taps)

    (found,) = impulse_responses(answers, SWEEP, n_orders=1, n_samples=201)

    assert np.corrcoef(found, taps)[0, 1] > 0.999
    np.testing.assert_allclose(found, taps, atol=0.01 * np.abs(taps).max())


def test_a_cube_has_a_first_and_a_third_order_and_no_second():
    answers = np.concatenate([SWEEP.waveform() ** 3, np.zeros(400)])

    found = impulse_responses(answers, SWEEP, n_orders=3, n_samples=801, n_before=400)
    energy = np.square(found).sum(axis=1)

    assert energy[1] / energy[0] < 1e-4
    # 3/4 over the band f1 to f2, 1/4 over what the inverse holds of 3 f1 to 3 f2
    band = (3500 - 150) / (3500 - 50)
    assert np.sqrt(energy[2] / energy[0]) == pytest.approx(np.sqrt(band) / 3, rel=0.03)
