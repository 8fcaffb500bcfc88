"""What a method gave for clips."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz.attribution.clip_relevance import completeness_error
from cnnviz.results import Listening, Proof, Sanity, Silencing
from cnnviz.results.clip_relevance import CellRelevance, ClipRelevance, SampleRelevance


@dataclass(frozen=True, kw_only=True, slots=True)
class Attributions:
    """What a method gave for clips, and what was explained.

    Parameters
    ----------
    clips
        Relevance of each clip that was explained.
    kept
        Their places among the clips that were to be, rising: fewer where there was no time.
    inputs
        x, (clip, samples): the waveforms, normalised where the frontend normalises each clip.
    scores
        Explained score of the clip, float64 (clip,).
    rivals
        Class that each target was held against, int64 (clip,); None: the target's own score.
    has_odds
        Whether it was held against all others.
    floor
        Of differences of scores, 1e-3 of the standard deviation of all scores of these clips,
        and of sums of |R|: a map with no more is flat.
    output
        What f is: ``"logits"``, ``"log_probabilities"`` or ``"values"``.
    silencing
        What became of the scores without the stretches that were marked.
    proof
        How faithful the maps are beside controls; None: not asked for.
    listening
        The part of each clip that its map marks, and the rest; None: not asked for.
    sanity
        Agreement of the maps with those of networks drawn anew; None: not asked for.
    """

    clips: tuple[ClipRelevance, ...]
    kept: tuple[int, ...]
    inputs: np.ndarray
    scores: np.ndarray
    rivals: np.ndarray | None
    has_odds: bool
    floor: float
    output: str
    silencing: Silencing
    proof: Proof | None = None
    listening: Listening | None = None
    sanity: Sanity | None = None

    @property
    def samples(self) -> np.ndarray | None:
        """R of each audio sample, (clip, samples); None where cells are no audio samples."""
        if not all(isinstance(clip, SampleRelevance) for clip in self.clips):
            return None
        return np.stack([clip.values for clip in self.clips])

    @property
    def masses(self) -> np.ndarray:
        """Sum of |R|, (clip,)."""
        return np.array([np.abs(clip.values).sum(dtype=np.float64) for clip in self.clips])

    @property
    def expected(self) -> np.ndarray | None:
        """What each sum of R should be, (clip,); None where nothing can be said."""
        expected = [clip.expected for clip in self.clips if clip.expected is not None]
        return np.array(expected) if expected else None

    @property
    def baseline_scores(self) -> np.ndarray | None:
        """Explained score of the baseline of each clip, (clip,)."""
        return None if self.expected is None else self.scores - self.expected

    @property
    def absorbed(self) -> np.ndarray | None:
        """Relevance that constants of the network kept, (clip,); None: there is a baseline."""
        clips = [clip for clip in self.clips if isinstance(clip, SampleRelevance)]
        absorbed = [clip.absorbed for clip in clips if clip.absorbed is not None]
        return np.array(absorbed) if absorbed else None

    @property
    def completeness_errors(self) -> np.ndarray | None:
        """|sum R - expected| / max(|expected|, floor), (clip,); None where nothing is expected.

        What constants absorbed is part of the sum.
        """
        errors = [completeness_error(clip, self.floor) for clip in self.clips]
        known = [error for error in errors if error is not None]
        return np.array(known) if known else None

    @property
    def map_errors(self) -> np.ndarray | None:
        """Distances of the maps of half the effort, (clip,); None for methods without steps."""
        errors = [clip.map_error for clip in self.clips if clip.map_error is not None]
        return np.array(errors) if errors else None

    @property
    def fits(self) -> np.ndarray | None:
        """R^2 of the model that a map is the coefficients of, (clip,); None for others."""
        fits = [c.fit for c in self.clips if isinstance(c, CellRelevance) and c.fit is not None]
        return np.array(fits) if fits else None

    @property
    def n_steps(self) -> np.ndarray | None:
        """Gradients or passes taken for each clip, (clip,); None: one."""
        steps = [clip.n_steps for clip in self.clips if clip.n_steps is not None]
        return np.array(steps) if steps else None
