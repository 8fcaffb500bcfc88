"""MLflow finds all trainings in one database, with what came of them, and asks nobody."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.zoo.loggers import logged
from zoo.card import read_card

_WATCH = """
import sys
seen = []
watched = ("socket.getaddrinfo", "socket.gethostbyname", "socket.connect", "socket.sendto")
sys.addaudithook(lambda event, values: event in watched and seen.append((event, str(values))))
from pathlib import Path
from zoo.loggers import Trackers, Tracking
folder = Path(sys.argv[1])
folder.mkdir()
tracking = Tracking(kinds=("mlflow",), store=Path(sys.argv[2]), run_name="watched")
trackers = Trackers(folder, tracking)
trackers.begin({"seed": 0})
trackers.loggers[-1].log_metrics({"loss": 1.0}, step=1)
trackers.finish("success")
import threading
for thread in threading.enumerate():
    if thread.name == "GetTelemetryConfig":
        thread.join()
print(seen)
"""
_TESTED = ("CI", "GITHUB_ACTIONS", "PYTEST_CURRENT_TEST")  # with these MLflow is quiet by itself


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of all trainings of this file, and of their store."""
    return tmp_path_factory.mktemp("mlflow")


@pytest.fixture(scope="module")
def client(home: Path):
    mlflow = pytest.importorskip("mlflow")
    return mlflow.MlflowClient(f"sqlite:///{home / logged.STORE / 'mlflow' / 'mlflow.db'}")


@pytest.fixture(scope="module")
def first_two(home: Path, client):
    """Run folder and kept run of two trainings."""
    folders = {name: logged.run(home / name, "mlflow") for name in ("first", "second")}
    return {name: (folder, _run(client, name)) for name, folder in folders.items()}


def _run(client, name: str):
    """The only run of a name."""
    experiment = client.get_experiment_by_name("cnnviz").experiment_id
    (run,) = [run for run in client.search_runs([experiment]) if run.info.run_name == name]
    return run


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of SQLAlchemy, by mlflow
class TestTrainings:
    def test_share_a_database(self, first_two) -> None:
        for _, run in first_two.values():
            assert run.info.status == "FINISHED"
            assert {"train_loss", "validation_accuracy"} <= set(run.data.metrics)

    def test_have_their_parameters(self, first_two) -> None:
        folder, run = first_two["first"]
        recipe = json.loads((folder / "request.json").read_text())["recipe"]

        found = run.data.params

        assert found["network"] == logged.NAME
        assert float(found["learning_rate"]) == recipe["learning_rate"]
        assert float(found["augmentation/tilt"]) == recipe["augmentation"]["tilt"]
        assert (found["n_train"], found["n_test"], found["epochs"]) == ("12", "6", "2")

    def test_have_the_scores_of_their_card(self, first_two) -> None:
        folder, run = first_two["first"]
        card = read_card(folder / "card.json")

        found = run.data.metrics

        assert found["test_accuracy"] == card.test.accuracy
        assert (found["test_accuracy_low"], found["test_accuracy_high"]) == card.test.interval
        assert found["best_epoch"] == card.best_epoch

    def test_have_card_weights_and_confusion_matrix(
        self, client, first_two, tmp_path: Path
    ) -> None:
        folder, run = first_two["second"]
        card = read_card(folder / "card.json")

        kept = Path(client.download_artifacts(run.info.run_id, "", str(tmp_path)))

        for name in ("card.json", "card.md", f"{logged.NAME}.safetensors"):
            assert (kept / name).read_bytes() == (folder / name).read_bytes()
        head, *rows = (kept / "confusion.csv").read_text().splitlines()
        assert head == "true,high,low,middle"
        assert [tuple(map(int, row.split(",")[1:])) for row in rows] == list(card.test.confusion)

    def test_go_on_in_their_run_when_resumed(self, home: Path, client) -> None:
        with pytest.raises(RuntimeError, match="power cut"):
            logged.run(home / "stopped", "mlflow", tell=logged.fail_in_epoch(2))
        before = _run(client, "stopped")
        logged.run(home / "stopped", "mlflow", resume=True)

        run = _run(client, "stopped")

        history = client.get_metric_history(run.info.run_id, "epoch")
        validated = client.get_metric_history(run.info.run_id, "validation_loss")
        assert (before.info.status, run.info.status) == ("FAILED", "FINISHED")
        assert before.info.run_id == run.info.run_id
        assert {metric.value for metric in history} == {0, 1}
        assert len({metric.step for metric in validated}) == len(validated) == 2


def test_no_host_is_asked(home: Path, tmp_path: Path) -> None:
    pytest.importorskip("mlflow")
    around = {name: value for name, value in os.environ.items() if name not in _TESTED}
    around |= {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "ignore"}

    found = subprocess.run(
        [sys.executable, "-c", _WATCH, str(tmp_path / "run"), str(home / logged.STORE)],
        env=around, cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert found.stdout.splitlines()[-1] == "[]"
    assert "INFO" not in found.stderr
