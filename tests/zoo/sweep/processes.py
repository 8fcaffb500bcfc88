"""Sweeps in processes of their own, to be killed in the middle."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

from filelock import SoftFileLease

from tests.zoo.interrupts import hear_interrupts
from tests.zoo.sweep import small

WAIT = 300.0  # seconds; machines that run tests may be busy
PRECISION = ("--precision", "32")  # on every processor
Process = subprocess.Popen[bytes]


def start_sweep(folder: Path, data: Path, *options: str) -> Process:
    """Start the small sweep through the command line, with one thread per worker."""
    grid = folder.with_suffix(".toml")
    grid.write_text(small.GRID)
    words = ("zoo", "sweep", str(grid), "--data", str(data), "--out", str(folder))
    code = "import sys; from cnnviz.cli import main; main(sys.argv[1:])"
    with folder.with_suffix(".log").open("ab") as told:
        return subprocess.Popen(
            [sys.executable, "-c", code, *words, *PRECISION, *options],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stderr=told,
            start_new_session=True,
            preexec_fn=hear_interrupts,  # noqa: PLW1509 (only sets a signal)
        )


def until(condition: Callable[[], object], process: Process) -> None:
    """Wait for something to come true while a sweep runs."""
    end = monotonic() + WAIT
    while not condition():
        assert monotonic() < end, "waited too long"
        assert process.poll() is None, "the sweep ended too early"
        sleep(0.02)


def owners(folder: Path) -> set[int]:
    """Process numbers of those who train at the moment."""
    claims = folder.glob("trials/*/claim.lock")
    found = (SoftFileLease(path, lease_duration=60.0).pid for path in claims)
    return {pid for pid in found if pid is not None}
