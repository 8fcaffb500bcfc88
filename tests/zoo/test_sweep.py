"""``cnnviz zoo sweep`` plans, trains and tells."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cnnviz import cli, packages
from tests.zoo.sweep import small
from zoo.sweep.folder import SweepFolder


def _invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli.root, ["zoo", "sweep", *arguments])


def _grid(tmp_path: Path, text: str = small.GRID) -> str:
    path = tmp_path / "grid.toml"
    path.write_text(text)
    return str(path)


def test_dry_run_prints_trials_with_their_parameters_and_writes_nothing(
    tmp_path: Path, tones_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = _grid(tmp_path)
    monkeypatch.chdir(tmp_path)

    result = _invoke(grid, "--data", str(tones_folder), "--dry-run")

    lines = result.stdout.splitlines()
    assert result.exit_code == 0, result.output
    assert [line.split()[1:3] for line in lines[1:3]] == [
        ["custom_ch8-8", "5,915"],
        ["custom_ch8-8-bn", "6,107"],
    ]
    assert lines[-1] == "4 trials"
    assert lines[-2].startswith("estimate: ")
    assert "from 3 steps, timed on cpu after 1 to warm up, of each of 4 config" in lines[-2]
    assert not (tmp_path / "runs").exists()


def test_a_sweep_that_is_done_tells_its_table(finished_sweep: Path, tones_folder: Path) -> None:
    grid = str(finished_sweep.with_suffix(".toml"))

    result = _invoke(
        grid, "--data", str(tones_folder), "--out", str(finished_sweep), "--devices", "cpu"
    )

    assert result.exit_code == 0, result.output
    assert "4 of 4 trials done, 0 failed" in result.stdout
    assert f"table: {finished_sweep / 'results.sqlite'}" in result.stdout
    rows = json.loads((finished_sweep / "results.json").read_text())
    assert [row["status"] for row in rows] == ["done"] * 4


def test_failures_are_told_and_end_with_one(tmp_path: Path, tones_folder: Path) -> None:
    out = tmp_path / "sweep"
    chosen = small.plan(out, tones_folder, limit=1)
    (task,) = small.job(out, chosen).tasks
    SweepFolder(path=out).prepare(chosen)
    task.fail("power cut")

    result = _invoke(
        *(_grid(tmp_path), "--data", str(tones_folder), "--out", str(out)),
        *("--devices", "cpu", "--limit", "1"),
    )

    assert result.exit_code == 1
    assert f"failed: custom_ch8-8 ({task.task_id}): power cut" in result.stdout
    assert "try them again with --retry-failed" in result.stdout


def test_a_mistake_in_the_grid_comes_before_the_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grid = _grid(tmp_path, "[[grid]]\ndept = 3")

    with pytest.raises(SystemExit, match="1"):
        cli.main(["zoo", "sweep", grid, "--data", "nowhere"])

    assert "[[grid]] block 1 has the unknown key 'dept'; did you mean" in capsys.readouterr().err


def test_settings_of_slurm_are_pairs(tmp_path: Path, tones_folder: Path) -> None:
    result = _invoke(_grid(tmp_path), "--data", str(tones_folder), "--slurm", "partition")

    assert result.exit_code == 2
    assert "'partition' is not KEY=VALUE" in result.output


def test_help_shows_an_example() -> None:
    assert "cnnviz zoo sweep kws12_small --data" in _invoke("--help").stdout


def test_missing_package_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(packages, "find_spec", lambda name: None)

    with pytest.raises(SystemExit, match="1"):
        cli.main(["zoo", "sweep", _grid(tmp_path), "--data", "nowhere"])

    assert "install it: pip install 'cnnviz[zoo]'" in capsys.readouterr().err
