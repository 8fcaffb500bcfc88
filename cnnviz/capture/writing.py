"""A second thread that packs and writes shards while the network works on the next batch."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Full, Queue

import numpy as np

from cnnviz.store.shards import ShardWriter, writing_shard

Rows = tuple[str, int, np.ndarray, int]  # array, first row, values, rows of the whole shard
_PENDING = 2  # batches that may wait for the disk before the network waits too
_POLL = 0.1  # seconds between looks at whether the other side is still there


class _Abandoned(Exception):  # noqa: N818 (a signal between threads, not an error)
    """The shard will not be finished."""


class ShardQueue:
    """Batches of one shard on their way to disk."""

    def __init__(self) -> None:
        self._queue: Queue[list[Rows] | Mapping[int, str]] = Queue(_PENDING)
        self.abandoned = False
        self.written: Future[None] | None = None

    def put(self, rows: list[Rows]) -> None:
        """Hand over a batch; waits while too many are pending, raises what the writer raised."""
        self._hand_over(rows)

    def end(self, skipped: Mapping[int, str]) -> None:
        """Wait until the shard is whole on disk, so that a stop costs at most one shard.

        Parameters
        ----------
        skipped
            Why clips of it could not be decoded, by their position in the run.
        """
        self._hand_over(skipped)
        assert self.written is not None
        self.written.result()

    def _hand_over(self, rows: list[Rows] | Mapping[int, str]) -> None:
        while True:
            if self.written is not None and self.written.done():
                self.written.result()
            try:
                self._queue.put(rows, timeout=_POLL)
            except Full:
                continue
            return

    def drain(self, writer: ShardWriter) -> None:
        """Write batches until the end of the shard."""
        while True:
            if self.abandoned:
                raise _Abandoned
            try:
                rows = self._queue.get(timeout=_POLL)
            except Empty:
                continue
            if isinstance(rows, Mapping):
                writer.end(rows)
                return
            for name, first, values, n_rows in rows:
                writer.put(name, first, values, n_rows)


class Writer:
    """Writes shards one after the other in its own thread."""

    def __init__(self, pool: ThreadPoolExecutor, identity: Mapping[str, object], packing: str):
        self._pool, self._identity, self._packing = pool, identity, packing
        self._queue: ShardQueue | None = None

    def begin(self, path: Path) -> ShardQueue:
        """Start a shard; it is on disk after its `end`."""
        self._queue = ShardQueue()
        self._queue.written = self._pool.submit(self._write, path, self._queue)
        return self._queue

    def abandon(self) -> None:
        """Give up the shard that is not finished."""
        if self._queue is not None:
            self._queue.abandoned = True

    def _write(self, path: Path, queue: ShardQueue) -> None:
        with writing_shard(path, self._identity, packing=self._packing) as writer:
            queue.drain(writer)


@contextmanager
def writing_behind(identity: Mapping[str, object], *, packing: str) -> Iterator[Writer]:
    """Write shards in a second thread.

    When the block fails, the shard at work disappears and finished ones stay.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="write") as pool:
        writer = Writer(pool, identity, packing)
        try:
            yield writer
        finally:
            writer.abandon()
