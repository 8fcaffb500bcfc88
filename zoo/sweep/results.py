"""Results of a sweep: one row per trial, read from the run folders, kept as SQLite."""

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from cnnviz.csv_text import to_csv
from cnnviz.errors import ParameterError
from cnnviz.files import write_whole
from cnnviz.jobs import Status

from .folder import SweepFolder

_TYPES = {"n_parameters": "INTEGER", "best_epoch": "INTEGER"}
_REALS = ("test_accuracy", "test_accuracy_low", "test_accuracy_high", "validation_accuracy")


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialResult:
    """One row of the table.

    Parameters
    ----------
    trial_id
        12 hexadecimal digits of the SHA-256 over `config`.
    name
        Architecture.
    config
        Canonical JSON: name, recipe with its seed, digest of the data.
    status
        ``"pending"``, ``"running"``, ``"done"`` or ``"failed"``.
    reason
        Why it failed; else empty.
    n_parameters
        Weights and biases.
    test_accuracy, test_accuracy_low, test_accuracy_high
        Share of the test clips that are told right, and its 95 % interval; None: not done.
    validation_accuracy
        Of the kept weights; None: not done.
    best_epoch
        Epoch of the kept weights, from 1; None: not done.
    seconds
        Time spent on the trial, without what was lost in crashes.
    folder
        Run folder, relative to that of the sweep.
    """

    trial_id: str
    name: str
    config: str
    status: Status
    reason: str
    n_parameters: int
    test_accuracy: float | None
    test_accuracy_low: float | None
    test_accuracy_high: float | None
    validation_accuracy: float | None
    best_epoch: int | None
    seconds: float
    folder: str


COLUMNS = tuple(field.name for field in fields(TrialResult))


def read_results(folder: Path) -> tuple[TrialResult, ...]:
    """Read the results of a sweep from its run folders, or from the table alone.

    Parameters
    ----------
    folder
        Folder of a sweep; where there are no run folders, its ``results.sqlite`` is read.

    Returns
    -------
    tuple of TrialResult
        In order of name and trial.

    Raises
    ------
    ParameterError
        If it is not the folder of a sweep.
    """
    sweep = SweepFolder(path=folder)
    rows = [_result(sweep, trial_id) for trial_id in sweep.trial_ids]
    if not rows:
        rows = _read_table(folder / "results.sqlite")
    return tuple(sorted(rows, key=lambda row: (row.name, row.trial_id)))


def write_results(folder: Path) -> None:
    """Write ``results.sqlite``, ``results.csv`` and ``results.json``, each whole or not at all."""
    rows = read_results(folder)
    write_whole(folder / "results.sqlite", _as_sqlite(rows))
    write_whole(folder / "results.json", json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    write_whole(folder / "results.csv", _as_csv(rows))


def _result(sweep: SweepFolder, trial_id: str) -> TrialResult:
    trial, task = sweep.trial(trial_id), sweep.task(trial_id)
    status = task.status
    run = sweep.run(trial_id)
    card = json.loads((run / "card.json").read_text("utf-8")) if status == "done" else None
    low, high = card["test"]["interval"] if card else (None, None)
    return TrialResult(
        trial_id=trial_id,
        name=trial.name,
        config=trial.config,
        status=status,
        reason=task.reason,
        n_parameters=trial.n_parameters,
        test_accuracy=card["test"]["accuracy"] if card else None,
        test_accuracy_low=low,
        test_accuracy_high=high,
        validation_accuracy=card["validation_accuracy"] if card else None,
        best_epoch=card["best_epoch"] if card else None,
        seconds=sweep.seconds(trial_id),
        folder=run.relative_to(sweep.path).as_posix(),
    )


def _as_csv(rows: tuple[TrialResult, ...]) -> str:
    return to_csv([COLUMNS, *(list(asdict(row).values()) for row in rows)])


def _as_sqlite(rows: tuple[TrialResult, ...]) -> bytes:
    columns = ", ".join(f"{name} {_type(name)}" for name in COLUMNS)
    places = ", ".join("?" * len(COLUMNS))
    with closing(sqlite3.connect(":memory:")) as table:
        table.execute(f"CREATE TABLE trials ({columns})")
        values = [tuple(asdict(row).values()) for row in rows]
        table.executemany(f"INSERT INTO trials VALUES ({places})", values)  # noqa: S608 (marks)
        table.commit()
        return table.serialize()


def _type(column: str) -> str:
    if column == "trial_id":
        return "TEXT PRIMARY KEY"
    return "REAL" if column in (*_REALS, "seconds") else _TYPES.get(column, "TEXT")


def _read_table(path: Path) -> list[TrialResult]:
    if not path.is_file():
        raise ParameterError(
            f"{path.parent} holds no trials; allowed: the folder that cnnviz zoo sweep wrote; "
            "check the path"
        )
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as table:
            table.row_factory = sqlite3.Row
            rows = table.execute(f"SELECT {', '.join(COLUMNS)} FROM trials").fetchall()  # noqa: S608
    except sqlite3.DatabaseError as error:
        raise ParameterError(
            f"{path} is not the table of a sweep ({error}); remove it and run the sweep again"
        ) from error
    return [TrialResult(**dict(row)) for row in rows]
