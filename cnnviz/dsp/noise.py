"""Noise that sounds as loud, and as bright, as something else."""

import numpy as np


def phase_randomised(waveform: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Noise with the power spectrum of a waveform: each phase of its Fourier transform is drawn.

    Theiler, Eubank, Longtin, Galdrikian and Farmer, "Testing for nonlinearity in time series: the
    method of surrogate data" (1992). What DC and Nyquist hold keeps its phase.

    Parameters
    ----------
    waveform
        (samples,).
    generator
        Source of the phases.

    Returns
    -------
    np.ndarray
        float64 (samples,), of the same energy.
    """
    spectrum = np.fft.rfft(waveform.astype(np.float64))
    turns = np.exp(2j * np.pi * generator.random(len(spectrum)))
    turns[0] = 1
    if len(waveform) % 2 == 0:
        turns[-1] = 1
    return np.fft.irfft(spectrum * turns, len(waveform))
