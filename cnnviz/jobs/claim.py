"""Claims: at most one worker is at a task, and what a dead one left is taken up again.

A claim is a lease in a file: its owner refreshes it while it lives. It ends when the owner
releases it, is found dead on the same machine, or was not heard of for a minute.
"""

import os
import signal
import time
from pathlib import Path

_EXPIRY = 60.0  # seconds without a refresh until an owner counts as dead
_POLL = 0.5  # seconds
_NAME = "claim.lock"


class Claim:
    """The right to work in a folder.

    Parameters
    ----------
    folder
        Of a task.
    """

    def __init__(self, folder: Path) -> None:
        from filelock import SoftFileLease

        self._lease = SoftFileLease(
            folder / _NAME,
            lease_duration=_EXPIRY,
            heartbeat_interval=_EXPIRY / 12,
            on_compromise=_end_this_process,
        )

    def take(self, *, wait: bool) -> bool:
        """Take the claim; False when another worker has it and `wait` is False."""
        from filelock import Timeout

        try:
            self._lease.acquire(timeout=-1 if wait else 0, poll_interval=_POLL)
        except Timeout:
            return False
        return True

    def release(self) -> None:
        """Give it back."""
        self._lease.release()


def _end_this_process(_: object) -> None:
    """End at once, before anything is written where another worker is at work now."""
    os.kill(os.getpid(), signal.SIGKILL)


def is_claimed(folder: Path) -> bool:
    """Whether a worker was heard of in a folder within the last minute."""
    try:
        age = time.time() - (folder / _NAME).stat().st_mtime
    except OSError:
        return False
    return age < _EXPIRY and _is_alive_or_elsewhere(folder)


def _is_alive_or_elsewhere(folder: Path) -> bool:
    """Taking a claim tells a dead owner on this machine; a live one keeps it."""
    claim = Claim(folder)
    try:
        if not claim.take(wait=False):
            return True
    except OSError:  # a folder that can only be read
        return True
    claim.release()
    return False
