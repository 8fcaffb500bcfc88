"""Clips as batches, decoded ahead; one that went bad since it was screened is told, not raised."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from cnnviz._decoding import examine, seconds_or_fault
from cnnviz.audio import Clips
from cnnviz.errors import AudioError


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoded:
    """Clips that go through the network together.

    Parameters
    ----------
    index
        Positions of those that could be decoded, int64 (b,).
    waveforms
        float32 (b, samples).
    faults
        What is wrong with the others, by their position.
    """

    index: np.ndarray
    waveforms: np.ndarray
    faults: Mapping[int, str]


def fault_of(clips: Clips, index: int) -> str | None:
    """What is wrong with a clip, by decoding its whole file; None: nothing."""
    start, stop = float(clips.starts[index]), float(clips.stops[index])
    found = seconds_or_fault(examine(clips.paths[index]), start, stop)
    return found if isinstance(found, str) else None


@contextmanager
def decoded(
    clips: Clips, spans: Sequence[np.ndarray], *, screened_ns: int
) -> Iterator[Iterator[Decoded]]:
    """Decode batches, the next one while the network works on this one.

    Parameters
    ----------
    clips
        Screened.
    spans
        Positions of the clips of each batch.
    screened_ns
        When they were screened, in nanoseconds since 1970: files that changed later are
        examined again.
    """

    def decode(span: np.ndarray) -> Decoded:
        found = {int(i): _waveform_or_fault(clips, int(i), screened_ns) for i in span}
        good = {i: waveform for i, waveform in found.items() if not isinstance(waveform, str)}
        return Decoded(
            index=np.array(list(good), dtype=np.int64),
            waveforms=np.stack(list(good.values())) if good else np.empty((0, 0), np.float32),
            faults={i: fault for i, fault in found.items() if isinstance(fault, str)},
        )

    with ThreadPoolExecutor(1, thread_name_prefix="decode") as executor:

        def stream() -> Iterator[Decoded]:
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


def _waveform_or_fault(clips: Clips, index: int, screened_ns: int) -> np.ndarray | str:
    try:
        file = clips.paths[index].stat()
        has_changed = max(file.st_mtime_ns, file.st_ctime_ns) >= screened_ns
        fault = fault_of(clips, index) if has_changed else None
        return fault or clips.waveform(index)
    except AudioError as error:
        return str(error.__cause__ or error)
    except OSError as error:
        return (error.strerror or str(error)).lower()
