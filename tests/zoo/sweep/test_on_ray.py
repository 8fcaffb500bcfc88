"""A sweep on two nodes of Ray outlives the loss of one."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.zoo.sweep import small
from tests.zoo.sweep.processes import owners, start_sweep, until

pytest.importorskip("ray")


_PORTS = (
    "metrics_agent_port",
    "metrics_export_port",
    "dashboard_agent_listen_port",
    "runtime_env_agent_port",
)
_PATIENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    "RAY_agent_register_timeout_ms": "300000",
    "RAY_worker_register_timeout_seconds": "300",
    "OMP_NUM_THREADS": "1",
}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Two nodes on this machine, of one core each; the first is the head."""
    for name, value in _PATIENT.items():
        monkeypatch.setenv(name, value)
    from ray.cluster_utils import Cluster

    found = Cluster(initialize_head=True, head_node_args={**_node(), "include_dashboard": False})
    found.add_node(**_node())
    yield found
    found.shutdown()


def _node() -> dict[str, int]:
    """A node whose ports are known, so that nothing waits for slow agents to choose them."""
    sockets = [socket.socket() for _ in _PORTS]
    for free in sockets:
        free.bind(("127.0.0.1", 0))
    ports = {name: free.getsockname()[1] for name, free in zip(_PORTS, sockets, strict=True)}
    for free in sockets:
        free.close()
    return {"num_cpus": 1, "num_gpus": 0, "object_store_memory": 10**8, **ports}


def test_a_sweep_outlives_the_loss_of_a_node(
    cluster: Any, tmp_path: Path, tones_folder: Path, finished_sweep: Path
) -> None:
    folder = tmp_path / "sweep"
    process = start_sweep(
        folder, tones_folder, "--executor", "ray", "--ray-address", cluster.address
    )

    until(lambda: len(owners(folder)) == 2, process)  # both nodes train
    (node,) = cluster.worker_nodes
    cluster.remove_node(node, allow_graceful=False)  # SIGKILL

    assert process.wait(300) == 0
    assert small.rows(folder) == small.rows(finished_sweep)
