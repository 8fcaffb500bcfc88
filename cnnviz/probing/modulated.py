"""Tones whose amplitude or frequency is modulated by a sine, float64 (sound, samples)."""

import numpy as np

from cnnviz.probing.stimuli import ramped, seconds


def modulated_tones(
    carriers_hz: np.ndarray,
    phases: np.ndarray,
    *,
    rate_hz: float,
    depths: np.ndarray,
    deviations_hz: np.ndarray,
    n_samples: int,
    sample_rate: float,
) -> np.ndarray:
    """Tones modulated at one rate, with carriers of full scale.

        x(t) = (1 + m cos(w t)) sin(2 pi f t + (d / r) sin(w t) + p),   w = 2 pi r,

    so that envelope and frequency both are highest at t = 0.

    Parameters
    ----------
    carriers_hz, phases
        f and p in radians of each sound, (sound,).
    rate_hz
        r, above 0.
    depths, deviations_hz
        m, 0 to 1, and d of each sound, (sound,).
    n_samples, sample_rate
        Length, and Hz.

    Examples
    --------
    >>> one = np.ones(1)
    >>> sound = modulated_tones(1000 * one, 0 * one, rate_hz=4, depths=one, deviations_hz=0 * one,
    ...                         n_samples=8000, sample_rate=8000)
    >>> sound.shape, round(float(np.abs(sound).max()), 1)
    ((1, 8000), 2.0)
    """
    times = seconds(n_samples, sample_rate)
    turns = 2 * np.pi * rate_hz * times
    angles = 2 * np.pi * np.outer(carriers_hz, times) + np.asarray(phases)[:, None]
    angles += np.outer(np.asarray(deviations_hz) / rate_hz, np.sin(turns))
    envelopes = 1 + np.outer(depths, np.cos(turns))
    return ramped(envelopes * np.sin(angles), sample_rate)
