"""Stages of a command: how far they are, how long they took, and nothing of it when quiet."""

import io
import re
from queue import Queue

import pytest

from cnnviz.cli import _progress, main
from tests.cli.commands import exit_code


class Lines(io.StringIO):
    """A stderr that is no terminal, whose lines can be waited for."""

    def __init__(self):
        super().__init__()
        self._written = Queue()

    def write(self, text):
        self._written.put(text)
        return len(text)

    def wait_for(self, pattern):
        """Go on once a line is like this; a minute without any line is too long."""
        while not re.fullmatch(pattern, self._written.get(timeout=60)):
            pass


def test_a_stage_ends_with_its_name_and_its_seconds(capsys):
    with _progress.progress("capturing"):
        pass

    assert re.fullmatch(r"capturing: \d+\.\d s\n", capsys.readouterr().err)


def test_where_no_terminal_is_lines_tell_how_far_a_stage_is(monkeypatch):
    stderr = Lines()
    monkeypatch.setattr("sys.stderr", stderr)
    monkeypatch.setattr(_progress, "SECONDS_BETWEEN_LINES", 1e-3)

    with _progress.progress("capturing") as advance:
        stderr.wait_for(r"capturing: \d+ s \.\.\.\n")
        advance(1200, 4242)
        stderr.wait_for(r"capturing: 1,200 of 4,242, \d+ s \.\.\.\n")


def test_lines_come_at_least_every_ten_seconds():
    assert _progress.SECONDS_BETWEEN_LINES < 10


def test_a_stage_that_fails_tells_no_time(capsys):
    with pytest.raises(ZeroDivisionError), _progress.progress("capturing"):
        raise ZeroDivisionError

    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("words", [("--quiet", "capture"), ("capture", "--quiet")], ids=" ".join)
def test_quiet_prints_the_answer_alone(words, brought, tmp_path, capsys):
    model = (f"{brought}/mynet.py:build", brought / "clips", "--sample-rate", "8000")

    code = exit_code(*words, *model, "--out", tmp_path)

    said = capsys.readouterr()
    assert (code, said.err) == (0, "")
    assert said.out.split() == [str(tmp_path / "capture.h5")]


def test_quiet_errors_are_told(capsys):
    with pytest.raises(SystemExit):
        main(["layers", "zoo:no-such-network", "--quiet"])

    assert capsys.readouterr().err.startswith("cnnviz: 'no-such-network' is not in the zoo")
