"""Probes shared with forks: what is told, left out and begun."""

import os
import sys
import time
from dataclasses import dataclass

import pytest

from cnnviz import workflow
from cnnviz.errors import UnsupportedModelError
from cnnviz.run import Run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are not safe here")


@dataclass(frozen=True, kw_only=True)
class Refusing:
    """A probe that goes half its way and then cannot be made."""

    seconds: float = 0.0

    def run(self, run):
        run.advance(1, 2)
        time.sleep(self.seconds)
        raise UnsupportedModelError(f"refused by {os.getpid()}")


def tried(run, probes, **options):
    return list(workflow.probe_in_forks(run, probes, n_processes=2, **options))


def test_a_probe_that_cannot_be_made_is_told_with_its_reason_and_the_others_go_on(tmp_path):
    outcomes = tried(Run(tmp_path), [Refusing()] * 4)

    assert len(outcomes) == 4
    assert all(one.reason.startswith("test_probing: refused by ") for one in outcomes)
    assert len({one.reason for one in outcomes}) == 2, "by two processes"


def test_all_are_told_together_in_per_cent(tmp_path, monkeypatch):
    monkeypatch.setattr(workflow.probing, "_SECONDS_BETWEEN_LOOKS", 0.05)
    told = []
    run = Run(tmp_path, progress=lambda done, total: told.append((done, total)))

    tried(run, [Refusing(seconds=0.5)] * 2)

    assert (50, 100) in told, "each of the two is half done"
    assert told == sorted(told)


def test_a_spent_budget_leaves_out_all_but_the_first_also_in_forks(tmp_path):
    outcomes = tried(Run(tmp_path), [Refusing()] * 3, budget=0.0)

    reasons = sorted(one.reason.partition(" by ")[0] for one in outcomes)
    spent = "test_probing: left out, the budget of 0 s is spent"
    assert reasons == [spent, spent, "test_probing: refused"]
