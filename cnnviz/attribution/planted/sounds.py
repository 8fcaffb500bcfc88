"""Clips of one second in which a quiet burst is the evidence, among louder ones that are not."""

from dataclasses import dataclass

import numpy as np
from scipy.signal.windows import hann

RATE, N_SAMPLES = 16000, 16000
TARGETS_HZ = (1000.0, 1800.0, 3000.0, 4700.0)
"""Frequencies of the evidence, one for each class."""
HUMMING, HUM_HZ = 2, 60.0
"""Class that a hum gives away to a network that was trained on it, and the hum's frequency."""
MAIN_LOBE_HZ = 2 * RATE / 512
"""To either side of a tone, on the plane that maps are laid on."""
LEVEL, N_DISTRACTORS, FLOOR = 0.05, 4, 1e-5
"""Peak of a burst of evidence, bursts of no class beside it, and deviation of the noise."""
_DISTRACTORS_HZ = (600.0, 1350.0, 2300.0, 3800.0, 6000.0)
_LENGTH, _DISTRACTOR_DB, _HUM_DB = 640, 10.0, -20.0


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
        self, times: np.ndarray, frequencies: np.ndarray, *, window: int, reach_hz: np.ndarray
    ) -> np.ndarray:
        """Cells of an STFT that a burst touches, bool (clip, frequency, time).

        Parameters
        ----------
        times, frequencies
            Axes in s and Hz.
        window
            Audio samples of a frame, half of which it reaches beyond its centre.
        reach_hz
            Hz to either side of each burst's frequency, (clip,).
        """
        first = (self.starts - window / 2) / RATE
        last = (self.starts + _LENGTH + window / 2) / RATE
        hertz = np.array(TARGETS_HZ)[self.labels]
        in_time = (times >= first[:, None]) & (times <= last[:, None])  # (clip, time)
        in_band = np.abs(frequencies - hertz[:, None]) <= reach_hz[:, None]  # (clip, frequency)
        return np.asarray(in_band[:, :, None] & in_time[:, None])


def planted_clips(
    n_clips: int, *, labels: np.ndarray | int, seed: int, has_hum: bool = False
) -> PlantedClips:
    """Draw clips with a burst of 40 ms each and four others, 10 dB louder, of no class.

    Parameters
    ----------
    n_clips
        How many.
    labels
        Class of each clip, (clip,), or of all.
    seed
        Of places, distractors and the floor of noise.
    has_hum
        Add to each clip the hum that a network may have learned as a shortcut.
    """
    generator = np.random.default_rng(seed)
    of_clips = np.broadcast_to(labels, n_clips)
    waveforms = FLOOR * generator.normal(size=(n_clips, N_SAMPLES))
    starts = np.empty(n_clips, dtype=np.int64)
    for clip, label in enumerate(of_clips):
        places = bursts_apart(generator)
        starts[clip] = places[0]
        add_burst(waveforms[clip], TARGETS_HZ[label], places[0], LEVEL, generator)
        others = generator.choice(_DISTRACTORS_HZ, N_DISTRACTORS, replace=False)
        for hertz, place in zip(others, places[1:], strict=True):
            level = LEVEL * 10 ** (_DISTRACTOR_DB / 20)
            add_burst(waveforms[clip], hertz, place, level, generator)
    if has_hum:
        waveforms += np.stack([hum(generator) for _ in range(n_clips)])
    return PlantedClips(
        waveforms=waveforms.astype(np.float32), labels=np.array(of_clips), starts=starts
    )


def bursts_apart(generator: np.random.Generator) -> np.ndarray:
    """First audio samples of bursts that never overlap, that of the evidence first, (burst,)."""
    slots = N_SAMPLES // (2 * _LENGTH)
    return generator.choice(slots, 1 + N_DISTRACTORS, replace=False) * 2 * _LENGTH


def add_burst(
    waveform: np.ndarray,
    hertz: float,
    start: int,
    level: float,
    generator: np.random.Generator,
) -> None:
    """Add a tone of 40 ms under a Hann window to a clip, (samples,), in place."""
    times = np.arange(_LENGTH) / RATE
    phase = generator.uniform(0, 2 * np.pi)
    tone = np.cos(2 * np.pi * hertz * times + phase)
    waveform[start : start + _LENGTH] += level * hann(_LENGTH) * tone


def hum(generator: np.random.Generator) -> np.ndarray:
    """A tone of the mains through the whole clip, 20 dB below a burst of evidence, (samples,)."""
    phase = generator.uniform(0, 2 * np.pi)
    level = LEVEL * 10 ** (_HUM_DB / 20)
    return np.asarray(level * np.cos(2 * np.pi * HUM_HZ * np.arange(N_SAMPLES) / RATE + phase))
