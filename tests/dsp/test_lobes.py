"""Side lobes of windows whose levels are published."""

import numpy as np
import pytest
from scipy import signal

from cnnviz.dsp.descriptors import bands_above, find_peaks
from cnnviz.dsp.lobes import side_lobes_db
from cnnviz.dsp.response import power, spectra

from .kernels import delta, gabor


def side_lobe(taps: np.ndarray) -> float:
    powers = power(spectra(taps[None], 2**15))
    peaks = find_peaks(powers)
    return float(side_lobes_db(powers, peaks, bands_above(powers, peaks, share=0.1))[0])


@pytest.mark.parametrize(
    ("window", "level_db"),
    [("boxcar", -13.26), ("hann", -31.47), ("blackman", -58.1), (("chebwin", 60), -60.0)],
    ids=str,
)
def test_windows_have_the_side_lobes_of_harris(window: object, level_db: float) -> None:
    taps = signal.get_window(window, 251, fftbins=False)

    assert side_lobe(taps) == pytest.approx(level_db, abs=0.1)


def test_the_modulated_window_has_the_same_side_lobes() -> None:
    taps = signal.get_window("hann", 251) * np.cos(2 * np.pi * 0.2 * np.arange(251))

    assert side_lobe(taps) == pytest.approx(-31.47, abs=0.1)


def test_a_second_band_is_a_side_lobe() -> None:
    assert side_lobe(gabor(1000, 40) + 0.5 * gabor(4000, 40)) == pytest.approx(-6.02, abs=0.01)


def test_ripple_at_the_top_is_no_side_lobe() -> None:
    taps = signal.firwin(251, [1000, 1800], pass_zero=False, fs=16_000)

    assert -60 < side_lobe(taps) < -45  # a Hamming window stops 53 dB


def test_a_response_that_only_falls_has_none() -> None:
    assert np.isnan(side_lobe(np.array([1.0, 1.0])))
    assert np.isnan(side_lobe(delta(64)))
