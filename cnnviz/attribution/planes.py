"""Relevance of any cells laid on the plane of one STFT, where maps can be compared."""

from collections.abc import Sequence

import numpy as np

from cnnviz.dsp.stft import display_frames, joint_relevance, relevance_grid, spectra
from cnnviz.results.clip_relevance import ClipRelevance, SampleRelevance


def energy_of(waveform: np.ndarray, sample_rate: int) -> np.ndarray:
    """Energy of a clip on the plane, (frequency, time)."""
    window, hop = display_frames(sample_rate)
    return np.asarray(np.abs(spectra(waveform, window=window, hop=hop)).T ** 2)


def laid_on_plane(relevance: ClipRelevance, waveform: np.ndarray, sample_rate: int) -> np.ndarray:
    """Relevance of each cell of the STFT of a clip, (frequency, time).

    Of other cells that of the nearest one; where they lie along one axis alone, in proportion to
    the clip's energy along the other.
    """
    window, hop = display_frames(sample_rate)
    if isinstance(relevance, SampleRelevance):
        return joint_relevance(
            relevance.differences, relevance.coefficients, window=window, hop=hop
        )
    grid = relevance_grid(len(waveform), window=window, hop=hop, sample_rate=sample_rate)
    has_times, has_frequencies = len(relevance.grid.times), len(relevance.grid.frequencies)
    values = relevance.values
    if has_times:
        values = values[..., _nearest(relevance.grid.times, grid.times)]
    if has_frequencies:
        values = values[_nearest(relevance.grid.frequencies, grid.frequencies)]
    if has_times and has_frequencies:
        return np.asarray(values)
    energy, along = energy_of(waveform, sample_rate), 0 if has_times else 1
    total = energy.sum(along, keepdims=True)
    shares = np.divide(energy, total, out=np.zeros_like(energy), where=total > 0)
    return np.asarray(np.expand_dims(values, along) * shares)


def planes_of(
    found: Sequence[ClipRelevance], clips: np.ndarray, sample_rate: int
) -> list[np.ndarray]:
    """Relevance of each clip on its plane, (frequency, time); clips are (clip, samples)."""
    pairs = zip(found, clips, strict=True)
    return [laid_on_plane(one, clip, sample_rate) for one, clip in pairs]


def _nearest(places: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Index of the place nearest to each one wanted; places rise."""
    after = np.clip(np.searchsorted(places, wanted), 1, max(len(places) - 1, 1))
    if len(places) == 1:
        return np.zeros(len(wanted), dtype=np.int64)
    is_before = wanted - places[after - 1] < places[after] - wanted
    return np.asarray(after - is_before)
