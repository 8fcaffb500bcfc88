"""Max-sensitivity: how far a map moves when noise is added that is 30 dB below the clip.

    max over draws e of  |R(x + e) - R(x)| / |R(x)|,   norms in L2 over the time-frequency plane

References
----------
Yeh, Hsieh, Suggala, Inouye and Ravikumar, "On the (In)fidelity and Sensitivity of Explanations"
(2019), whose distance is not relative and whose noise is uniform.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from cnnviz.attribution.planes import energy_of, laid_on_plane
from cnnviz.results.clip_relevance import ClipRelevance

NOISE_DB = -30.0


def largest_distances(
    found: Sequence[ClipRelevance],
    clips: np.ndarray,
    explained: Callable[[np.ndarray], Sequence[ClipRelevance] | None],
    *,
    sample_rate: int,
    n_draws: int,
    seed: int,
) -> np.ndarray:
    """Largest relative distance over draws of noise from the map, and from the clip's energy.

    Parameters
    ----------
    found, clips
        Relevance of each clip, and the clips as the network hears them, (clip, samples).
    explained
        Relevance of the same clips with noise; None where they have none.
    sample_rate
        Hz.
    n_draws, seed
        Of white noise.

    Returns
    -------
    np.ndarray
        (clip, 2), of the map and of the energy of each cell; NaN of a map of zeros that moves.
    """
    own = _planes(found, clips, sample_rate)
    distances = np.empty((n_draws, len(clips), 2))
    for draw in range(n_draws):
        noisy = clips + _noise(clips, np.random.default_rng([seed, draw]))
        maps = explained(noisy)
        if maps is None:
            return np.full((len(clips), 2), np.nan)
        for clip, planes in enumerate(_planes(maps, noisy, sample_rate)):
            pairs = zip(planes, own[clip], strict=True)
            distances[draw, clip] = [_distance(*pair) for pair in pairs]
    return np.asarray(distances.max(axis=0))


def _noise(clips: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """White noise of the level of each clip and 30 dB below, of the type and shape of the clips."""
    noise = generator.normal(size=clips.shape)
    powers = (np.mean(np.square(one, dtype=np.float64), axis=1) for one in (clips, noise))
    gains = 10 ** (NOISE_DB / 20) * np.sqrt(np.divide(*powers))
    return np.asarray((gains[:, None] * noise).astype(clips.dtype))


def _planes(
    maps: Sequence[ClipRelevance], clips: np.ndarray, sample_rate: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Relevance and energy of each clip on the plane, each (frequency, time)."""
    return [
        (laid_on_plane(one, clip, sample_rate), energy_of(clip, sample_rate))
        for one, clip in zip(maps, clips, strict=True)
    ]


def _distance(moved: np.ndarray, own: np.ndarray) -> float:
    apart, whole = np.linalg.norm(moved - own), np.linalg.norm(own)
    if not whole:
        return np.nan if apart else 0.0
    return float(apart / whole)
