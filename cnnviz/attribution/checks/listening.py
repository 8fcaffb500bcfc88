"""The part of a clip that relevance marks as a sound, and the rest of the clip.

A soft mask M = min(1, max(R, 0) / q) is put on the STFT of the clip: nine tenths of the positive
relevance lie in cells with q or more. As windows spread a sound over neighbouring cells, each cell
first gets the largest M of 3 x 3, then their mean. The part used is the sound whose STFT is
nearest to the masked one, the rest is the clip less it. Scores are taken of these sounds, never
of the masked STFT, from which they differ by the consistency error.
"""

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import maximum_filter, uniform_filter

from cnnviz.attribution.perturbed import scored
from cnnviz.attribution.target_scores import TargetScores
from cnnviz.dsp.masking import consistency_error, masked
from cnnviz.dsp.stft import display_frames
from cnnviz.results import Listening

_SHARE, _GRAIN, _PEAK = 0.9, 3, 10 ** (-1 / 20)
_FULL_SCALE = 2**15


def soft_mask(plane: np.ndarray) -> np.ndarray:
    """Gain of each cell, 0 to 1, of the shape of the plane; all 0 where no relevance is above 0."""
    positive = np.maximum(plane, 0)
    if not positive.any():
        return np.zeros(plane.shape)
    ranked = np.sort(positive, axis=None)[::-1]
    limit = ranked[np.searchsorted(np.cumsum(ranked), _SHARE * ranked.sum())]
    widened = maximum_filter(np.minimum(positive / limit, 1), _GRAIN)
    return np.asarray(uniform_filter(widened, _GRAIN))


def listen(
    scores: TargetScores,
    planes: Sequence[np.ndarray],
    waveforms: np.ndarray,
) -> Listening:
    """Make both sounds of each clip, and score them.

    Parameters
    ----------
    scores
        What was explained.
    planes
        Relevance of each clip on the STFT plane, (frequency, time).
    waveforms
        The clips as they are played, (clip, samples).
    """
    window, hop = display_frames(scores.sample_rate)
    sounds, gains, of_parts, errors = [], [], [], []
    for clip, plane in enumerate(planes):
        mask = soft_mask(plane)
        heard = scores.clips[clip].detach().cpu().numpy()
        part = masked(heard, mask, window=window, hop=hop)
        of_parts.append(scored(scores, clip, (part, heard - part)))
        errors.append(consistency_error(heard, mask, window=window, hop=hop))
        played = masked(waveforms[clip], mask, window=window, hop=hop)
        both = [_as_loud(one, waveforms[clip]) for one in (played, waveforms[clip] - played)]
        sounds.append([sound for sound, _ in both])
        gains.append([gain for _, gain in both])
    encoded, told = np.array(sounds), np.array(of_parts)  # (clip, part, samples), (clip, part)
    return Listening(
        used=encoded[:, 0],
        rest=encoded[:, 1],
        gains_db=np.array(gains),
        used_scores=told[:, 0],
        rest_scores=told[:, 1],
        consistency_errors=np.array(errors),
    )


def _as_loud(sound: np.ndarray, clip: np.ndarray) -> tuple[np.ndarray, float]:
    """A sound as loud as a clip, as int16, and the gain in dB; no peak is above -1 dBFS."""
    level, wanted = (float(np.sqrt(np.mean(np.square(x, dtype=float)))) for x in (sound, clip))
    peak = float(np.abs(sound).max())
    if not level or not peak:
        return np.zeros(len(sound), dtype=np.int16), 0.0
    gain = min(wanted / level, _PEAK / peak) or 1.0
    encoded = np.round(_FULL_SCALE * gain * sound).astype(np.int16)
    return encoded, float(20 * np.log10(gain))
