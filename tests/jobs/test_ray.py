"""Ray: what is missing or mistyped is told before anything starts."""

import socket
from pathlib import Path

import pytest

from cnnviz import packages
from cnnviz.errors import CnnvizError, ParameterError
from cnnviz.jobs import Job
from cnnviz.jobs.executors import ray as executor

pytest.importorskip("ray")


def test_nothing_at_an_address_is_told_before_anything_is_written(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    job = Job(folder=tmp_path / "job", tasks=(), ray_address=f"127.0.0.1:{port}")

    told = (
        rf"no Ray cluster answers at ray_address='127.0.0.1:{port}' .*; start one with: ray start"
    )
    with pytest.raises(CnnvizError, match=told):
        executor.check(job)


def test_an_address_that_is_none_is_told(tmp_path: Path) -> None:
    job = Job(folder=tmp_path, tasks=(), ray_address="somewhere")

    with pytest.raises(ParameterError, match="ray_address='somewhere'; allowed: auto, local, or"):
        executor.check(job)


def test_ray_chooses_the_gpu_itself(tmp_path: Path) -> None:
    job = Job(folder=tmp_path, tasks=(), devices=("cuda:1",))

    with pytest.raises(ParameterError, match="devices=cuda:1; allowed with executor 'ray': cpu or"):
        executor.check(job)


def test_missing_ray_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "find_spec", lambda name: None)
    job = Job(folder=tmp_path, tasks=())

    with pytest.raises(CnnvizError, match=r"install it: pip install 'cnnviz\[cluster\]'"):
        executor.check(job)
