"""Layers whose channels are units, and which of their cells see the steady part of a sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.capture.hearing import known_steps
from cnnviz.dsp.composite import Step
from cnnviz.errors import UnsupportedModelError
from cnnviz.grid import UNKNOWN, ReceptiveField
from cnnviz.model import AudioModel
from cnnviz.trace import LayerCall, NetworkTrace, trace

N_LAYERS = 4
"""Convolutions that are probed where no layer is named."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitLayer:
    """A layer whose channels are the units, and what later layers see them through."""

    call: LayerCall
    followers: tuple[Step, ...] = ()

    @property
    def name(self) -> str:
        """Of the layer call."""
        return self.call.name

    @property
    def n_units(self) -> int:
        """Channels."""
        sizes, axes = self.call.output_shape, (self.call.time_axis, self.call.frequency_axis)
        return int(np.prod([size for axis, size in enumerate(sizes) if axis not in axes]))

    @property
    def reading(self) -> str:
        """What is read off: ``"conv1, after batch-norm, relu"``."""
        names = [getattr(step, "name", "batch-norm") for step in self.followers]
        return f"{self.name}, after {', '.join(names)}" if names else self.name

    @property
    def known_field(self) -> ReceptiveField | None:
        """Receptive field along time, in audio samples; None where cells have no known place."""
        field = self.call.time_field
        return field if field and field.status != UNKNOWN and field.jump > 0 else None

    @property
    def field(self) -> ReceptiveField:
        """The same, of a layer whose cells have a known place."""
        field = self.known_field
        assert field is not None
        return field

    def is_steady(self, n_samples: int, ramp: int) -> bool:
        """Whether a sound has room for the receptive field between its ramps."""
        field = self.known_field
        return field is not None and field.size + field.jump <= n_samples - 2 * ramp

    def interior(self, n_cells: int, *, n_samples: int, ramp: int) -> tuple[slice, bool]:
        """Cells whose receptive field lies in the steady part of a sound.

        Parameters
        ----------
        n_cells
            Of the layer, along time.
        n_samples, ramp
            Of the sound, and of each of its ramps, in audio samples.

        Returns
        -------
        slice, bool
            The cells, and whether they are free of ramps and padding; where none is, or where
            the field is not known, those in the middle.
        """
        field = self.known_field
        if field is not None:
            starts = field.offset + np.arange(n_cells) * field.jump
            inside = (starts >= ramp) & (starts + field.size <= n_samples - ramp)
            if inside.any():
                first = int(np.argmax(inside))
                return slice(first, first + int(inside.sum())), True
        quarter = (n_cells - 1) // 4
        return slice(quarter, max(n_cells - quarter, quarter + 1)), False


def unit_layers(model: AudioModel, names: Sequence[str] = ()) -> tuple[UnitLayer, ...]:
    """Layers to probe, in order of execution.

    Parameters
    ----------
    model
        With a network that can run.
    names
        Of layers; empty: the first convolutions that learned and that hooks reach.

    Raises
    ------
    LayerNotFoundError
        If a layer is not in the network; the text lists the known ones.
    UnsupportedModelError
        If hooks cannot reach a layer, or there is no convolution.
    """
    traced = trace(model.require_network())
    chosen = {traced.call(name).name for name in names} or _first_convolutions(traced)
    calls = [call for call in traced.calls if call.name in chosen]
    for call in calls:
        if not call.is_module or not call.output_shape:
            reachable = ", ".join(one.name for one in traced.calls if one.is_module)
            raise UnsupportedModelError(
                f"layer {call.name!r} is a function or gives one number per clip, so hooks cannot "
                f"listen to its units; allowed: {reachable}; choose another --layer"
            )
    if not calls:
        raise UnsupportedModelError(
            f"no convolution of model {model.name!r} is a module call; allowed: a layer that is; "
            "name one with --layer; see: cnnviz layers MODEL"
        )
    return tuple(
        UnitLayer(call=call, followers=known_steps(traced.followers(call.name))) for call in calls
    )


def _first_convolutions(traced: NetworkTrace) -> set[str]:
    learned = {one.name for one in traced.convolutions if not one.is_fourier}
    reached = [call.name for call in traced.calls if call.is_module and call.name in learned]
    return set(reached[:N_LAYERS])
