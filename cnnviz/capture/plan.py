"""What a capture will keep, decided and measured before it starts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path

import numpy as np
import torch

from cnnviz.audio import Clips
from cnnviz.capture.choices import ITEM_SIZES, Choices
from cnnviz.capture.selection import extend_over_classes, spread_over_classes
from cnnviz.capture.spec import CaptureSpec, LayerAxes
from cnnviz.errors import LayerNotFoundError, ParameterError, ShapeError, UnsupportedModelError
from cnnviz.grid import Grid
from cnnviz.hooks import borrowed
from cnnviz.loaders import ModelReference
from cnnviz.model import AudioModel
from cnnviz.store import INDEX
from cnnviz.store.shards import FOLDER
from cnnviz.trace import LayerCall, NetworkTrace, layer_grid, trace

N_EXEMPLARS = 10
_N_STATISTICS = 6  # per channel of each clip: `STATISTICS`, `HEARD` and the cell of the highest
_N_AUDIO = 500
_BATCH_SAMPLES = 1 << 19  # audio samples in a batch unless the user says otherwise
_SHARD_CLIPS = 256
_PASSING_ON = ("Dropout", "Flatten", "Identity", "Unflatten")
_TABLES_BYTES = 2_000_000  # of axes, names, exemplars and of HDF5 itself
_MOST_PARTS = 500  # below the 1,024 files that other programs may hold open for a virtual dataset


@dataclass(frozen=True, kw_only=True, slots=True)
class CapturedLayer:
    """A layer call to record: what hooks find there, and its axes."""

    call: LayerCall
    shape: tuple[int, ...]  # (channel, [frequency,] time)
    grid: Grid
    has_maps: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """Bytes a capture writes, before compression; `copied` are those of statistics in the index."""

    maps: int
    statistics: int
    copied: int
    waveforms: int
    n_maps: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.maps + self.statistics + self.copied + self.waveforms


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """A capture that can start: its specification, and the live model it runs with."""

    spec: CaptureSpec
    model: AudioModel
    trace: NetworkTrace
    layers: tuple[CapturedLayer, ...]
    n_classes: int
    estimate: Estimate

    def bytes_to_write(self, run: Path, *, overwrite: bool = False) -> int:
        """At most so many more will lie in a run folder: what is missing, and the index anew."""
        estimate, shards = self.estimate, self.spec.shards(run)
        missing = [shard for shard in shards if overwrite or not shard.path.is_file()]
        share = sum(shard.stop - shard.start for shard in missing) / len(self.spec.clips)
        filters = 4 * sum(parameter.numel() for parameter in self.model.network.parameters())
        index = estimate.copied + filters + _TABLES_BYTES
        discarded = [*(run / FOLDER).glob("part-*.h5"), run / INDEX] if overwrite else []
        freed = sum(path.stat().st_size for path in discarded if path.is_file())
        return max(0, int((estimate.total - estimate.copied) * share) + index - freed)


def prepare(model: AudioModel, clips: Clips, choices: Choices | None = None) -> Plan:
    """Decide what a capture keeps, from one small forward pass.

    Parameters
    ----------
    model
        With a network that can run.
    clips
        Delivered at the model's sample rate and a common length.
    choices
        None: the defaults.

    Raises
    ------
    LayerNotFoundError
        If a layer is not in the network; the text lists the known ones.
    ParameterError
        If the clips have no common length, or there are none.
    UnsupportedModelError
        If hooks cannot reach a layer.
    """
    choices = choices or Choices()
    if clips.n_samples is None or clips.sample_rate != model.sample_rate or not len(clips):
        raise ParameterError(
            f"{len(clips)} clips at sample_rate={clips.sample_rate}, n_samples={clips.n_samples}; "
            f"allowed: one or more at {model.sample_rate} Hz and one length; see: Clips.at"
        )
    traced = trace(model, clips.n_samples)
    layers = tuple(
        _layer(call, model, traced) for call in _select_calls(model, traced, choices.layers)
    )
    n_classes = _count_classes(model, clips.n_samples)
    if not choices.layers:
        layers = _within_budget(layers, choices, n_clips=len(clips))
    map_bytes = sum(_map_bytes(layer, choices) for layer in layers if layer.has_maps)
    n_maps = min(choices.n_maps, len(clips), choices.budget_bytes // max(map_bytes, 1))
    map_index = spread_over_classes(clips.labels, n_maps)
    audio_index = extend_over_classes(map_index, clips.labels, _N_AUDIO)
    per_clip = 4 * (_N_STATISTICS * sum(layer.shape[0] for layer in layers) + n_classes)
    estimate = Estimate(
        maps=map_bytes * n_maps,
        statistics=per_clip * len(clips),
        copied=per_clip * len(clips),
        waveforms=clips.n_samples * (4 * len(audio_index) + 8),  # and seconds
        n_maps=n_maps,
    )
    clip_bytes = max(1, (estimate.total - estimate.copied) // len(clips))
    shard_clips = int(np.clip(choices.shard_bytes // clip_bytes, 1, _SHARD_CLIPS))
    shard_clips = max(shard_clips, ceil(len(clips) / _MOST_PARTS))
    batch_size = choices.batch_size or max(1, _BATCH_SAMPLES // clips.n_samples)
    spec = CaptureSpec(
        model=ModelReference.of(model),
        clips=clips,
        layers=tuple(_axes(layer) for layer in layers),
        choices=choices,
        map_index=map_index,
        audio_index=audio_index,
        batch_size=model.batch_size or min(batch_size, shard_clips),
        shard_clips=shard_clips,
        pooling=model.reading.pooling,
    )
    return Plan(
        spec=spec, model=model, trace=traced, layers=layers, n_classes=n_classes, estimate=estimate
    )


def check_layers(model: AudioModel, names: Sequence[str]) -> None:
    """Refuse layers that no capture can record, before time is spent on clips.

    Parameters
    ----------
    model
        A network that does not take clips of its own length or of one second is not asked.
    names
        Of layers.

    Raises
    ------
    LayerNotFoundError
        If a layer is not in the network; the text lists the known ones.
    UnsupportedModelError
        If hooks cannot reach a layer.
    """
    try:
        traced = trace(model)
    except ShapeError:
        return
    _select_calls(model, traced, names)


def _axes(layer: CapturedLayer) -> LayerAxes:
    return LayerAxes(
        name=layer.call.name,
        time_axis=layer.call.time_axis,
        frequency_axis=layer.call.frequency_axis,
        has_maps=layer.has_maps,
    )


def _map_bytes(layer: CapturedLayer, choices: Choices) -> int:
    """Bytes of the maps of one clip."""
    return int(np.prod(layer.shape)) * ITEM_SIZES[choices.dtype]


def _within_budget(
    layers: tuple[CapturedLayer, ...], choices: Choices, *, n_clips: int
) -> tuple[CapturedLayer, ...]:
    """Keep maps of the first layer, and of others that fit and have more than one cell."""
    n_maps = min(choices.n_maps, n_clips)
    left = choices.budget_bytes - n_maps * _map_bytes(layers[0], choices)
    chosen = [layers[0]]
    for layer in layers[1:]:
        size = n_maps * _map_bytes(layer, choices)
        has_maps = size <= left and int(np.prod(layer.shape[1:])) > 1
        left -= size if has_maps else 0
        chosen.append(replace(layer, has_maps=has_maps))
    return tuple(chosen)


def _select_calls(
    model: AudioModel, traced: NetworkTrace, layers: Sequence[str]
) -> tuple[LayerCall, ...]:
    if not layers:
        is_front_end = {c.name: c.is_fourier for c in traced.convolutions}
        calls = [call for call in traced.calls if call.is_module and call.name in is_front_end]
        if not calls:
            raise _unhookable(model, traced, "no convolution of the network is a module call")
        learned = [call for call in calls if not is_front_end[call.name]] or calls
        names = {call.name for call in (*learned, *_before_last(traced.calls))}
        return tuple(call for call in traced.calls if call.name in names)
    by_name = {call.name: call for call in traced.calls}
    for name in layers:
        if name not in by_name:
            raise LayerNotFoundError(
                f"layer {name!r} is not in model {model.name!r}; layers: {', '.join(by_name)}; "
                "see: cnnviz layers MODEL, with the options given here"
            )
        if not by_name[name].is_module:
            raise _unhookable(model, traced, f"layer {name!r} is a function, not a module")
        if not by_name[name].output_shape:
            raise _unhookable(model, traced, f"layer {name!r} returns one number per clip")
    return tuple(by_name[name] for name in dict.fromkeys(layers))


def _before_last(calls: Sequence[LayerCall]) -> tuple[LayerCall, ...]:
    """The module whose output enters the last layer that learned, but for what only passes it on.

    In order of execution; none where only functions stand before it.
    """
    learned = [k for k, call in enumerate(calls) if call.n_parameters and "Norm" not in call.kind]
    for call in reversed(calls[: learned[-1]] if learned else ()):
        is_passed_on = call.kind.startswith(_PASSING_ON)
        if call.is_module and call.output_shape and not is_passed_on:
            return (call,)
    return ()


def _unhookable(model: AudioModel, traced: NetworkTrace, reason: str) -> UnsupportedModelError:
    modules = ", ".join(call.name for call in traced.calls if call.is_module) or "none"
    return UnsupportedModelError(
        f"{reason}, so hooks cannot listen to it; allowed: layers of model {model.name!r} that "
        f"are modules ({modules}); wrap the function in a module, or choose another --layer"
    )


def _layer(call: LayerCall, model: AudioModel, traced: NetworkTrace) -> CapturedLayer:
    sizes = list(call.output_shape)
    n_times = 1 if call.time_axis is None else sizes[call.time_axis]
    spatial = [n_times]
    if call.frequency_axis is not None:
        spatial.insert(0, sizes[call.frequency_axis])
    n_channels = int(np.prod(sizes)) // max(int(np.prod(spatial)), 1)
    grid = layer_grid(call, model, traced.n_samples)
    return CapturedLayer(call=call, shape=(n_channels, *spatial), grid=grid)


def _count_classes(model: AudioModel, n_samples: int) -> int:
    with borrowed(model.network), torch.no_grad():
        return int(model.scores(torch.zeros(2, n_samples)).shape[1])
