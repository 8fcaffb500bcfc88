"""A second command in a folder is told who is at work there."""

import os
import re

from commands import exit_code

from cnnviz.files import this_host
from cnnviz.lock import one_at_a_time


def test_a_second_report_names_process_command_and_time(tmp_path, capsys) -> None:
    (tmp_path / "results").mkdir()

    with one_at_a_time(tmp_path):
        code = exit_code("report", tmp_path)
    (line,) = capsys.readouterr().err.splitlines()

    by = rf"process {os.getpid()} on {re.escape(this_host())} \(.+\), at work since \d{{4}}-"
    assert code == 1
    assert re.match(rf"cnnviz: {re.escape(str(tmp_path))} is being written by {by}", line)
    assert line.endswith("wait until it ends, or name another folder with --out")
