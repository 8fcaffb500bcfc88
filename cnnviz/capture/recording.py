"""The one streaming pass: decode, run, pool and store, a batch at a time."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from cnnviz.capture.plan import CapturedLayer, Plan
from cnnviz.capture.pooling import ClipStatistics, StoredMaps, arrange, pool, store
from cnnviz.capture.writing import Rows, writing_behind
from cnnviz.errors import CaptureFormatError
from cnnviz.hooks import borrowed, recorded
from cnnviz.store.shards import FOLDER, read_identity, shard_path

Progress = Callable[[int, int], None]
_STATISTICS = ("mean", "max", "rms", "peak")
_Batches = Iterator[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Shard:
    """Clips `start` to `stop` (one past the last) of a capture, and their file."""

    path: Path
    start: int
    stop: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Heard:
    """What one layer answered to one batch."""

    statistics: ClipStatistics
    maps: StoredMaps | None


_Answer = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, dict[str, _Heard]]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Batch:
    """Clips that went through the network together, and all that came out."""

    index: np.ndarray
    waveforms: np.ndarray
    scores: np.ndarray
    heard: dict[str, _Heard]


def record_shards(
    plan: Plan, run: Path, *, overwrite: bool, progress: Progress | None
) -> tuple[Path, ...]:
    """Write the shards that are missing.

    Parameters
    ----------
    plan
        What to keep.
    run
        Run folder; shards lie in its folder ``capture``.
    overwrite
        Discard shards of another capture.
    progress
        Called with (clips done, clips in all).

    Returns
    -------
    tuple of Path
        All shards of the capture in order of their clips.

    Raises
    ------
    CaptureFormatError
        If the folder holds shards of another capture and `overwrite` is False.
    """
    shards = _shards(plan, run)
    identity = plan.identity()
    _clear(run, shards, identity, overwrite=overwrite)
    missing = [shard for shard in shards if not shard.path.is_file()]
    done = len(plan.clips) - sum(shard.stop - shard.start for shard in missing)
    if progress is not None:
        progress(done, len(plan.clips))
    with (
        writing_behind(identity, packing=plan.choices.packing) as writer,
        _listening(plan) as answer,
        _decoded(plan, missing) as batches,
    ):
        for shard in missing:
            queue = writer.begin(shard.path)
            for _ in range(shard.start, shard.stop, plan.batch_size):
                index, waveforms = next(batches)
                scores, heard = answer(waveforms, np.flatnonzero(np.isin(index, plan.map_index)))
                batch = _Batch(index=index, waveforms=waveforms, scores=scores, heard=heard)
                queue.put(_rows(plan, shard, batch))
                done += len(index)
                if progress is not None:
                    progress(done, len(plan.clips))
            queue.end()
    return tuple(shard.path for shard in shards)


def _shards(plan: Plan, run: Path) -> list[_Shard]:
    n_clips, size = len(plan.clips), plan.shard_clips
    return [
        _Shard(path=shard_path(run, i), start=start, stop=min(start + size, n_clips))
        for i, start in enumerate(range(0, n_clips, size))
    ]


def _clear(
    run: Path, shards: Sequence[_Shard], identity: dict[str, object], *, overwrite: bool
) -> None:
    """Remove what a killed run left half-written, and on request another capture."""
    folder = run / FOLDER
    for path in folder.glob(".*.partial"):
        path.unlink(missing_ok=True)
    wanted = {shard.path for shard in shards}
    for path in sorted(folder.glob("part-*.h5")):
        found = {"file": "damaged"} if overwrite else read_identity(path)
        if path in wanted and not overwrite and found == identity:
            continue
        if not overwrite:
            changed = [key for key in identity if found.get(key) != identity[key]] or ["clips"]
            raise CaptureFormatError(
                f"{run} holds a capture made with other settings (different: "
                f"{', '.join(changed)}); add --overwrite to discard it, or name another folder "
                "with --out"
            )
        path.unlink()
    if overwrite:
        (run / "capture.h5").unlink(missing_ok=True)


@contextmanager
def _listening(
    plan: Plan,
) -> Iterator[_Answer]:
    """A function from (waveforms, rows whose maps are kept) to scores and layers' answers."""
    layers = {layer.call.name: layer for layer in plan.layers}
    heard: dict[str, _Heard] = {}
    rows = np.empty(0, dtype=np.int64)
    n_clips = 0

    def keep(name: str, output: Tensor) -> None:
        call = name.partition("[")[0]
        if call in layers and call not in heard:
            heard[call] = _hear(output[:n_clips], layers[call], rows, plan.choices.dtype)

    def answer(waveforms: np.ndarray, map_rows: np.ndarray) -> tuple[np.ndarray, dict[str, _Heard]]:
        nonlocal rows, n_clips
        rows, n_clips = map_rows, len(waveforms)
        heard.clear()
        scores = plan.model.scores(torch.from_numpy(waveforms))
        return scores.to("cpu", torch.float32).numpy(), dict(heard)

    network = plan.model.network
    with borrowed(network), torch.no_grad(), recorded(network, list(layers), keep=keep):
        yield answer


