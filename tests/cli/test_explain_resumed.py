"""``cnnviz explain``, killed and called again."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from cnnviz import api
from cnnviz.attribution.methods.saliency import Saliency
from cnnviz.results import Relevance
from cnnviz.store import parts
from tests.cli.commands import exit_code

SLOW = """
import time
from cnnviz.attribution.methods.saliency import Saliency
from cnnviz.cli import main
from cnnviz.store import parts
quick = Saliency.relevance
def slow(self, scores, clip):
    time.sleep(1)
    return quick(self, scores, clip)
Saliency.relevance, parts._PATIENCE = slow, 0.0
main()
"""
N_CLIPS = 8


@pytest.fixture
def words(brought, tmp_path):
    return ("explain", f"{brought}/mynet.py:build", brought / "clips", "--sample-rate", 8000,
            "--classes", "high,low", "--method", "saliency", "--n-clips", N_CLIPS, "--no-proof",
            "--out", tmp_path / "run")  # fmt: skip


@pytest.fixture
def made(monkeypatch):
    """Clips of which a map was made in this process."""
    found, quick = [], Saliency.relevance

    def relevance(self, scores, clip):
        found.append(clip)
        return quick(self, scores, clip)

    monkeypatch.setattr(Saliency, "relevance", relevance)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr("torch.get_num_threads", lambda: 1)  # no forks, whose clips are not seen
    return found


def killed_after(words, n_parts):
    """Run a command whose maps take a second each, and kill it when some are kept."""
    command = [sys.executable, "-c", SLOW, *map(str, words)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 120
    results = words[-1] / "results"
    while len(list(results.glob("*.parts/*.h5"))) < n_parts and time.monotonic() < end:
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return sorted(results.glob("*.parts/*.h5"))


def test_what_a_killed_command_explained_is_not_explained_again(words, made):
    kept = killed_after(words, 3)

    assert exit_code(*words) == 0

    assert len(kept) >= 3
    assert len(made) == N_CLIPS - len(kept)
    assert not list((words[-1] / "results").glob("*.parts"))
    (resumed,) = api.open_run(words[-1]).find(Relevance)
    fresh = words[-1].with_name("fresh")
    assert exit_code(*words[:-1], fresh) == 0
    (whole,) = api.open_run(fresh).find(Relevance)
    assert resumed.id == whole.id
    np.testing.assert_array_equal(resumed.clip_index, whole.clip_index)
    np.testing.assert_array_equal(resumed.time_frequency, whole.time_frequency)


def test_damaged_and_foreign_parts_are_made_anew(words, made, monkeypatch):
    monkeypatch.setattr(parts, "_PATIENCE", 0.0)
    assert exit_code(*words) == 0
    (whole,) = api.open_run(words[-1]).find(Relevance)
    (path,) = (words[-1] / "results").glob("saliency-*.h5")
    expected = list(made)
    assert expected == list(range(N_CLIPS))
    made.clear()
    folder = parts.parts_of(path, whole.provenance, whole.clip_index.tolist()).folder
    folder.mkdir()
    first, second, third = (folder / f"{clip:06d}.h5" for clip in whole.clip_index[:3])
    first.write_bytes(b"no HDF5")
    second.write_bytes(path.read_bytes())  # a result, not a part
    path.rename(third)

    assert exit_code(*words) == 0

    assert made == expected
    (again,) = api.open_run(words[-1]).find(Relevance)
    np.testing.assert_array_equal(again.time_frequency, whole.time_frequency)
    assert not folder.exists()


def test_a_short_explanation_leaves_no_parts(words, made, monkeypatch):
    written = []
    monkeypatch.setattr(parts, "write_record", lambda *record: written.append(record))

    assert exit_code(*words) == 0

    assert len(made) == N_CLIPS
    assert not written


def test_workers_make_the_maps_that_this_process_makes(words, made):
    words = ("explain", "--top", 2, *words[1:])
    assert exit_code(*words[:-1], words[-1].with_name("alone")) == 0
    made.clear()

    assert exit_code(*words, "--workers", 2, "--devices", "cpu") == 0

    assert not made  # workers did
    alone, by_workers = (
        api.open_run(folder).find(Relevance) for folder in (words[-1].with_name("alone"), words[-1])
    )
    assert len(alone) == len(by_workers) == 2
    for one, other in zip(alone, by_workers, strict=True):
        assert one.id == other.id
        np.testing.assert_allclose(one.time_frequency, other.time_frequency, rtol=1e-5)
    assert not list((words[-1] / "results").glob("*.parts"))


def test_what_workers_fail_at_this_process_does(words, made, brought, tmp_path, capfd):
    code = (brought / "mynet.py").read_text()
    refusal = (
        "    import multiprocessing\n    assert not multiprocessing.parent_process(), 'not here'\n"
    )
    network = tmp_path / "network.py"
    network.write_text(code.replace("def build():\n", f"def build():\n{refusal}"))

    command = ("explain", f"{network}:build", *words[2:], "--workers", 1, "--devices", "cpu")
    assert exit_code(*command) == 0

    assert len(made) == N_CLIPS
    assert "a worker failed at clips 0 to 1: " in capfd.readouterr().err


def test_a_budget_and_workers_are_refused(words):
    assert exit_code(*words, "--budget", 5, "--workers", 2) == 2
