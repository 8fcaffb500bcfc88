"""Occlusion: how far the score falls without a stretch of time, a band or a patch of both.

What is taken out is a part of the sound, never of a spectrogram, and what is left is a sound:

- ``time``: a window with raised-cosine ramps of 5 ms, centred on its edges;
- ``bands``: what a linear-phase filter lets through. Bands are equally wide in ERBs from 0 Hz to
  half the sample rate, their filters are designed by the Kaiser window for 60 dB, have a
  transition half as wide as the narrower of the bands that meet, and as many taps as that takes
  (``scipy.signal.kaiserord``); silencing a band is a band-stop filter;
- ``patches``: cells of the STFT (Hann window of about 32 ms, frames that overlap by three
  quarters) with edges of 10 ms and of half a band, resynthesised with the dual window.

The parts sum to the sound where windows adjoin each other, so that a linear score without a bias
is the sum of the relevance. A report does not run it by itself: it is made on request.

References
----------
Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks" (2014).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np

from cnnviz.attribution.explanation import Explanation
from cnnviz.attribution.local_changes import scored_locally
from cnnviz.attribution.perturbed import Patches, audio_samples, scored, sound_of
from cnnviz.dsp.masking import masked
from cnnviz.dsp.noise import phase_randomised
from cnnviz.dsp.segments import band_edges, soft_windows, split_bands
from cnnviz.errors import ParameterError
from cnnviz.grid import Grid
from cnnviz.parameters import Range
from cnnviz.results.clip_relevance import CellRelevance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnviz.analyzer import Analyzer
    from cnnviz.attribution.target_scores import TargetScores
    from cnnviz.run import Run

_RAMP_SECONDS = 0.005


@dataclass(frozen=True, kw_only=True, slots=True)
class Occlusion(Explanation):
    """Explain a few clips by the fall of the score without one part of the sound after another.

    Where windows overlap, each audio sample gets the mean of the falls of the windows that hold
    it, and a cell the mean of a stretch of `hop_ms` about the middle of its window.

    Parameters
    ----------
    over
        ``"time"``: windows; ``"bands"``: bands of frequency, of the whole clip; ``"patches"``:
        bands within windows.
    window_ms
        Length of a window in ms; the last one may be cut by the end of the clip.
    hop_ms
        From one window to the next in ms, at most `window_ms`.
    n_bands
        Bands of frequency.
    fill
        ``"silence"``, or ``"noise"`` with the spectrum that the clip has as a whole in the same
        window and bands, and the energy of what it replaces.
    seed
        Of the noise.
    """

    over: Literal["time", "bands", "patches"] = "time"
    window_ms: Annotated[float, Range(above=0)] = 100.0
    hop_ms: Annotated[float, Range(above=0)] = 50.0
    n_bands: Annotated[int, Range(2)] = 12
    fill: Literal["silence", "noise"] = "silence"
    seed: int = 0

    def __post_init__(self) -> None:
        Explanation.__post_init__(self)
        if self.hop_ms > self.window_ms:
            raise ParameterError(
                f"hop_ms={self.hop_ms:g}; allowed: above 0 to window_ms={self.window_ms:g}"
            )

    @property
    def baseline_words(self) -> str:
        """What takes the place of each part."""
        return f"{self.fill} in place of each part"

    def relevance(self, scores: TargetScores, clip: int) -> CellRelevance:
        """How far the score falls without each part."""
        sound = sound_of(scores, clip)
        patches = self._patches(len(sound), scores.sample_rate)
        measured = scored_locally if self.over == "time" else scored
        found = float(scores.clip_scores[clip]) - measured(
            scores, clip, self._occluded(sound, patches)
        )
        if self.over == "bands":
            values, grid = found, Grid(times=np.empty(0), frequencies=patches.grid.frequencies)
        elif self.over == "time":
            values = _averaged(found, patches)
            field = patches.grid.receptive_field
            grid = Grid(times=patches.grid.times, frequencies=np.empty(0), receptive_field=field)
        else:
            values, grid = _averaged(found.reshape(patches.shape), patches), patches.grid
        return CellRelevance(domain="patches", values=values, grid=grid, n_steps=len(found))

    def _patches(self, n_samples: int, sample_rate: int) -> Patches:
        length = audio_samples(self.window_ms, sample_rate)
        return Patches(
            n_samples=n_samples,
            sample_rate=sample_rate,
            length=length,
            hop=min(audio_samples(self.hop_ms, sample_rate), length),
            n_bands=self.n_bands,
        )

    def _occluded(self, sound: np.ndarray, patches: Patches) -> Iterator[np.ndarray]:
        """The sound without each part, or with noise in its place."""
        if self.fill == "silence":
            for part in self._parts(sound, patches):
                yield sound - part
            return
        noise = phase_randomised(sound, np.random.default_rng(self.seed))
        for part, fill in zip(
            self._parts(sound, patches), self._parts(noise, patches), strict=True
        ):
            yield sound - part + _as_loud_as(fill, part)

    def _parts(self, sound: np.ndarray, patches: Patches) -> Iterator[np.ndarray]:
        """What is taken out of a sound, one part after another, each (samples,)."""
        if self.over == "time":
            yield from _windowed(sound, patches)
        elif self.over == "bands":
            edges = band_edges(self.n_bands, patches.sample_rate)
            yield from split_bands(sound, edges.tolist(), patches.sample_rate)
        else:
            bands, windows = patches.memberships()
            for band in bands:
                for window in windows:
                    yield masked(sound, np.outer(band, window), **patches.frames)


def _windowed(sound: np.ndarray, patches: Patches) -> Iterator[np.ndarray]:
    places = np.arange(len(sound))
    for start in patches.starts:
        (taper,) = soft_windows(
            places,
            start[None],
            length=patches.length,
            n_samples=len(sound),
            ramp=_RAMP_SECONDS * patches.sample_rate,
        )
        yield taper * sound


def _as_loud_as(fill: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Noise with the energy of a part of the sound."""
    level = np.linalg.norm(fill)
    return fill * (np.linalg.norm(part) / level) if level else fill


def _averaged(values: np.ndarray, patches: Patches) -> np.ndarray:
    """Mean over the windows that hold an audio sample, then over a hop: (..., window)."""
    sums = np.zeros((*values.shape[:-1], patches.n_samples))
    counts = np.zeros(patches.n_samples)
    for k, start in enumerate(patches.starts):
        sums[..., start : start + patches.length] += values[..., k, None]
        counts[start : start + patches.length] += 1
    means = sums / counts  # (..., samples)
    middles = patches.starts + (patches.length - patches.hop) // 2
    cells = [means[..., first : first + patches.hop].mean(-1) for first in middles]
    return np.stack(cells, axis=-1)


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (one signature)
    """Nothing: it is made on request."""
    return ()
