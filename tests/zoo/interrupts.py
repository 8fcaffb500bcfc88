"""Ctrl-C for processes that tests start."""

import signal


def hear_interrupts() -> None:
    """Undo what a shell does to its background jobs, whose children ignore Ctrl-C too."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