def _hear(output: Tensor, layer: CapturedLayer, rows: np.ndarray, dtype: str) -> _Heard:
    call = layer.call
    activations = arrange(output.detach(), call.time_axis, call.frequency_axis)
    kept = None
    if len(rows):
        every = len(rows) == len(activations)
        kept = store(activations if every else activations[torch.from_numpy(rows)], dtype)
    return _Heard(statistics=pool(activations), maps=kept)


@contextmanager
def _decoded(plan: Plan, shards: Sequence[_Shard]) -> Iterator[_Batches]:
    """Batches of the shards, the next one decoded while the network works on this one."""
    size = plan.batch_size
    spans = [
        np.arange(first, min(first + size, shard.stop))
        for shard in shards
        for first in range(shard.start, shard.stop, size)
    ]

    def decode(index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return index, np.stack([plan.clips.waveform(int(i)) for i in index])  # (clip, sample)

    with ThreadPoolExecutor(1, thread_name_prefix="decode") as pool_:

        def stream() -> _Batches:
            waiting = pool_.submit(decode, spans[0]) if spans else None
            for following in [*spans[1:], None]:
                if waiting is None:
                    return
                batch = waiting.result()
                waiting = None if following is None else pool_.submit(decode, following)
                yield batch

        try:
            yield stream()
        finally:
            pool_.shutdown(cancel_futures=True)


def _rows(plan: Plan, shard: _Shard, batch: _Batch) -> list[Rows]:
    """Everything one batch leaves in a shard."""
    at, stop = int(batch.index[0]), shard.stop
    n_clips, first = stop - shard.start, at - shard.start
    found = [("scores/logits", first, batch.scores, n_clips)]
    chosen = np.isin(batch.index, plan.audio_index)
    if chosen.any():
        first_audio = _count(plan.audio_index, shard.start, at)
        n_audio = _count(plan.audio_index, shard.start, stop)
        found.append(("audio/waveforms", first_audio, batch.waveforms[chosen], n_audio))
    first_map = _count(plan.map_index, shard.start, at)
    n_maps = _count(plan.map_index, shard.start, stop)
    for name, heard in batch.heard.items():
        for statistic in _STATISTICS:
            values = getattr(heard.statistics, statistic)
            found.append((f"pooled/{name}/{statistic}", first, values, n_clips))
        if heard.maps is not None:
            for array in ("maps", "scale", "error"):
                values = getattr(heard.maps, array)
                found.append((f"maps/{name}/{array}", first_map, values, n_maps))
    return found


def _count(index: np.ndarray, start: int, stop: int) -> int:
    """Chosen clips among those from `start` to `stop`."""
    return int(np.sum((index >= start) & (index < stop)))
