"""Random masks: the score with a cell kept less the score with it dropped, over many mixtures.

Masks over time and frequency are drawn on a coarse grid, shifted by a random part of a cell and
made smooth between its points. Each is applied to the STFT of the clip (Hann window of about
32 ms, frames that overlap by three quarters) and resynthesised with the dual window, so that
the network hears a sound. With scores f_i and masks M_i the relevance of a cell is

    R = sum_i f_i M_i / sum_i M_i - sum_i f_i (1 - M_i) / sum_i (1 - M_i),

the first term being that of RISE, which alone would also carry the mean score. It is a statistic
of draws: the map error is the distance from the map of half the masks, about as large as the
standard error of the whole map. A report does not run it by itself: it is made on request.

References
----------
Petsiuk, Das and Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models"
(2018). Brüsch, Wickstrøm, Schmidt, Alstrøm and Jenssen, "FreqRISE: Explaining time series using
frequency masking" (2024).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import numpy as np

from cnnviz.attribution.explanation import Explanation
from cnnviz.attribution.perturbed import Patches, audio_samples, falls, half_distance, sound_of
from cnnviz.dsp.masking import masked
from cnnviz.dsp.scales import erb_number
from cnnviz.parameters import Range
from cnnviz.results.clip_relevance import CellRelevance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnviz.analyzer import Analyzer
    from cnnviz.attribution.target_scores import TargetScores
    from cnnviz.grid import Grid
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class RandomMasks(Explanation):
    """Explain a few clips by the scores of many random mixtures of their parts.

    Cells of the map are half as long and half as wide as those of the masks.

    Parameters
    ----------
    n_masks
        Sounds that are scored for each clip.
    segment_ms
        Cells of a mask along time in ms.
    n_bands
        Cells of a mask along frequency, equally wide in ERBs from 0 Hz to half the sample rate.
    keep
        Probability that a cell of a mask is kept.
    seed
        Of the masks; each clip gets the same ones.
    """

    n_masks: Annotated[int, Range(10)] = 500
    segment_ms: Annotated[float, Range(above=0)] = 100.0
    n_bands: Annotated[int, Range(2)] = 8
    keep: Annotated[float, Range(0.05, 0.95)] = 0.5
    seed: int = 0

    @property
    def baseline_words(self) -> str:
        """What a mask leaves of a cell that it drops."""
        return "silence in place of dropped cells"

    def coarser(self) -> RandomMasks | None:
        """A quarter of the masks."""
        n = self.n_masks // 4
        return None if n < 10 else replace(self, n_masks=n)

    def relevance(self, scores: TargetScores, clip: int) -> CellRelevance:
        """Mean score with each cell kept less that with it dropped."""
        sound = sound_of(scores, clip)
        half = audio_samples(self.segment_ms / 2, scores.sample_rate)
        cells = Patches(
            n_samples=len(sound),
            sample_rate=scores.sample_rate,
            length=half,
            hop=half,
            n_bands=2 * self.n_bands,
        )
        plane = cells.plane
        sounds = (
            masked(sound, mask, **cells.frames) for mask in self._masks(plane, 2 * half, cells)
        )
        gains = -falls(scores, clip, sounds)
        kept = np.stack(list(self._masks(cells.grid, 2 * half, cells)))  # (mask, band, window)
        return CellRelevance(
            domain="patches",
            values=_kept_less_dropped(gains, kept),
            grid=cells.grid,
            map_error=half_distance(
                _kept_less_dropped(gains[::2], kept[::2]),
                _kept_less_dropped(gains[1::2], kept[1::2]),
            ),
            n_steps=self.n_masks,
        )

    def _masks(self, grid: Grid, segment: int, cells: Patches) -> Iterator[np.ndarray]:
        """Each mask at the places of a grid, 0 to 1 (frequency, time)."""
        generator = np.random.default_rng(self.seed)
        rows = erb_number(grid.frequencies)
        rows *= self.n_bands / erb_number(np.array(cells.sample_rate / 2))
        columns = np.clip(grid.times * cells.sample_rate, 0, cells.n_samples) / segment
        n_columns = int(np.ceil(cells.n_samples / segment))
        for _ in range(self.n_masks):
            shifts = generator.random(2)
            coarse = generator.random((self.n_bands + 2, n_columns + 2)) < self.keep
            between = _between(rows + shifts[0], len(coarse)) @ coarse  # (frequency, cell)
            yield between @ _between(columns + shifts[1], coarse.shape[1]).T


def _between(places: np.ndarray, n_points: int) -> np.ndarray:
    """Weights of points 0, 1, 2 ... at places between them, by raised cosines, (place, point)."""
    distances = np.abs(places[:, None] - np.arange(n_points))
    return np.asarray((1 + np.cos(np.pi * np.minimum(distances, 1))) / 2)


def _kept_less_dropped(gains: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """R of each cell from scores (mask,) and what is kept of cells (mask, band, window)."""
    centred = gains - gains.mean()
    sums, covers = np.tensordot(centred, kept, 1), kept.sum(0)
    rests = len(kept) - covers
    is_known = (covers > 0) & (rests > 0)
    safe = np.where(is_known, covers * rests, 1.0)
    return np.where(is_known, sums * len(kept) / safe, 0.0)


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (one signature)
    """Nothing: it is made on request."""
    return ()
