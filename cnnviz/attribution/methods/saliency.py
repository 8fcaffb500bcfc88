"""Saliency: how much of each cell of time and frequency is in the gradient; on request.

S[k, m] = |STFT of df/dx| at frequency k and frame m. It says where the score is most sensitive to
a change of the sound, not what in the sound speaks for it: the clip itself takes no part, and
nothing is signed. On networks of rectified detectors it lies where their evidence is; behind
log-mel frontends it lies where a clip is quiet.

References
----------
Simonyan, Vedaldi and Zisserman, "Deep Inside Convolutional Networks: Visualising Image
Classification Models and Saliency Maps" (2014); Muckenhirn, Abrol, Magimai-Doss and Marcel,
"Understanding and Visualizing Raw Waveform-based CNNs" (2019).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.attribution.explanation import Explanation
from cnnviz.dsp.stft import display_frames, relevance_grid, spectra
from cnnviz.results.clip_relevance import CellRelevance

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.attribution.target_scores import TargetScores
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class Saliency(Explanation):
    """Show where the score of a few clips is sensitive to a change of the sound."""

    @property
    def baseline_words(self) -> None:
        """The gradient compares the clip with nothing."""
        return None

    def relevance(self, scores: TargetScores, clip: int) -> CellRelevance:
        """Magnitudes of the STFT of the gradient at the clip."""
        values = scores.gradient_at(clip)[0].cpu().numpy().astype(np.float64)
        window, hop = display_frames(scores.sample_rate)
        grid = relevance_grid(len(values), window=window, hop=hop, sample_rate=scores.sample_rate)
        magnitudes = np.abs(spectra(values, window=window, hop=hop))
        return CellRelevance(domain="stft", values=magnitudes.T, grid=grid)


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every analyzer takes)
    """On request only."""
    return ()
