"""White Gaussian noise, in pairs of a sound and its negative.

It has no ramps: correlation with it asks for one variance at every audio sample. Cells that see
beyond the ends of a sound are left out instead.
"""

import numpy as np

from cnnviz.probing.stimuli import amplitude


def noise_rms(level_db: float) -> float:
    """Root mean square of noise at a level in dBFS rms, where a full-scale sine has 0."""
    return float(amplitude(level_db) / np.sqrt(2))


def white_noise(
    n_sounds: int, n_samples: int, *, rms: float, generator: np.random.Generator
) -> np.ndarray:
    """White Gaussian noise, float32 (sound, samples).

    Parameters
    ----------
    n_sounds, n_samples
        How many, and how long.
    rms
        Standard deviation of each audio sample.
    generator
        Source of the noise.

    Examples
    --------
    >>> white_noise(2, 8, rms=0.1, generator=np.random.default_rng(0)).shape
    (2, 8)
    """
    drawn = generator.standard_normal((n_sounds, n_samples), dtype=np.float32)
    return np.asarray(drawn * np.float32(rms))


def with_negatives(sounds: np.ndarray) -> np.ndarray:
    """Each sound followed by its negative, (2 * sound, samples)."""
    return np.stack([sounds, -sounds], axis=1).reshape(-1, sounds.shape[-1])
