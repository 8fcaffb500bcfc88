"""The one streaming pass: decode, run, pool and store, a batch at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from cnnviz.audio import refuse_if_mostly_bad
from cnnviz.capture.decoding import Decoded, decoded
from cnnviz.capture.pooling import ClipStatistics, StoredMaps, arrange, convert_maps, pool
from cnnviz.capture.resuming import missing_shards
from cnnviz.capture.spec import CaptureSpec, Shard, read_spec, screened_ns
from cnnviz.capture.writing import Rows, writing_behind
from cnnviz.clips import clip_name
from cnnviz.hooks import borrowed, recorded
from cnnviz.model import AudioModel
from cnnviz.store.capture import HEARD, HIGHEST_CELL, STATISTICS
from cnnviz.trace import trace

Progress = Callable[[int, int], None]
_STATISTICS = (*STATISTICS, *HEARD, HIGHEST_CELL)


@dataclass(frozen=True, kw_only=True, slots=True)
class _LayerOutput:
    """What one layer gave for one batch."""

    statistics: ClipStatistics
    maps: StoredMaps | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Output:
    """What the network and its layers gave for one batch."""

    scores: np.ndarray
    layers: dict[str, _LayerOutput]


_Forward = Callable[[np.ndarray, np.ndarray], _Output]


def record_shards(
    spec: CaptureSpec,
    model: AudioModel,
    shards: Sequence[Shard],
    *,
    run: Path,
    progress: Progress | None = None,
) -> None:
    """Write those of the shards that are missing; clips that went bad are skipped.

    Parameters
    ----------
    spec
        What to keep.
    model
        The one that `spec` names; borrowed.
    shards
        Some or all of `spec.shards`; several processes may write a part each.
    run
        Run folder, which holds the specification.
    progress
        Called with (clips done, clips in all) of these shards.

    Raises
    ------
    AudioError
        If more than a tenth of the clips cannot be decoded any more.
    """
    missing = missing_shards(spec.clips, shards)
    total = sum(shard.stop - shard.start for shard in shards)
    done = total - sum(shard.stop - shard.start for shard in missing)
    if progress is not None:
        progress(done, total)
    faults: dict[int, str] = {}
    with (
        writing_behind(spec.identity(), packing=spec.choices.packing) as writer,
        _recording(spec, model) as forward,
        decoded(spec.clips, _spans(spec, missing), screened_ns=screened_ns(run)) as batches,
    ):
        for shard in missing:
            queue = writer.begin(shard.path)
            kept = np.empty(0, dtype=np.int64)  # positions of clips that are in the shard
            for _ in range(shard.start, shard.stop, spec.batch_size):
                batch = next(batches)
                faults.update(batch.faults)
                _refuse_if_mostly_bad(spec, faults)
                if len(batch.index):
                    map_rows = np.flatnonzero(np.isin(batch.index, spec.map_index))
                    output = forward(batch.waveforms, map_rows)
                    queue.put(_rows(spec, shard, kept, batch, output))
                    kept = np.concatenate([kept, batch.index])
                done += len(batch.index) + len(batch.faults)
                if progress is not None:
                    progress(done, total)
            queue.end({i: faults[i] for i in range(shard.start, shard.stop) if i in faults})


def _spans(spec: CaptureSpec, shards: Sequence[Shard]) -> list[np.ndarray]:
    """Positions of the clips of each batch."""
    return [
        np.arange(first, min(first + spec.batch_size, shard.stop))
        for shard in shards
        for first in range(shard.start, shard.stop, spec.batch_size)
    ]


def _refuse_if_mostly_bad(spec: CaptureSpec, faults: Mapping[int, str]) -> None:
    """Stop where a disk went away, say, before all of its clips count as skipped."""
    clips = spec.clips
    names = [f"{clip_name(clips.paths[i], clips.folder)}: {fault}" for i, fault in faults.items()]
    refuse_if_mostly_bad(names, len(clips) - len(names), clips.folder)


def record_part(run: Path, shards: range, *, trust_code: bool = False) -> None:
    """Write some shards of a planned capture, in any process, from its ``spec.json`` alone.

    Parameters
    ----------
    run
        Run folder in which `write_spec` has put the specification.
    shards
        Positions among the shards of the capture.
    trust_code
        Let the file of the model run code.

    Raises
    ------
    CaptureFormatError
        If there is no specification.
    ModelLoadError
        If the model is not what it was when the capture was planned.
    """
    spec = read_spec(run)
    model = spec.model.load(trust_code=trust_code)
    record_shards(spec, model, [spec.shards(run)[i] for i in shards], run=run)


@contextmanager
def _recording(spec: CaptureSpec, model: AudioModel) -> Iterator[_Forward]:
    """A function from (waveforms, rows whose maps are kept) to what the network gave."""
    layers = {layer.name: layer for layer in spec.layers}
    traced = trace(model, spec.clips.n_samples)
    followers = {name: traced.followers(name) for name in layers}
    outputs: dict[str, _LayerOutput] = {}
    rows = np.empty(0, dtype=np.int64)
    n_clips = 0

    def keep(name: str, output: Tensor) -> None:
        call = name.partition("[")[0]
        if call in layers and call not in outputs:
            dtype = spec.choices.dtype
            activations = arrange(output[:n_clips].detach(), *layers[call].axes)
            outputs[call] = _LayerOutput(
                statistics=pool(activations, followers[call]),
                maps=_stored_maps(activations, rows, dtype) if layers[call].has_maps else None,
            )

    def forward(waveforms: np.ndarray, map_rows: np.ndarray) -> _Output:
        nonlocal rows, n_clips
        rows, n_clips = map_rows, len(waveforms)
        outputs.clear()
        scores = model.scores(torch.from_numpy(waveforms))
        return _Output(scores=scores.to("cpu", torch.float32).numpy(), layers=dict(outputs))

    network = model.network
    with borrowed(network), torch.no_grad(), recorded(network, list(layers), keep=keep):
        yield forward


def _stored_maps(activations: Tensor, rows: np.ndarray, dtype: str) -> StoredMaps | None:
    if not len(rows):
        return None
    all_rows = len(rows) == len(activations)
    return convert_maps(activations if all_rows else activations[torch.from_numpy(rows)], dtype)


def _rows(
    spec: CaptureSpec, shard: Shard, kept: np.ndarray, batch: Decoded, output: _Output
) -> list[Rows]:
    """Everything one batch leaves in a shard, behind the clips that it has kept."""
    clips = np.arange(shard.start, shard.stop)

    def rows(name: str, values: np.ndarray, index: np.ndarray = clips) -> Rows:
        return name, int(np.isin(kept, index).sum()), values, int(np.isin(clips, index).sum())

    found = [rows("scores/logits", output.scores)]
    has_audio = np.isin(batch.index, spec.audio_index)
    if has_audio.any():
        found.append(rows("audio/waveforms", batch.waveforms[has_audio], spec.audio_index))
    for name, layer in output.layers.items():
        found += [rows(f"pooled/{name}/{s}", getattr(layer.statistics, s)) for s in _STATISTICS]
        if layer.maps is not None:
            for array in ("maps", "scale", "error"):
                values = getattr(layer.maps, array)
                found.append(rows(f"maps/{name}/{array}", values, spec.map_index))
    return found
