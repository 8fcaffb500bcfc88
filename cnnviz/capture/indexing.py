"""From shards to the index that shows them as one capture."""

from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np

from cnnviz.audio import refuse_if_mostly_bad
from cnnviz.capture.exemplars import find_exemplars
from cnnviz.capture.plan import N_EXEMPLARS, CapturedLayer, Plan
from cnnviz.clips import clip_name
from cnnviz.grid import ReceptiveField
from cnnviz.model import AudioModel, describe_device
from cnnviz.provenance import Provenance, to_json
from cnnviz.results import LayerRow
from cnnviz.roles import score_unit
from cnnviz.store.capture import HEARD, HIGHEST_CELL, INDEX, STATISTICS
from cnnviz.store.captures import Axis, Table, write_index
from cnnviz.store.head import CaptureHead
from cnnviz.store.shards import read_rows, read_skipped, tried
from cnnviz.trace import LayerCall

Attributes = dict[str, str | float | int]


def write_capture(
    plan: Plan, parts: tuple[Path, ...], *, run: Path, provenance: Provenance
) -> Path:
    """Write ``capture.h5`` over finished shards; clips that they skipped are not in it."""
    plan = _without_skipped(plan, parts)
    tables = [_scores(plan), _audio(plan)]
    for layer in plan.layers:
        attributes = _attributes(plan, layer)
        tables += [_pooled(plan, layer, attributes), _exemplars(layer, parts, attributes)]
        if len(plan.spec.map_index) and layer.has_maps:
            errors = [_rounding(part, layer) for part in parts]
            attributes = {**attributes, "max_abs_rounding_error": max(errors)}
            tables.append(_maps(plan, layer, attributes))
        tables += _filters(plan, layer)
    path = run / INDEX
    write_index(path, _head(plan, provenance), tables, parts)
    return path


def _without_skipped(plan: Plan, parts: tuple[Path, ...]) -> Plan:
    """The plan for the clips that are in the shards, in the order and by the number they have."""
    faults = {clip: fault for part in tried(parts) for clip, fault in read_skipped(part).items()}
    spec, clips = plan.spec, plan.spec.clips
    kept_index = np.setdiff1d(np.arange(len(clips)), list(faults))
    reasons = [f"{clip_name(clips.paths[i], clips.folder)}: {faults[i]}" for i in sorted(faults)]
    refuse_if_mostly_bad(reasons, len(kept_index), clips.folder)
    skipped = tuple(dict.fromkeys([*clips.skipped, *reasons]))
    spec = replace(
        spec,
        clips=replace(clips, skipped=skipped).take(kept_index),
        map_index=np.flatnonzero(np.isin(kept_index, spec.map_index)),
        audio_index=np.flatnonzero(np.isin(kept_index, spec.audio_index)),
    )
    return replace(plan, spec=spec)


def _head(plan: Plan, provenance: Provenance) -> CaptureHead:
    clips, model, traced = plan.spec.clips, plan.model, plan.trace
    parameters = {**asdict(plan.spec.choices), "batch_size": plan.spec.batch_size}
    return CaptureHead(
        sample_rate=model.sample_rate,
        n_samples=traced.n_samples,
        clips=clips.table,
        model_classes=model.class_names,
        output=model.output or "",
        frontend=describe_frontend(model),
        n_parameters=sum(p.numel() for p in model.network.parameters()),
        covered=traced.covered,
        layers=tuple(layer.call.name for layer in plan.layers),
        grids=tuple(layer.grid for layer in plan.layers),
        layer_rows=tuple(_row(call) for call in traced.calls),
        map_index=plan.spec.map_index,
        audio_index=plan.spec.audio_index,
        provenance=replace(
            provenance,
            model_name=model.name,
            model_digest=model.digest,
            output_role=model.role,
            model_notices=model.notices,
            clips_digest=clips.digest,
            parameters=to_json(parameters),
            device=describe_device(model.device),
        ),
    )


def describe_frontend(model: AudioModel) -> str:
    """The frontend in words, such as ``"log_mel, n_fft 480, hop_length 160"``."""
    spec = model.frontend.spec
    settings = [
        f"{field.name} {getattr(spec, field.name)}"
        for field in fields(spec)
        if field.name != "kind" and getattr(spec, field.name) != field.default
    ]
    return ", ".join([spec.kind, *settings])


def _row(call: LayerCall) -> LayerRow:
    return LayerRow(**{f.name: getattr(call, f.name) for f in fields(LayerRow)})


def _attributes(plan: Plan, layer: CapturedLayer) -> Attributes:
    attributes: Attributes = {
        "layer": layer.call.name,
        "kind": layer.call.kind,
        "detail": layer.call.detail,
        "units": "1",
        "sample_rate": plan.model.sample_rate,
        "n_samples": plan.trace.n_samples,
        "model_digest": plan.model.digest,
        "model_name": plan.model.name,
    }
    for label, field, unit in (
        ("time", layer.call.time_field, "audio samples"),
        ("frequency", layer.call.frequency_field, "frontend cells"),
    ):
        if field is not None:
            attributes.update(_field_attributes(label, field, unit))
    return attributes


