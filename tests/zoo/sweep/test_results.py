"""The table says what the cards say."""

import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cnnviz.errors import ParameterError
from zoo.sweep import read_results
from zoo.sweep.results import COLUMNS, write_results


def test_every_trial_is_a_row_with_the_scores_of_its_card(finished_sweep: Path) -> None:
    results = read_results(finished_sweep)

    assert [result.name for result in results] == [
        "custom_ch8-8",
        "custom_ch8-8-bn",
        "custom_ch8-9",
        "custom_ch8-9-bn",
    ]
    for result in results:
        card = json.loads((finished_sweep / result.folder / "card.json").read_text())
        low, high = card["test"]["interval"]
        assert result.status == "done"
        assert result.test_accuracy == card["test"]["accuracy"]
        assert (result.test_accuracy_low, result.test_accuracy_high) == (low, high)
        assert result.validation_accuracy == card["validation_accuracy"]
        assert result.best_epoch == card["best_epoch"]
        assert result.n_parameters == card["n_parameters"]
        assert result.seconds > 0


def test_sqlite_csv_and_json_hold_the_same_rows(finished_sweep: Path) -> None:
    with closing(sqlite3.connect(finished_sweep / "results.sqlite")) as table:
        in_table = table.execute("SELECT * FROM trials").fetchall()
        columns = [row[1] for row in table.execute("PRAGMA table_info(trials)")]
    in_json = json.loads((finished_sweep / "results.json").read_text())
    with (finished_sweep / "results.csv").open(newline="") as file:
        in_csv = list(csv.DictReader(file))

    assert tuple(columns) == COLUMNS
    assert in_table == [tuple(row.values()) for row in in_json]
    assert [list(row.values()) for row in in_csv] == [
        [str(cell) for cell in row] for row in in_table
    ]


def test_a_table_without_its_run_folders_is_read_alone(
    finished_sweep: Path, tmp_path: Path
) -> None:
    (tmp_path / "results.sqlite").write_bytes((finished_sweep / "results.sqlite").read_bytes())

    assert read_results(tmp_path) == read_results(finished_sweep)


def test_the_table_is_rebuilt_from_the_run_folders(finished_sweep: Path) -> None:
    path = finished_sweep / "results.sqlite"
    before = path.read_bytes()
    path.unlink()

    write_results(finished_sweep)

    assert path.read_bytes() == before


def test_a_folder_without_trials_is_told(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="holds no trials; allowed: the folder that cnnviz"):
        read_results(tmp_path)


def test_a_file_that_is_no_table_is_told(tmp_path: Path) -> None:
    (tmp_path / "results.sqlite").write_text("no table" * 100)

    with pytest.raises(ParameterError, match="is not the table of a sweep"):
        read_results(tmp_path)
