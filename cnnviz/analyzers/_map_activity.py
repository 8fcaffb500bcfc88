"""How channels use the cells of their feature maps: sparseness, and answers to onsets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from cnnviz.capture.hearing import as_heard, known_steps
from cnnviz.dsp.onset import mean_after_onset, onset_indices, onset_seconds
from cnnviz.dsp.sparseness import gini, treves_rolls
from cnnviz.grid import UNKNOWN
from cnnviz.results import MapActivity
from cnnviz.trace import trace

if TYPE_CHECKING:
    from cnnviz.capture import Capture
    from cnnviz.dsp.composite import Step
    from cnnviz.model import AudioModel

_LONGEST_FIELD_SECONDS = 0.1  # longer ones blur the onset into what follows


def seen_steps(model: AudioModel | None, capture: Capture) -> dict[str, tuple[Step, ...]]:
    """Normalisation and activation that later layers see each captured layer through."""
    if model is None or not model.has_graph:
        return {}
    traced = trace(model, capture.n_samples)
    return {name: known_steps(traced.followers(name)) for name in capture.map_layers}


def map_activity(
    capture: Capture, layer: str, clip_index: np.ndarray, steps: tuple[Step, ...]
) -> MapActivity:
    """Read the maps of some clips as later layers see them, one clip at a time."""
    grid, rate = capture.grid(layer), capture.sample_rate
    active, sparse, uneven = [], [], []
    answers, sounds = [], []
    for clip in map(int, clip_index):
        seen = _seen(capture.maps(layer, clip), steps)  # (channel, [frequency,] time)
        cells = seen.reshape(len(seen), -1).T
        active.append((cells > 0).mean(axis=0))
        sparse.append(treves_rolls(cells))
        uneven.append(gini(cells))
        if clip not in capture.audio_index:
            continue
        sound = capture.waveforms([clip])[0]
        onset = onset_seconds(sound, rate)
        over_time = seen.reshape(len(seen), -1, seen.shape[-1]).mean(axis=1)  # (channel, time)
        answers.append(mean_after_onset(over_time, grid.times, onset))
        level = np.abs(sound)[None]
        sounds.append(mean_after_onset(level, np.arange(len(sound)) / rate, onset))
    field = grid.receptive_field
    is_short = (
        field is not None
        and field.status != UNKNOWN
        and field.size <= _LONGEST_FIELD_SECONDS * rate
    )
    indices, n_onsets = onset_indices(answers, len(active[0]))
    return MapActivity(
        fraction_active=np.mean(active, axis=0),
        sparseness=_means(sparse),
        gini=_means(uneven),
        onset_index=indices if is_short else np.full(len(indices), np.nan),
        sound_onset_index=float(onset_indices(sounds, 1)[0][0]),
        n_onsets=n_onsets if is_short else 0,
    )


def _seen(maps: np.ndarray, steps: tuple[Step, ...]) -> np.ndarray:
    values = as_heard(torch.from_numpy(maps)[None].double(), steps)[0].numpy()
    return np.maximum(np.where(np.isfinite(values), values, 0.0), 0.0)


def _means(rows: list[np.ndarray]) -> np.ndarray:
    """Mean over the clips on which a channel responds, (channel,); NaN where on none."""
    values = np.array(rows)
    n_known = np.isfinite(values).sum(axis=0)
    return np.where(n_known > 0, np.nansum(values, axis=0) / np.maximum(n_known, 1), np.nan)
