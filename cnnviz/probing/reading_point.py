"""Where in a network a layer is as later layers see it, so that gradients can be taken there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from cnnviz.model import AudioModel
from cnnviz.probing.listening import listening
from cnnviz.probing.unit_layers import UnitLayer
from cnnviz.trace import LayerCall, trace

_N_LOOKED_AT = 3  # calls for each step that follows a layer
_ROUNDING = 1e-5  # of the largest value


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingPoint:
    """A module call that gives what is read off, and what that is in words."""

    call: LayerCall
    reading: str


def reading_point(model: AudioModel, layer: UnitLayer, waveforms: np.ndarray) -> ReadingPoint:
    """Find the module whose output is a layer after normalisation and activation function.

    Where these are functions that hooks cannot reach, it is the layer itself.

    Parameters
    ----------
    model
        Borrowed, and given back as it was.
    layer
        Whose units are read.
    waveforms
        Clips that outputs are compared on, (clip, samples).
    """
    own = ReadingPoint(call=layer.call, reading=layer.name)
    if not layer.followers:
        return own
    calls = trace(model, waveforms.shape[1]).calls
    start = [call.name for call in calls].index(layer.name) + 1
    later = [
        UnitLayer(call=call)
        for call in calls[start : start + _N_LOOKED_AT * len(layer.followers)]
        if call.is_module and call.output_shape == layer.call.output_shape
    ]
    if not later:
        return own
    with listening(model, [layer, *later], n_samples=waveforms.shape[1]) as listener:
        heard = listener.hear(torch.from_numpy(np.ascontiguousarray(waveforms, np.float32)))
    seen = heard[layer.name]
    nearly = _ROUNDING * float(seen.abs().max())
    for one in later:
        there = heard.get(one.name, seen[:0])
        if there.shape == seen.shape and bool(((there - seen).abs() <= nearly).all()):
            return ReadingPoint(call=one.call, reading=layer.reading)
    return own
