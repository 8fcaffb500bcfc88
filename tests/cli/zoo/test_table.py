"""``cnnviz zoo table``: the tables on the terminal, and the files."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cnnviz import cli
from zoo.card import read_card, to_json
from zoo.weights import CHECKPOINTS

SHIPPED = "custom_ch32-8-do0.25-bn"


def _table(*arguments: str) -> Result:
    return CliRunner().invoke(cli.root, ["zoo", "table", *arguments])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Folder of all files, and what was printed, without any run folder."""
    out = tmp_path_factory.mktemp("table")
    result = _table("--runs", str(out / "none"), "--out", str(out / "files"))
    assert result.exit_code == 0, result.output
    return out / "files", result.stdout


def test_files_are_markdown_csv_and_one_page(written: tuple[Path, str]) -> None:
    out, printed = written

    names = {path.name for path in out.iterdir() if path.is_file()}
    assert names == {"table.md", "table.csv", "table.html"}
    assert f"wrote {out / 'table.html'}" in printed.replace("\n", "")


def test_terminal_shows_ours_under_its_data(written: tuple[Path, str]) -> None:
    lines = written[1].splitlines()

    at = next(k for k, line in enumerate(lines) if line.startswith("Dropout rates: custom, 32"))
    row = next(line for line in lines[at:] if line.startswith("8 "))
    accuracy = read_card(CHECKPOINTS / f"{SHIPPED}.json").test.accuracy
    assert f"{accuracy:.4f}" in row
    assert "kws12" in row


def test_page_shows_each_table_once_and_links_its_numbers(written: tuple[Path, str]) -> None:
    page = (written[0] / "table.html").read_text()

    assert page.count('data-table="custom_ch32"') == 1
    assert "table-data/accuracy-and-size.csv" in page
    assert "http" not in page.replace("http-equiv", "").replace("http://www.w3.org", "")


def test_numbers_of_the_plot_lie_beside_the_page(written: tuple[Path, str]) -> None:
    path = written[0] / "table-data" / "accuracy-and-size.csv"

    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert sum(row["series"].startswith("printed") for row in rows) == 292
    assert any(row["name"] == SHIPPED for row in rows if row["series"].startswith("shipped"))
    assert not any(row["series"].startswith("own") for row in rows)  # no run folder


def test_format_chooses_the_files(tmp_path: Path) -> None:
    result = _table("--format", "csv", "--out", str(tmp_path / "out"))

    assert result.exit_code == 0, result.output
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["table.csv"]


def test_run_folders_fill_their_cells(tmp_path: Path) -> None:
    from dataclasses import replace

    card = read_card(CHECKPOINTS / f"{SHIPPED}.json")
    mine = replace(card, name="custom_ch64-8-bn", digest="mine", data="mine")
    run = tmp_path / "runs" / "a"
    run.mkdir(parents=True)
    (run / "card.json").write_text(to_json(mine))

    _table("--runs", str(tmp_path / "runs"), "--format", "csv", "--out", str(tmp_path / "out"))

    rows = csv.DictReader((tmp_path / "out" / "table.csv").read_text().splitlines())
    (row,) = [row for row in rows if row["our_data"] == "mine"]
    assert (row["name"], row["printed_accuracy"]) == ("custom_ch64-8-bn", "0.9508")


def test_folder_that_is_no_sweep_is_refused_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="1"):
        cli.main(["zoo", "table", "--sweep", str(tmp_path), "--out", str(tmp_path / "out")])

    assert "holds no trials" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
