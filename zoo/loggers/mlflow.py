"""MLflow: a database in the store, or the server of ``MLFLOW_TRACKING_URI``; no telemetry.

MLflow's store of plain files is no longer maintained and refuses to work, so the runs are kept in
SQLite. MLflow asks a host whether it may count its users, as soon as it is imported; its switch
``MLFLOW_DISABLE_TELEMETRY`` is set before, unless the user has set it.
"""

import json
import logging
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from filelock import FileLock
from lightning.pytorch.loggers import MLFlowLogger

from cnnviz.files import write_whole

from ..card import Card, to_json, to_markdown
from . import Tracking
from ._outcome import confusion_csv, scores

NEEDS = "mlflow"
_RUN = "mlflow.json"  # in the run folder: which run of which store a training is
_SQLITE = "sqlite:///"
_SERVER = os.environ.get("MLFLOW_TRACKING_URI")  # now: MLflow itself sets it for its children

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")


def build(folder: Path, tracking: Tracking) -> MLFlowLogger:
    """Build the logger; a resumed training goes on in its run.

    One process at a time makes the database and what it lacks.
    """
    import mlflow  # noqa: F401 (which sets the levels of its own loggers)

    for name in ("mlflow", "lightning.pytorch.loggers.mlflow"):
        logging.getLogger(name).setLevel(logging.ERROR)
    home = _home(tracking.store)
    home.mkdir(parents=True, exist_ok=True)
    uri = _uri(tracking.store)
    with FileLock(home / "mlflow.lock"):
        logger = MLFlowLogger(
            experiment_name="cnnviz",
            run_name=tracking.run_name,
            tracking_uri=uri,
            artifact_location=None if _SERVER else (home / "artifacts").as_uri(),
            run_id=_begun(folder, uri),
        )
        values = {"tracking_uri": uri, "run_id": logger.run_id}
    write_whole(folder / _RUN, json.dumps(values, indent=1) + "\n")
    logger.experiment.update_run(logger.run_id, status="RUNNING")
    return logger


def forget(logger: MLFlowLogger, epoch: int, step: int) -> None:  # noqa: ARG001 (one face)
    """Delete what the run has from a step on, which MLflow itself cannot; a server keeps it."""
    uri = str(logger._tracking_uri)  # noqa: SLF001 (nothing public tells it)
    if not uri.startswith(_SQLITE):
        return
    with closing(sqlite3.connect(uri.removeprefix(_SQLITE))) as database, database:
        for table in ("metrics", "latest_metrics"):
            database.execute(
                f"DELETE FROM {table} WHERE run_uuid = ? AND step >= ?",  # noqa: S608 (two names)
                (logger.run_id, step),
            )


def keep(logger: MLFlowLogger, card: Card, weights: Path) -> None:
    """Write the scores, and as artifacts the confusion matrix, the card and the weights."""
    logger.log_metrics(scores(card))
    client, run = logger.experiment, logger.run_id
    client.log_text(run, confusion_csv(card), "confusion.csv")
    client.log_text(run, to_markdown(card), "card.md")
    client.log_text(run, to_json(card), "card.json")
    client.log_artifact(run, str(weights))


def finish(logger: MLFlowLogger, status: str) -> None:
    """End the run."""
    logger.finalize(status)


def see(store: Path) -> str:
    """The command that shows the runs of a store."""
    return f"MLFLOW_DISABLE_TELEMETRY=true mlflow ui --backend-store-uri {_uri(store)}"


def _home(store: Path) -> Path:
    return store.resolve() / "mlflow"


def _uri(store: Path) -> str:
    return _SERVER or f"{_SQLITE}{_home(store) / 'mlflow.db'}"


def _begun(folder: Path, uri: str) -> str | None:
    """The run that a run folder was begun with, where the store still has it."""
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    try:
        values = json.loads((folder / _RUN).read_text("utf-8"))
        if values["tracking_uri"] != uri:
            return None
        run_id: str = MlflowClient(uri).get_run(values["run_id"]).info.run_id
    except (OSError, ValueError, KeyError, MlflowException):
        return None
    return run_id
