"""Scores of a sound while cells that a map ranks high are taken out of it, or left alone.

Every map ranks the cells of one STFT plane, averaged over 5 x 5 cells, so that all change sounds
of one grain. The masked STFT is made a sound again, and it is this that the network scores.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import uniform_filter

from cnnviz.attribution.checks.taken_out import TakenOut
from cnnviz.attribution.target_scores import TargetScores, batches
from cnnviz.dsp.masking import masked
from cnnviz.dsp.stft import display_frames

FRACTIONS = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
DEYOUNG, USED = (0.01, 0.05, 0.1, 0.2, 0.5), 0.1
"""Fractions over which comprehensiveness is averaged, and that of the part used."""
_GRAIN = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Curves:
    """What one map of one clip does to the score.

    Parameters
    ----------
    fractions
        Of the cells, rising from 0 to 1, (step,).
    deleted, inserted
        Explained score without the cells ranked highest, and of these alone, (step,).
    p_deleted, p_inserted
        Probability of the target, (step,); NaN where the outputs are no scores.
    values
        The map, (frequency, time); empty for a control that has none.
    patch_sums, patch_falls
        Relevance in the patches of each random draw, and fall of the score without them, (draw,);
        of a control that has no map how many cells they have.
    """

    fractions: np.ndarray
    deleted: np.ndarray
    inserted: np.ndarray
    p_deleted: np.ndarray
    p_inserted: np.ndarray
    values: np.ndarray
    patch_sums: np.ndarray
    patch_falls: np.ndarray

    def at(self, curve: np.ndarray, fractions: Sequence[float]) -> np.ndarray:
        """Values of a curve at some of the fractions."""
        return np.asarray(curve[np.searchsorted(self.fractions, np.array(fractions) - 1e-9)])

    def shares(self) -> np.ndarray:
        """|R| of each cell over the sum of all; NaN where there is none, (cell,)."""
        masses = np.abs(self.values, dtype=np.float64).ravel()
        total = masses.sum()
        return masses / total if total > 0 else np.full(max(masses.size, 1), np.nan)


def curves_of_map(
    scores: TargetScores, clip: int, plane: np.ndarray, taken_out: TakenOut
) -> Curves:
    """Take out and leave alone the cells that a plane ranks highest.

    Parameters
    ----------
    scores, clip
        What is explained, and which clip.
    plane
        The larger the earlier, (frequency, time).
    taken_out
        Random patches of the same clip.
    """
    waveform = scores.clips[clip].detach().cpu().numpy()
    window, hop = display_frames(scores.sample_rate)
    ranks = _ranks(uniform_filter(plane.astype(np.float64), _GRAIN))

    def without(fraction: float) -> np.ndarray:
        mask = (ranks >= round(fraction * ranks.size)).astype(np.float64)
        return masked(waveform, mask, window=window, hop=hop)

    patches = (taken_out.sums(plane), taken_out.falls)
    return _curves(scores, clip, waveform, without, plane, patches=patches)


def curves_of_gain(scores: TargetScores, clip: int, taken_out: TakenOut) -> Curves:
    """Make the whole clip quieter by the same fractions."""
    waveform = scores.clips[clip].detach().cpu().numpy()

    def without(fraction: float) -> np.ndarray:
        return np.asarray((1 - fraction) * waveform)

    patches = (taken_out.n_cells, taken_out.falls)
    return _curves(scores, clip, waveform, without, np.empty((0, 0)), patches=patches)


def _ranks(plane: np.ndarray) -> np.ndarray:
    """Place of each cell from 0, the largest, of the plane's shape."""
    ranks = np.empty(plane.size, dtype=np.int64)
    ranks[np.argsort(-plane, axis=None, kind="stable")] = np.arange(plane.size)
    return ranks.reshape(plane.shape)


def _curves(
    scores: TargetScores,
    clip: int,
    waveform: np.ndarray,
    without: Callable[[float], np.ndarray],
    plane: np.ndarray,
    *,
    patches: tuple[np.ndarray, np.ndarray],
) -> Curves:
    """Score the sounds of each fraction; what is left alone is the rest of the clip."""
    rest = np.stack([without(fraction) for fraction in FRACTIONS])  # (step, samples)
    sounds = np.concatenate([rest, waveform - rest]).astype(waveform.dtype)
    values, p = _scored(scores, clip, sounds)
    n = len(FRACTIONS)
    return Curves(
        fractions=np.array(FRACTIONS),
        deleted=values[:n],
        inserted=values[n:],
        p_deleted=p[:n],
        p_inserted=p[n:],
        values=plane,
        patch_sums=patches[0],
        patch_falls=patches[1],
    )


def _scored(scores: TargetScores, clip: int, sounds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Explained score and probability of the target of each sound, float64 (n,)."""
    values, p = [], []
    with torch.no_grad():
        for part in batches(torch.tensor(sounds), scores.batch):
            index = torch.full((len(part),), clip)
            of_classes = scores.score(part.to(scores.clips))  # (n, class)
            values.append(scores.chosen(of_classes, index).double().cpu().numpy())
            p.append(scores.probabilities(of_classes, index).double().cpu().numpy())
    return np.concatenate(values), np.concatenate(p)
