"""The one streaming pass: decode, run, pool and store, a batch at a time."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from cnnviz.capture.pooling import ClipStatistics, StoredMaps, arrange, convert_maps, pool
from cnnviz.capture.spec import CaptureSpec, LayerAxes, Shard, read_spec
from cnnviz.capture.writing import Rows, writing_behind
from cnnviz.errors import CaptureFormatError
from cnnviz.hooks import borrowed, recorded
from cnnviz.model import AudioModel
from cnnviz.store.shards import FOLDER, read_identity

Progress = Callable[[int, int], None]
_STATISTICS = ("mean", "max", "rms", "peak")
_Batches = Iterator[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _LayerOutput:
    """What one layer gave for one batch."""

    statistics: ClipStatistics
    maps: StoredMaps | None


_Forward = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, dict[str, _LayerOutput]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Batch:
    """Clips that went through the network together, and all that came out."""

    index: np.ndarray
    waveforms: np.ndarray
    scores: np.ndarray
    outputs: dict[str, _LayerOutput]


def record_shards(
    spec: CaptureSpec,
    model: AudioModel,
    shards: Sequence[Shard],
    *,
    progress: Progress | None = None,
) -> None:
    """Write those of the shards that are missing.

    Parameters
    ----------
    spec
        What to keep.
    model
        The one that `spec` names; borrowed.
    shards
        Some or all of `spec.shards`; several processes may write a part each.
    progress
        Called with (clips done, clips in all) of these shards.
    """
    missing = [shard for shard in shards if not shard.path.is_file()]
    total = sum(shard.stop - shard.start for shard in shards)
    done = total - sum(shard.stop - shard.start for shard in missing)
    if progress is not None:
        progress(done, total)
    with (
        writing_behind(spec.identity(), packing=spec.choices.packing) as writer,
        _recording(spec, model) as forward,
        _decoded(spec, missing) as batches,
    ):
        for shard in missing:
            queue = writer.begin(shard.path)
            for _ in range(shard.start, shard.stop, spec.batch_size):
                index, waveforms = next(batches)
                scores, outputs = forward(waveforms, np.flatnonzero(np.isin(index, spec.map_index)))
                batch = _Batch(index=index, waveforms=waveforms, scores=scores, outputs=outputs)
                queue.put(_rows(spec, shard, batch))
                done += len(index)
                if progress is not None:
                    progress(done, total)
            queue.end()


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
    record_shards(spec, model, [spec.shards(run)[i] for i in shards])


def clear_run(spec: CaptureSpec, run: Path, *, overwrite: bool) -> None:
    """Remove what a killed run left half-written, and on request another capture.

    Raises
    ------
    CaptureFormatError
        If the folder holds shards of another capture and `overwrite` is False.
    """
    folder, identity = run / FOLDER, spec.identity()
    for path in folder.glob(".*.partial"):
        path.unlink(missing_ok=True)
    own_paths = {shard.path for shard in spec.shards(run)}
    for path in sorted(folder.glob("part-*.h5")):
        shard_identity = {"file": "damaged"} if overwrite else read_identity(path)
        if path in own_paths and not overwrite and shard_identity == identity:
            continue
        if not overwrite:
            changed = [key for key in identity if shard_identity.get(key) != identity[key]] or [
                "clips"
            ]
            raise CaptureFormatError(
                f"{run} holds a capture made with other settings (different: "
                f"{', '.join(changed)}); add --overwrite to discard it, or name another folder "
                "with --out"
            )
        path.unlink()
    if overwrite:
        (run / "capture.h5").unlink(missing_ok=True)


@contextmanager
def _recording(spec: CaptureSpec, model: AudioModel) -> Iterator[_Forward]:
    """A function from (waveforms, rows whose maps are kept) to scores and outputs of layers."""
    layers = {layer.name: layer for layer in spec.layers}
    outputs: dict[str, _LayerOutput] = {}
    rows = np.empty(0, dtype=np.int64)
    n_clips = 0

    def keep(name: str, output: Tensor) -> None:
        call = name.partition("[")[0]
        if call in layers and call not in outputs:
            dtype = spec.choices.dtype
            outputs[call] = _layer_output(output[:n_clips], layers[call], rows, dtype)

    def forward(
        waveforms: np.ndarray, map_rows: np.ndarray
    ) -> tuple[np.ndarray, dict[str, _LayerOutput]]:
        nonlocal rows, n_clips
        rows, n_clips = map_rows, len(waveforms)
        outputs.clear()
        scores = model.scores(torch.from_numpy(waveforms))
        return scores.to("cpu", torch.float32).numpy(), dict(outputs)

    network = model.network
    with borrowed(network), torch.no_grad(), recorded(network, list(layers), keep=keep):
        yield forward


def _layer_output(output: Tensor, layer: LayerAxes, rows: np.ndarray, dtype: str) -> _LayerOutput:
    activations = arrange(output.detach(), layer.time_axis, layer.frequency_axis)
    maps = None
    if len(rows):
        all_rows = len(rows) == len(activations)
        maps = convert_maps(activations if all_rows else activations[torch.from_numpy(rows)], dtype)
    return _LayerOutput(statistics=pool(activations), maps=maps)


@contextmanager
def _decoded(spec: CaptureSpec, shards: Sequence[Shard]) -> Iterator[_Batches]:
    """Batches of the shards, the next one decoded while the network works on this one."""
    size = spec.batch_size
    spans = [
        np.arange(first, min(first + size, shard.stop))
        for shard in shards
        for first in range(shard.start, shard.stop, size)
    ]

    def decode(index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return index, np.stack([spec.clips.waveform(int(i)) for i in index])  # (clip, sample)

    with ThreadPoolExecutor(1, thread_name_prefix="decode") as executor:

        def stream() -> _Batches:
            decoding = executor.submit(decode, spans[0]) if spans else None
            for next_span in [*spans[1:], None]:
                if decoding is None:
                    return
                batch = decoding.result()
                decoding = None if next_span is None else executor.submit(decode, next_span)
                yield batch

        try:
            yield stream()
        finally:
            executor.shutdown(cancel_futures=True)


def _rows(spec: CaptureSpec, shard: Shard, batch: _Batch) -> list[Rows]:
    """Everything one batch leaves in a shard."""
    batch_start, stop = int(batch.index[0]), shard.stop
    n_clips, first = stop - shard.start, batch_start - shard.start
    rows = [("scores/logits", first, batch.scores, n_clips)]
    has_audio = np.isin(batch.index, spec.audio_index)
    if has_audio.any():
        first_audio = _count(spec.audio_index, shard.start, batch_start)
        n_audio = _count(spec.audio_index, shard.start, stop)
        rows.append(("audio/waveforms", first_audio, batch.waveforms[has_audio], n_audio))
    first_map = _count(spec.map_index, shard.start, batch_start)
    n_maps = _count(spec.map_index, shard.start, stop)
    for name, output in batch.outputs.items():
        for statistic in _STATISTICS:
            values = getattr(output.statistics, statistic)
            rows.append((f"pooled/{name}/{statistic}", first, values, n_clips))
        if output.maps is not None:
            for array in ("maps", "scale", "error"):
                values = getattr(output.maps, array)
                rows.append((f"maps/{name}/{array}", first_map, values, n_maps))
    return rows


def _count(index: np.ndarray, start: int, stop: int) -> int:
    """Chosen clips among those from `start` to `stop`."""
    return int(np.sum((index >= start) & (index < stop)))
