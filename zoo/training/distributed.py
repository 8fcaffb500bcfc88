"""One training on several devices: a process each, which share every batch.

S. Li and others, "PyTorch Distributed: Experiences on Accelerating Data Parallel Training",
2020: gradients are averaged over the shares. Batch norm sees the share of its own device.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import Thread

from lightning.pytorch import Trainer
from lightning.pytorch.strategies import DDPStrategy
from torch.multiprocessing import get_context
from torch.multiprocessing.spawn import ProcessExitedException, ProcessRaisedException

from cnnviz.errors import CnnvizError

from .quiet import be_quiet
from .request import Training

_START = "spawn"  # CUDA cannot be used in a process that was forked


class _QuietDDP(DDPStrategy):  # type: ignore[misc]  # untyped, see pyproject
    """Each process leaves out what Lightning says of itself, as the first one does."""

    def setup_environment(self) -> None:
        """Called first in each process."""
        be_quiet()
        super().setup_environment()


def strategy(devices: int) -> DDPStrategy | str:
    """How Lightning runs a training on so many devices."""
    return "auto" if devices == 1 else _QuietDDP(start_method=_START)


def end_processes(trainer: Trainer) -> None:
    """End the processes of a training, where it has any and they still live."""
    kill = getattr(trainer.strategy.launcher, "kill", None)
    if kill is not None:
        kill(signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class _Relay:
    """Sends lines to the process that began the training; can itself be sent to another.

    Only the first of the processes tells anything, so no lock is needed, which one that is
    killed could keep for ever.
    """

    lines: Connection

    def __call__(self, line: str) -> None:
        self.lines.send(line)


@contextmanager
def relayed(
    tell: Callable[[str], None] | None, training: Training
) -> Iterator[Callable[[str], None] | None]:
    """Give what the processes of a training can call, whatever `tell` is; tell their errors.

    Raises
    ------
    CnnvizError
        If one of several processes died; the others are ended.
    """
    if "," not in training.device:
        yield tell
        return
    try:
        with nullcontext() if tell is None else _forwarded(tell) as relay:
            yield relay
    except (ProcessRaisedException, ProcessExitedException) as error:
        last = str(error).strip().rpartition("\n")[2]
        raise CnnvizError(
            f"a process of the training of {training.name} on {training.device} ended ({last}); "
            f"what was trained stays in {training.folder}; go on with the same command and "
            "--resume, or try a smaller batch size"
        ) from error


@contextmanager
def _forwarded(tell: Callable[[str], None]) -> Iterator[_Relay]:
    """Tell what comes out of a pipe, while the processes at its other end are at work."""
    receiver, sender = get_context(_START).Pipe(duplex=False)
    failed: list[Exception] = []

    def forward() -> None:
        while (line := receiver.recv()) is not None:
            try:
                if not failed:
                    tell(line)
            except Exception as error:
                failed.append(error)

    reader = Thread(target=forward, daemon=True)
    reader.start()
    try:
        yield _Relay(sender)
    finally:
        sender.send(None)
        reader.join()
    if failed:
        raise failed[0]
