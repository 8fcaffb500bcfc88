"""Spectra of sounds that excite one unit, and such sounds made long enough to be heard."""

from dataclasses import dataclass

import numpy as np

PLAYED_SECONDS, GAP_SECONDS, PEAK = 0.6, 0.05, 0.5
"""Of a sound to be heard: its length, the silence between repetitions, its highest sample."""
_LEAST_FFT, _MOST_BINS = 256, 513


@dataclass(frozen=True, kw_only=True, slots=True)
class RestartSpectra:
    """Power spectra of what several restarts found.

    Parameters
    ----------
    frequencies_hz
        (frequency,).
    power
        Mean over restarts of each power spectrum, whose sum is 1, (unit, frequency).
    spread
        Standard deviation over restarts, (unit, frequency).
    agreement
        Mean cosine of the spectra of two restarts, (unit,): 1 where all are one spectrum.
    """

    frequencies_hz: np.ndarray
    power: np.ndarray
    spread: np.ndarray
    agreement: np.ndarray

    @property
    def centre_hz(self) -> np.ndarray:
        """Frequency of the highest mean power, (unit,)."""
        return np.asarray(self.frequencies_hz[self.power.argmax(1)])


def restart_spectra(waveforms: np.ndarray, sample_rate: float) -> RestartSpectra:
    """Power spectra over restarts.

    Parameters
    ----------
    waveforms
        (unit, restart, samples).
    sample_rate
        Hz.

    Examples
    --------
    >>> clicks = np.eye(1, 64)[None]  # one unit, one restart
    >>> restart_spectra(clicks, 8000).power.round(4)[0, :2].tolist()
    [0.0078, 0.0078]
    """
    n_fft = max(_LEAST_FFT, 1 << int(np.ceil(np.log2(waveforms.shape[-1]))))
    power = np.abs(np.fft.rfft(waveforms, n_fft)) ** 2  # (unit, restart, frequency)
    hertz = np.arange(power.shape[-1]) * sample_rate / n_fft
    width = -(-len(hertz) // _MOST_BINS)
    if width > 1:
        power, hertz = _in_blocks(power, width), _in_blocks(hertz, width)
    total = power.sum(-1, keepdims=True)
    power = np.divide(power, total, out=np.zeros_like(power), where=total > 0)
    return RestartSpectra(
        frequencies_hz=hertz,
        power=power.mean(1),
        spread=power.std(1),
        agreement=_mean_cosine(power),
    )


def _in_blocks(values: np.ndarray, width: int) -> np.ndarray:
    """Mean of each `width` values in a row of (..., n); what is left over at the end goes."""
    n_blocks = values.shape[-1] // width
    blocks = values[..., : n_blocks * width].reshape(*values.shape[:-1], n_blocks, width)
    return np.asarray(blocks.mean(-1))


def _mean_cosine(spectra: np.ndarray) -> np.ndarray:
    """Mean cosine over pairs of (unit, restart, frequency); NaN of one restart."""
    n_restarts = spectra.shape[1]
    if n_restarts < 2:
        return np.full(len(spectra), np.nan)
    norms = np.linalg.norm(spectra, axis=-1, keepdims=True)
    unit = np.divide(spectra, norms, out=np.zeros_like(spectra), where=norms > 0)
    products = np.einsum("urf,usf->urs", unit, unit)
    above = np.triu_indices(n_restarts, 1)
    return np.asarray(products[:, above[0], above[1]].mean(1))


def repeated(waveform: np.ndarray, sample_rate: float) -> np.ndarray:
    """A short sound (samples,) again and again for `PLAYED_SECONDS`, with gaps; a long one once.

    Examples
    --------
    >>> len(repeated(np.ones(80), 8000)), float(repeated(np.ones(80), 8000).max())
    (4800, 0.5)
    """
    highest = float(np.abs(waveform).max())
    sound = np.asarray(waveform, dtype=np.float64) * (PEAK / highest if highest else 0.0)
    wanted = round(PLAYED_SECONDS * sample_rate)
    if len(sound) >= wanted:
        return sound
    once = np.concatenate([sound, np.zeros(round(GAP_SECONDS * sample_rate))])
    return np.resize(once, wanted)
