"""Scores of sounds that differ from a clip in one stretch, without running what stays the same.

Up to a layer whose receptive field is known, only the cells that hear the stretch change. So the
network hears the stretch and its surroundings alone, what comes out of the layer takes its place
among the activations of the whole clip, and the rest of the network goes on with these. Whether
that is so is tried on the first sounds, layer by layer from the last: a path around a layer, a
norm over the whole clip or a network of one length tell themselves by another score, or by none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from cnnviz.attribution.perturbed import scored, sound_of
from cnnviz.attribution.tapping import replaced, tapped
from cnnviz.grid import UNKNOWN
from cnnviz.trace import trace

if TYPE_CHECKING:
    from cnnviz.attribution.target_scores import TargetScores
    from cnnviz.grid import ReceptiveField
    from cnnviz.trace import LayerCall

_N_TRIED, _N_LAYERS, _ALIKE = 2, 6, 1e-4  # sounds, layers, and how far scores may differ
_LARGEST_SHARE = 1 / 3  # of the clip that a cell may hear, or little would be saved


@dataclass(frozen=True, kw_only=True, slots=True)
class _Stretch:
    """A sound that differs from the clip in some cells of a layer.

    Cells `first` to `last` change; they hear no more than the samples `start` to `stop`, and
    `start` is a multiple of the layer's jump.
    """

    sound: np.ndarray
    first: int
    last: int
    start: int
    stop: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Layer:
    """A layer, its activations (1, ..., time, ...) for the whole clip, and where cells hear."""

    scores: TargetScores
    clip: int
    call: LayerCall
    whole: Tensor

    @property
    def field(self) -> ReceptiveField:
        """Along time, of known place."""
        assert self.call.time_field is not None
        return self.call.time_field

    @property
    def axis(self) -> int:
        """Of time in the activations."""
        assert self.call.time_axis is not None
        return self.call.time_axis + 1

    def stretch(self, sound: np.ndarray, original: np.ndarray) -> _Stretch | None:
        """Where a sound differs from the clip; None: nowhere that any cell hears."""
        changed = np.flatnonzero(sound != original)
        if not len(changed):
            return None
        field, n_cells, jump = self.field, self.whole.shape[self.axis], round(self.field.jump)
        first = math.floor((changed[0] - field.offset - field.size) / jump) + 1
        last = math.ceil((changed[-1] + 1 - field.offset) / jump)
        first, last = max(first, 0), min(last, n_cells)
        if first >= last:
            return None
        start = max(math.floor((field.offset + first * jump) / jump) * jump, 0)
        stop = math.ceil(field.offset + (last - 1) * jump + field.size)
        is_end = stop >= len(sound) or last == n_cells
        return _Stretch(
            sound=sound,
            first=first,
            last=last,
            start=start,
            stop=len(sound) if is_end else stop,
        )

    def scored(self, stretches: Sequence[_Stretch]) -> np.ndarray:
        """Explained scores of sounds whose stretches are of one length, float64 (n,)."""

        def put(cells: Tensor) -> Tensor:
            full = self.whole.repeat(len(stretches), *[1] * (self.whole.ndim - 1))
            for row, one in enumerate(stretches):
                shift, n = one.start // round(self.field.jump), one.last - one.first
                found = cells[row].narrow(self.axis - 1, one.first - shift, n)
                full[row].narrow(self.axis - 1, one.first, n).copy_(found)
            return full

        clips = self.scores.clips
        sounds = np.stack([one.sound[one.start : one.stop] for one in stretches])
        index = torch.full((len(stretches),), self.clip, device=clips.device)
        with torch.no_grad(), replaced(self.scores.model.network, self.call.name, put):
            values = self.scores.explained(torch.tensor(sounds).to(clips), index)
        return np.asarray(values.double().cpu().numpy())


def scored_locally(scores: TargetScores, clip: int, sounds: Iterable[np.ndarray]) -> np.ndarray:
    """Explained score of each changed version of a clip, float64 (n,), as `perturbed.scored`.

    Parameters
    ----------
    scores, clip
        What is explained, and which of its clips.
    sounds
        Each (samples,), different from the clip in one stretch.
    """
    remaining = iter(sounds)
    tried = list(islice(remaining, _N_TRIED))
    expected = scored(scores, clip, tried)
    for layer in _layers(scores, clip):
        if _is_alike(layer, tried, expected):
            return np.concatenate([expected, *_in_parts(layer, remaining)])
    return np.concatenate([expected, scored(scores, clip, remaining)])


def _in_parts(layer: _Layer, sounds: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Scores of as many sounds at once as fit, those of one length together."""
    original = sound_of(layer.scores, layer.clip)
    unchanged = np.array([float(layer.scores.clip_scores[layer.clip])])
    while part := list(islice(sounds, layer.scores.batch)):
        stretches = [layer.stretch(sound, original) for sound in part]
        for length, group in groupby(stretches, lambda one: one and one.stop - one.start):
            same = list(group)
            changed = [one for one in same if one is not None]
            yield layer.scored(changed) if length else np.repeat(unchanged, len(same))


def _layers(scores: TargetScores, clip: int) -> Iterator[_Layer]:
    """Layers whose cells hear little of the clip at places that are known, the last ones first."""
    if scores.model.frontend.spec.kind != "waveform":
        return
    n_samples = scores.clips.shape[1]
    calls = [call for call in trace(scores.model, n_samples).calls if _is_usable(call, n_samples)]
    for call in calls[: -_N_LAYERS - 1 : -1]:
        with torch.no_grad(), tapped(scores.model.network, call.name) as held:
            scores.score(scores.clips[clip, None])
        if held:
            yield _Layer(scores=scores, clip=clip, call=call, whole=held[0][:1])


def _is_usable(call: LayerCall, n_samples: int) -> bool:
    field, axis = call.time_field, call.time_axis
    if not call.is_module or field is None or axis is None or field.status == UNKNOWN:
        return False
    has_steps = call.output_shape[axis] > 1 and field.jump >= 1 and field.jump % 1 == 0
    return has_steps and field.size <= _LARGEST_SHARE * n_samples


def _is_alike(layer: _Layer, sounds: Sequence[np.ndarray], expected: np.ndarray) -> bool:
    try:
        found = np.concatenate(list(_in_parts(layer, iter(sounds))))
    except Exception:  # a network of one length fails in any way it likes
        return False
    size = np.maximum(np.abs(expected), layer.scores.floor)
    return bool((np.abs(found - expected) <= _ALIKE * size).all())
