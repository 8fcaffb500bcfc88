"""Clips of one second in which a quiet burst is the evidence, among louder ones that are not."""

from dataclasses import dataclass

import numpy as np
from scipy.signal.windows import hann

RATE, N_SAMPLES = 16000, 16000
TARGETS_HZ = (1000.0, 1800.0, 3000.0, 4700.0)
"""Frequencies of the evidence, one for each class."""
_DISTRACTORS_HZ = (600.0, 1350.0, 2300.0, 3800.0, 6000.0)
_LENGTH, _DISTRACTOR_DB, _N_DISTRACTORS, _FLOOR = 640, 10.0, 4, 1e-5


@dataclass(frozen=True, kw_only=True, slots=True)
class PlantedClips:
    """Clips and where their evidence lies.

    Parameters
    ----------
    waveforms
        float32 (clip, samples).
    labels
        Index into `TARGETS_HZ`, int (clip,).
    starts
        First audio sample of each burst, int (clip,).
    """

    waveforms: np.ndarray
    labels: np.ndarray
    starts: np.ndarray

    def boxes(
        self, times: np.ndarray, frequencies: np.ndarray, *, window: int, reach_hz: float
    ) -> np.ndarray:
        """Cells of an STFT that a burst touches, bool (clip, frequency, time).

        Parameters
        ----------
        times, frequencies
            Axes in s and Hz.
        window
            Audio samples of a frame, half of which it reaches beyond its centre.
        reach_hz
            Hz to either side of the burst's frequency.
        """
        first = (self.starts - window / 2) / RATE
        last = (self.starts + _LENGTH + window / 2) / RATE
        hertz = np.array(TARGETS_HZ)[self.labels]
        in_time = (times >= first[:, None]) & (times <= last[:, None])  # (clip, time)
        in_band = np.abs(frequencies - hertz[:, None]) <= reach_hz  # (clip, frequency)
        return np.asarray(in_band[:, :, None] & in_time[:, None])


def planted_clips(n_clips: int, *, labels: np.ndarray | int, seed: int) -> PlantedClips:
    """Draw clips with a burst of 40 ms each and four others, 10 dB louder, of no class.

    Parameters
    ----------
    n_clips
        How many.
    labels
        Class of each clip, (clip,), or of all.
    seed
        Of places, distractors and the floor of noise.
    """
    generator = np.random.default_rng(seed)
    of_clips = np.broadcast_to(labels, n_clips)
    waveforms = _FLOOR * generator.normal(size=(n_clips, N_SAMPLES))
    slots = N_SAMPLES // (2 * _LENGTH)  # bursts never overlap
    starts = np.empty(n_clips, dtype=np.int64)
    for clip, label in enumerate(of_clips):
        places = generator.choice(slots, 1 + _N_DISTRACTORS, replace=False) * 2 * _LENGTH
        starts[clip] = places[0]
        waveforms[clip] += _burst(TARGETS_HZ[label], places[0], 0.05, generator)
        others = generator.choice(_DISTRACTORS_HZ, _N_DISTRACTORS, replace=False)
        for hertz, place in zip(others, places[1:], strict=True):
            level = 0.05 * 10 ** (_DISTRACTOR_DB / 20)
            waveforms[clip] += _burst(hertz, place, level, generator)
    return PlantedClips(
        waveforms=waveforms.astype(np.float32), labels=np.array(of_clips), starts=starts
    )


def _burst(hertz: float, start: int, level: float, generator: np.random.Generator) -> np.ndarray:
    """A tone of 40 ms under a Hann window, in a clip of silence, (samples,)."""
    times = np.arange(_LENGTH) / RATE
    sound = np.zeros(N_SAMPLES)
    phase = generator.uniform(0, 2 * np.pi)
    sound[start : start + _LENGTH] = (
        level * hann(_LENGTH) * np.cos(2 * np.pi * hertz * times + phase)
    )
    return sound
