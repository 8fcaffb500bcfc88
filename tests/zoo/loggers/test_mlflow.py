"""MLflow finds the run in the database of the run folder."""

from pathlib import Path

import pytest

from tests.zoo.loggers import logged


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of SQLAlchemy, by mlflow
def test_database_of_the_run_folder_holds_the_metrics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlflow = pytest.importorskip("mlflow")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    folder = logged.run(tmp_path / "run", "mlflow")

    client = mlflow.MlflowClient(f"sqlite:///{folder / 'mlflow' / 'mlflow.db'}")
    (run,) = client.search_runs([client.get_experiment_by_name("cnnviz").experiment_id])
    assert run.info.run_name == logged.NAME
    assert run.info.status == "FINISHED"
    assert {"train_loss", "validation_accuracy"} <= set(run.data.metrics)
    assert list((tmp_path / "here").iterdir()) == []
