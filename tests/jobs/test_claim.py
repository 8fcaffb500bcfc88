"""At most one worker has a task; what a dead one had is free at once."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from cnnviz.jobs.claim import Claim, is_claimed

_HOLD = """
import sys, time
from pathlib import Path
from cnnviz.jobs.claim import Claim
claim = Claim(Path(sys.argv[1]))
print(claim.take(wait=False), flush=True)
time.sleep(600)
"""


def _other_process(run: Path) -> "subprocess.Popen[str]":
    arguments = [sys.executable, "-c", _HOLD, str(run)]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    return process


def test_a_task_is_claimed_once(tmp_path: Path) -> None:
    first, second = Claim(tmp_path), Claim(tmp_path)

    assert first.take(wait=False)
    assert not second.take(wait=False)
    first.release()
    assert second.take(wait=False)
    second.release()


def test_looking_at_a_claim_does_not_break_it(tmp_path: Path) -> None:
    claim = Claim(tmp_path)
    before = is_claimed(tmp_path)
    claim.take(wait=False)

    looks = [is_claimed(tmp_path), is_claimed(tmp_path)]
    claim.release()

    assert (before, looks, is_claimed(tmp_path)) == (False, [True, True], False)


def test_a_killed_owner_loses_its_claim(tmp_path: Path) -> None:
    process = _other_process(tmp_path)
    claim = Claim(tmp_path)
    while_alive = (is_claimed(tmp_path), claim.take(wait=False))

    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()

    assert while_alive == (True, False)
    assert not is_claimed(tmp_path)
    assert claim.take(wait=False)
    claim.release()
