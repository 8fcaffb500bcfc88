"""``cnnviz probe`` by several processes, killed and called again."""

import os
import signal
import subprocess
import sys
import time

import pytest

import cnnviz
from tests.cli.commands import exit_code

PROBES = ("integration_windows", "tone_tuning")
STUCK = """
import time
from cnnviz.analyzers.tone_tuning import PureToneTuning
from cnnviz.cli import main
PureToneTuning.run = lambda self, run: time.sleep(600)
main()
"""


@pytest.fixture
def words(brought, tmp_path):
    names = [word for probe in PROBES for word in ("--probe", probe)]
    return ("probe", f"{brought}/mynet.py:build", "--sample-rate", 8000, "--n-samples", 2400,
            *names, "--out", tmp_path / "run")  # fmt: skip


@pytest.fixture
def made(monkeypatch):
    """Probes that were made in this process or a fork of it, one line each."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    found = []
    for module, kind in (
        ("integration_windows", "UnitWindows"),
        ("tone_tuning", "PureToneTuning"),
    ):
        analyzer = getattr(__import__(f"cnnviz.analyzers.{module}", fromlist=[kind]), kind)

        def run(self, run, *, quick=analyzer.run, name=module):
            found.append(name)
            return quick(self, run)

        monkeypatch.setattr(analyzer, "run", run)
    return found


def assert_same(folder, other):
    one, two = cnnviz.open_run(folder).results, cnnviz.open_run(other).results
    assert [*one] == [*two]
    assert sorted(name.partition("-")[0] for name in one) == sorted(PROBES)
    for name in ("probe.csv", "probe.json"):
        assert (folder / name).read_bytes() == (other / name).read_bytes()


@pytest.mark.skipif(sys.platform != "linux", reason="forks are not safe here")
def test_forks_leave_what_one_process_makes(words, made, monkeypatch, capfd):
    assert exit_code(*words[:-1], words[-1].with_name("alone")) == 0
    assert sorted(made) == sorted(PROBES)
    made.clear()
    monkeypatch.setenv("OMP_NUM_THREADS", "2")

    assert exit_code(*words) == 0

    assert len(made) == 1, "the other by a fork"
    assert "2 probes, 2 at a time: " in capfd.readouterr().err
    assert_same(words[-1], words[-1].with_name("alone"))


def test_workers_leave_what_one_process_makes(words, made):
    assert exit_code(*words[:-1], words[-1].with_name("alone")) == 0
    made.clear()

    assert exit_code(*words, "--workers", 2, "--devices", "cpu") == 0

    assert not made, "workers did"
    assert_same(words[-1], words[-1].with_name("alone"))
    assert not list((words[-1] / "results").glob("*.parts"))
    commands = {one.provenance.command for one in cnnviz.open_run(words[-1])}
    assert len(commands) == 1


def test_what_workers_fail_at_this_process_does(words, made, brought, tmp_path, capfd):
    code = (brought / "mynet.py").read_text()
    refusal = (
        "    import multiprocessing\n    assert not multiprocessing.parent_process(), 'not here'\n"
    )
    network = tmp_path / "network.py"
    network.write_text(code.replace("def build():\n", f"def build():\n{refusal}"))

    command = ("probe", f"{network}:build", *words[2:], "--workers", 1, "--devices", "cpu")
    assert exit_code(*command) == 0

    assert sorted(made) == sorted(PROBES)
    assert "a worker failed at tone_tuning-" in capfd.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="forks are not safe here")
def test_what_a_killed_command_left_is_not_made_again(words, made):
    command = [sys.executable, "-c", STUCK, *map(str, words)]
    environment = {**os.environ, "OMP_NUM_THREADS": "2"}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    end, results = time.monotonic() + 120, words[-1] / "results"
    while not list(results.glob("integration_windows-*.h5")) and time.monotonic() < end:
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (left,) = results.glob("*.h5")
    before = left.read_bytes()

    assert exit_code(*words) == 0

    assert made == ["tone_tuning"]
    assert left.read_bytes() == before
    ids = sorted(one.id.partition("-")[0] for one in cnnviz.open_run(words[-1]))
    assert ids == sorted(PROBES)


def test_a_budget_and_workers_are_refused(words):
    assert exit_code(*words, "--budget", 5, "--workers", 2) == 2