def _field_attributes(label: str, field: ReceptiveField, unit: str) -> Attributes:
    stem = f"receptive_field_{label}"
    return {
        f"{stem}_offset": field.offset,
        f"{stem}_jump": field.jump,
        f"{stem}_size": field.size,
        f"{stem}_status": field.status,
        f"{stem}_unit": unit,
    }


def _clip_axis(index: np.ndarray) -> Axis:
    return Axis(name="clip", values=index, unit="position in the run")


def _channel_axis(layer: CapturedLayer) -> Axis:
    return Axis(name="channel", values=np.arange(layer.shape[0]), unit="1")


def _scores(plan: Plan) -> Table:
    axes = (
        _clip_axis(np.arange(len(plan.spec.clips))),
        Axis(name="class", values=np.arange(plan.n_classes), unit="1"),
    )
    model = plan.model
    units = score_unit(model.role, model.output or "")
    attributes = {"units": units, "role": model.role, "model_digest": model.digest}
    copied = {"logits": ("clip", "class")}
    return Table(name="scores", axes=axes, copied=copied, attributes=attributes)


def _audio(plan: Plan) -> Table:
    n_samples, rate = plan.trace.n_samples, plan.model.sample_rate
    axes = (
        _clip_axis(plan.spec.audio_index),
        Axis(name="time", values=np.arange(n_samples) / rate, unit="s"),
    )
    attributes: Attributes = {"units": "full scale", "sample_rate": rate}
    joined = {"waveforms": ("clip", "time")}
    return Table(name="audio", axes=axes, joined=joined, attributes=attributes)


def _pooled(plan: Plan, layer: CapturedLayer, attributes: Attributes) -> Table:
    axes = (_clip_axis(np.arange(len(plan.spec.clips))), _channel_axis(layer))
    copied = dict.fromkeys((*STATISTICS, *HEARD, HIGHEST_CELL), ("clip", "channel"))
    name = f"pooled/{layer.call.name}"
    return Table(name=name, axes=axes, copied=copied, attributes=attributes)


def _maps(plan: Plan, layer: CapturedLayer, attributes: Attributes) -> Table:
    axes = [_clip_axis(plan.spec.map_index), _channel_axis(layer)]
    if len(layer.shape) == 3:  # (channel, frequency, time)
        hertz = layer.grid.frequencies
        cells = np.arange(layer.shape[1], dtype=np.float64)
        in_hz = len(hertz) > 0
        axis = Axis(name="frequency", values=hertz if in_hz else cells, unit="Hz" if in_hz else "1")
        axes.append(axis)
    axes.append(Axis(name="time", values=layer.grid.times, unit="s"))
    joined = {"maps": tuple(axis.name for axis in axes)}
    copied = {"scale": ("clip",), "error": ("clip",)}
    name = f"maps/{layer.call.name}"
    return Table(name=name, axes=tuple(axes), joined=joined, copied=copied, attributes=attributes)


def _exemplars(layer: CapturedLayer, parts: tuple[Path, ...], attributes: Attributes) -> Table:
    exemplars = find_exemplars(_peaks(layer.call.name, parts), layer.grid.times, N_EXEMPLARS)
    rank = Axis(name="rank", values=np.arange(N_EXEMPLARS), unit="1")
    names = ("channel", "rank")
    own = {
        "clip_index": (exemplars.clip_index, names),
        "times": (exemplars.times, names),
        "values": (exemplars.values, names),
    }
    axes = (_channel_axis(layer), rank)
    return Table(name=f"exemplars/{layer.call.name}", axes=axes, own=own, attributes=attributes)


def _peaks(name: str, parts: tuple[Path, ...]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for part in parts:
        maxima = read_rows(part, f"pooled/{name}/highest")
        if len(maxima):  # none where all clips of a part went bad
            yield maxima, read_rows(part, f"pooled/{name}/{HIGHEST_CELL}")


def _rounding(part: Path, layer: CapturedLayer) -> float:
    errors = read_rows(part, f"maps/{layer.call.name}/error")
    return float(errors.max(initial=0.0))


def _filters(plan: Plan, layer: CapturedLayer) -> list[Table]:
    """Weights and bias of a captured convolution, as they were used."""
    matches = [c for c in plan.trace.convolutions if c.name == layer.call.name]
    if not matches:
        return []
    weight, bias = matches[0].weight.astype(np.float64), matches[0].bias
    names = ("filter", "input_channel", *(f"kernel_{i}" for i in range(weight.ndim - 2)))
    axes = tuple(
        Axis(name=name, values=np.arange(n), unit="1")
        for name, n in zip(names, weight.shape, strict=True)
    )
    own = {"weight": (weight, names)}
    if bias is not None and len(bias) == weight.shape[0]:
        own["bias"] = (bias, ("filter",))
    return [Table(name=f"filters/{layer.call.name}", axes=axes, own=own)]
