"""Run a command in this process."""

from cnnviz.cli import main


def exit_code(*words):
    """The exit code of ``cnnviz`` with these words."""
    try:
        main([str(word) for word in words])
    except SystemExit as stop:
        return stop.code or 0
    return 0
