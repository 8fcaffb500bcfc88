"""Relevance, energy and the fall of the score in each band of frequency of one clip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.attribution.clip_relevance import is_as_promised, relevance_of_clip
from cnnviz.attribution.methods.occlusion import Occlusion
from cnnviz.attribution.planes import energy_of, laid_on_plane
from cnnviz.dsp.onset import aligned, onset_seconds
from cnnviz.dsp.segments import band_edges, band_shares
from cnnviz.dsp.stft import display_frames, relevance_grid

if TYPE_CHECKING:
    from cnnviz.attribution.explanation import Explanation
    from cnnviz.attribution.target_scores import TargetScores

_BEFORE_SECONDS, _LONGEST_SECONDS = 0.1, 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ClipBands:
    """What the bands of one clip do to its score.

    Parameters
    ----------
    importance
        Sum of R over the cells of each band, (band,).
    ablation
        Fall of the score without the band, (band,).
    energy
        Share of the energy of the clip, (band,); 0 for a silent one.
    from_onset
        Sum of R over the bins of each band, from 0.1 s before the onset on, (band, time); None
        for a clip without a clear onset.
    is_converged
        Whether the relevance is within the tolerances of its method, if that has any.
    """

    importance: np.ndarray
    ablation: np.ndarray
    energy: np.ndarray
    from_onset: np.ndarray | None
    is_converged: bool


def bands_of_clip(
    method: Explanation, scores: TargetScores, clip: int, *, n_bands: int
) -> ClipBands:
    """Explain one clip, and take one band after another out of it.

    Parameters
    ----------
    method
        That gives the relevance.
    scores, clip
        What is explained, and which of its clips.
    n_bands
        Bands equally wide in ERBs from 0 Hz to half the sample rate.

    Raises
    ------
    UnsupportedModelError
        If the relevance is not finite.
    """
    rate = scores.sample_rate
    sound = scores.clips[clip].detach().cpu().numpy()
    window, hop = display_frames(rate)
    grid = relevance_grid(len(sound), window=window, hop=hop, sample_rate=rate)
    shares = band_shares(grid.frequencies, band_edges(n_bands, rate))  # (band, bin)
    relevance = relevance_of_clip(method, scores, clip)
    plane = shares @ laid_on_plane(relevance, sound, rate)  # (band, frame)
    energy = (shares @ energy_of(sound, rate)).sum(1)
    onset = onset_seconds(sound, rate)
    times = onset_times(len(sound), rate)
    first = np.rint((onset + times[0] - grid.times[0]) * rate / hop)
    return ClipBands(
        importance=plane.sum(1),
        ablation=Occlusion(over="bands", n_bands=n_bands).relevance(scores, clip).values,
        energy=energy / (energy.sum() or 1.0),
        from_onset=None if np.isnan(onset) else aligned(plane, int(first), len(times)),
        is_converged=is_as_promised(method, relevance, scores.floor),
    )


def onset_times(n_samples: int, sample_rate: int) -> np.ndarray:
    """Times of the columns of `ClipBands.from_onset` in s, 0 at the onset, (time,)."""
    step = display_frames(sample_rate)[1] / sample_rate
    last = min(_LONGEST_SECONDS, n_samples / sample_rate)
    return np.arange(-round(_BEFORE_SECONDS / step), round(last / step) + 1) * step
