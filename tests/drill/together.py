"""Two commands on one run at once, and commands that are told to stop."""

import os
import random
import signal
import threading
from pathlib import Path
from time import sleep

from tests.drill import specimens
from tests.drill.judging import Outcome, Setting, judge
from tests.drill.kills import captured, undisturbed
from tests.drill.kinds import Kind


def two_at_once(seed: int, folder: Path) -> Outcome:
    """Two captures into one folder: the second is told, or goes on where the first ended."""
    name, wait = f"two at once {seed}", random.Random(seed).uniform(0, 0.5)
    words = _thirty(folder)
    for own in ("first", "second"):
        (folder / own).mkdir()
    first = os.fork()
    if not first:
        outcome = judge(name, words, folder / "first", Setting(own=folder))
        os._exit(bool(outcome.fault) * 2 or outcome.code)
    sleep(wait)
    second = judge(name, words, folder / "second", Setting(own=folder))
    status = os.waitstatus_to_exitcode(os.waitpid(first, 0)[1])
    faults = {
        second.fault: bool(second.fault),
        "a fault of the first": status not in (0, 1),
        "neither recorded": bool(status and second.code),
        "not told who works there": bool(second.code) and "since" not in second.said,
    }
    fault = next((fault for fault, is_so in faults.items() if is_so), "")
    if not fault and captured(folder / "out") != undisturbed(_thirty, captured)[0]:
        fault = "another result"
    return Outcome(name=name, code=second.code, fault=fault, said=second.said)


def _thirty(folder: Path) -> list[str]:
    clips, network = specimens.clips(folder, n_clips=30), specimens.network(folder)
    out = str(folder / "out")
    return ["capture", str(network), str(clips), "--out", out, "--batch-size", "1"]


def interrupted(seed: int, folder: Path) -> Outcome:
    """Ctrl-C at a random moment: one line and status 130, or done before it."""
    words = _thirty(folder)
    seconds = random.Random(seed).uniform(0, 1.0)

    def interrupt() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT)).start()

    outcome = judge(f"interrupted {seed}", words, folder, Setting(before=interrupt))
    last = outcome.said.strip().rsplit("\n", 1)[-1]
    if not outcome.fault and outcome.code == 130 and not last.startswith("cnnviz: "):
        return Outcome(name=outcome.name, fault="no line about the stop", said=outcome.said)
    return outcome


KINDS = (
    Kind(name="two captures", group="at once", case=two_at_once, n_short=2, n_whole=40),
    Kind(name="Ctrl-C", group="stops", case=interrupted, n_short=3, n_whole=100),
)
