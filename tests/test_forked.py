"""Work shared with forks: nothing is lost or done twice, whatever befalls them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz import forked
from cnnviz.attribution.attribute import attribute
from cnnviz.attribution.methods.integrated_gradients import IntegratedGradients
from cnnviz.forked import in_forks, n_cores
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are not safe here")


@pytest.fixture(autouse=True)
def is_always_worth_it(monkeypatch):
    monkeypatch.setattr(forked, "_WORTH_SECONDS", 0)


def shared(work, items, n_processes=3):
    found = list(in_forks(work, items, n_processes=n_processes))
    assert sorted(place for place, _ in found) == list(range(len(items))), "each once"
    assert not _children(), "nobody is left behind"
    return [result for _, result in sorted(found, key=lambda pair: pair[0])]


def _children():
    try:
        return os.waitpid(-1, os.WNOHANG) != (0, 0)
    except ChildProcessError:
        return False


@pytest.mark.parametrize("n_items", [0, 1, 2, 7])
@pytest.mark.parametrize("n_processes", [1, 2, 3, 20])
def test_all_is_done_as_by_one_process(n_items, n_processes):
    items = list(range(n_items))

    assert shared(lambda x: x**2, items, n_processes) == [x**2 for x in items]


def test_several_processes_work():
    assert len(set(shared(lambda _: os.getpid(), range(9)))) == 3


def test_forks_work_in_what_they_share():
    entered = []

    class Sharing:
        def __enter__(self):
            entered.append(1)

        def __exit__(self, *_):
            entered.pop()

    found = dict(in_forks(lambda _: len(entered), range(6), n_processes=2, sharing=Sharing))

    assert found == {0: 0, **dict.fromkeys(range(1, 6), 1)}
    assert not entered


def test_arrays_and_read_only_mappings_come_back():
    def work(x):
        return MappingProxyType({"array": np.full(300_000, x)})

    found = shared(work, range(5))

    assert [int(one["array"][-1]) for one in found] == list(range(5))
    assert all(isinstance(one, MappingProxyType) for one in found)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSEGV, "leaves", "cannot be pickled"])
def test_what_a_fork_fails_to_do_is_done_here(how):
    parent = os.getpid()

    def work(x):
        if os.getpid() != parent and x == 4:
            if how == "cannot be pickled":
                return lambda: None
            if how == "leaves":
                os._exit(3)
            os.kill(os.getpid(), how)
            time.sleep(10)
        return x

    assert shared(work, range(9)) == list(range(9))


def test_a_fork_that_hangs_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(forked, "_SPARE_SECONDS", 0.2)
    parent = os.getpid()

    def work(x):
        if os.getpid() != parent:
            time.sleep(1000)
        return x

    assert shared(work, range(4), n_processes=2) == [0, 1, 2, 3]


def test_an_error_is_raised_here_with_its_own_type():
    def work(x):
        if x == 2:
            raise ZeroDivisionError("of two")
        return x

    with pytest.raises(ZeroDivisionError, match="of two"):
        list(in_forks(work, range(6), n_processes=2))
    assert not _children()


def test_whoever_stops_listening_leaves_nobody_behind():
    results = in_forks(lambda x: x, range(50), n_processes=3)
    for place, _ in results:
        if place > 2:
            break
    results.close()

    assert not _children()


_TELL_OF_FORKS = """
import os, time
from cnnviz.forked import in_forks

def work(x):
    os.write(1, b"%d\\n" % os.getpid())  # at once, or the lines of both could mingle
    time.sleep(100)

list(in_forks(work, range(2), n_processes=2, is_long=True))
"""


def test_forks_of_a_killed_process_are_gone():
    command = [sys.executable, "-c", _TELL_OF_FORKS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            told = {int(process.stdout.readline()) for _ in range(2)}
            (fork,) = told - {process.pid}
        finally:
            process.kill()

    for _ in range(100):
        if not Path(f"/proc/{fork}").exists() or "State:\tZ" in _status(fork):
            return
        time.sleep(0.05)
    pytest.fail("the fork goes on")


def _status(process):
    try:
        return Path(f"/proc/{process}/status").read_text()
    except OSError:
        return "State:\tZ"


def test_short_work_is_not_shared(monkeypatch):
    monkeypatch.setattr(forked, "_WORTH_SECONDS", 0.5)

    assert set(shared(lambda _: os.getpid(), range(9))) == {os.getpid()}


@pytest.mark.parametrize(("asked", "expected"), [("1", 1), ("3", 3), ("0", 1)])
def test_the_number_of_threads_that_is_asked_for_is_that_of_processes(monkeypatch, asked, expected):
    monkeypatch.setenv("OMP_NUM_THREADS", asked)

    assert n_cores() == expected


def test_clips_explained_beside_each_other_are_those_explained_in_turn():
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv1d(1, 8, 16, stride=4), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5),
        nn.AdaptiveAvgPool1d(4), nn.Flatten(), nn.Linear(32, 3),
    )  # fmt: skip
    contract = ModelSpec(sample_rate=8000, frontend=FrontendSpec())
    model = assemble(network, contract, name="tiny", reference="tiny")
    waveforms = np.random.default_rng(0).normal(size=(5, 800)).astype(np.float32)
    told = {1: [], 2: []}
    before, n_threads = torch.get_rng_state(), torch.get_num_threads()

    found = {}
    for n, seen in told.items():
        torch.set_num_threads(n)
        found[n] = attribute(
            IntegratedGradients(),
            model,
            waveforms,
            np.arange(5) % 3,
            progress=lambda *step, seen=seen: seen.append(step),
        )
        assert torch.get_num_threads() == n
    torch.set_num_threads(n_threads)

    for one, other in zip(found[1].clips, found[2].clips, strict=True):
        np.testing.assert_array_equal(one.coefficients, other.coefficients)
        assert one.n_steps == other.n_steps
    assert told[1] == told[2] == [(k, 5) for k in range(1, 6)]
    assert torch.equal(before, torch.get_rng_state())
