"""MLflow: a database in ``mlflow/``; see it with ``mlflow ui --backend-store-uri sqlite:///...``.

MLflow's store of plain files is no longer maintained and refuses to work, so the runs are kept in
SQLite.
"""

from pathlib import Path

from lightning.pytorch.loggers import MLFlowLogger

NEEDS = "mlflow"


def build(folder: Path, run_name: str) -> MLFlowLogger:
    """Build the logger of a run folder; every start of the training is a run."""
    home = folder.resolve() / "mlflow"
    home.mkdir(parents=True, exist_ok=True)
    return MLFlowLogger(
        experiment_name="cnnviz",
        run_name=run_name,
        tracking_uri=f"sqlite:///{home / 'mlflow.db'}",
        artifact_location=(home / "artifacts").as_uri(),
    )
