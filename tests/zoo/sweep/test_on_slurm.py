"""A sweep through submitit; there is no SLURM here, so its own local jobs stand for it."""

from pathlib import Path

import pytest

from cnnviz.jobs.executors import slurm
from tests.zoo.sweep import small
from zoo.sweep.run import run_sweep

pytest.importorskip("submitit")
LOCAL = (("cluster", "local"), ("timeout_min", "30"))


def test_jobs_of_submitit_give_the_same_table(
    tmp_path: Path, tones_folder: Path, finished_sweep: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    folder, chosen = tmp_path / "sweep", small.plan(tmp_path / "sweep", tones_folder, limit=2)
    job = small.job(folder, chosen, slurm=LOCAL, workers=2)

    counts = run_sweep(chosen, job, slurm, precision=small.PRECISION, tell=lambda counts: None)

    assert counts.done == 2
    assert small.rows(folder) == small.rows(finished_sweep)[:2]
