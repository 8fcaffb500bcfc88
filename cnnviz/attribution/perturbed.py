"""Scores of changed versions of a clip, and the cells of time and frequency that are changed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch

from cnnviz.attribution.target_scores import TargetScores
from cnnviz.dsp.masking import masked
from cnnviz.dsp.segments import band_centres, soft_bands, soft_windows, window_starts
from cnnviz.dsp.stft import display_frames, relevance_grid
from cnnviz.grid import Grid, ReceptiveField

_RAMP_SECONDS = 0.01


def falls(scores: TargetScores, clip: int, sounds: Iterable[np.ndarray]) -> np.ndarray:
    """How far the explained score of a clip falls for each changed version of it, float64 (n,)."""
    return float(scores.clip_scores[clip]) - scored(scores, clip, sounds)


def scored(scores: TargetScores, clip: int, sounds: Iterable[np.ndarray]) -> np.ndarray:
    """Explained score of each changed version of a clip, float64 (n,).

    Parameters
    ----------
    scores, clip
        What is explained, and which of its clips.
    sounds
        Each (samples,); no more of them than run at once are held.
    """
    remaining, values = iter(sounds), []
    with torch.no_grad():
        while part := list(islice(remaining, scores.batch)):
            points = torch.tensor(np.stack(part)).to(scores.clips)
            index = torch.full((len(part),), clip, device=points.device)
            values.append(scores.explained(points, index).double().cpu().numpy())
    return np.concatenate(values) if values else np.empty(0)


def sound_of(scores: TargetScores, clip: int) -> np.ndarray:
    """A clip as the network hears it, float64 (samples,)."""
    return np.asarray(scores.clips[clip].detach().double().cpu().numpy())


def audio_samples(milliseconds: float, sample_rate: int) -> int:
    """Audio samples in a stretch, at least one."""
    return max(1, round(milliseconds / 1000 * sample_rate))


@dataclass(frozen=True, kw_only=True, slots=True)
class Patches:
    """Cells of time and frequency that meet in soft edges.

    Bands are equally wide in ERBs from 0 Hz to half the sample rate; where windows adjoin each
    other the cells sum to 1 over the whole plane.

    Parameters
    ----------
    n_samples, sample_rate
        Of the clip; audio samples and Hz.
    length, hop
        Of the windows, audio samples.
    n_bands
        Bands.
    """

    n_samples: int
    sample_rate: int
    length: int
    hop: int
    n_bands: int

    @property
    def grid(self) -> Grid:
        """Seconds of the middles of windows, and Hz of those of bands."""
        field = ReceptiveField(jump=float(self.hop), size=float(self.length))
        return Grid(
            times=field.centres(len(self.starts)) / self.sample_rate,
            frequencies=band_centres(self.n_bands, self.sample_rate),
            receptive_field=field,
        )

    @property
    def starts(self) -> np.ndarray:
        """First audio sample of each window, (window,)."""
        return window_starts(self.n_samples, length=self.length, hop=self.hop)

    @property
    def shape(self) -> tuple[int, int]:
        """Bands and windows."""
        return self.n_bands, len(self.starts)

    @property
    def frames(self) -> dict[str, int]:
        """Window and hop of the STFT in which patches are masked, audio samples."""
        window, hop = display_frames(self.sample_rate)
        return {"window": window, "hop": hop}

    @property
    def plane(self) -> Grid:
        """Axes of that STFT."""
        return relevance_grid(self.n_samples, sample_rate=self.sample_rate, **self.frames)

    def memberships(self) -> tuple[np.ndarray, np.ndarray]:
        """Of bins in bands, (band, bin), and of frames in windows, (window, frame)."""
        plane = self.plane
        bands = soft_bands(plane.frequencies, self.n_bands, self.sample_rate)
        windows = soft_windows(
            plane.times * self.sample_rate,
            self.starts,
            length=self.length,
            n_samples=self.n_samples,
            ramp=_RAMP_SECONDS * self.sample_rate,
        )
        return bands, windows

    def mixed(self, sound: np.ndarray, gains: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """The sound with a gain for each cell, for each of `gains` (band, window)."""
        bands, windows = self.memberships()
        for gain in gains:
            yield masked(sound, bands.T @ gain @ windows, **self.frames)


def half_distance(first: np.ndarray, second: np.ndarray) -> float:
    """Relative L2 distance of the map of half the draws from the mean of both halves.

    It is about the standard error of the mean in units of its norm: both are
    sqrt(sum of (first - second)^2) / 2 on average.
    """
    apart, whole = np.linalg.norm(first - second) / 2, np.linalg.norm(first + second) / 2
    return float(apart / whole) if whole else float(np.inf if apart else 0.0)
