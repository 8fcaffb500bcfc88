"""``cnnviz zoo`` lists and trains."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cnnviz import cli
from tests.zoo import tones


def _invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli.root, ["zoo", *arguments])


def test_train_writes_weights_and_prints_the_accuracy(tmp_path: Path) -> None:
    data, out = tones.write(tmp_path / "tones", n_clips=48), tmp_path / "run"
    name = "custom_ch32-6-bn"

    result = _invoke(
        *("train", name, "--data", str(data), "--out", str(out)),
        *("--epochs", "1", "--seed", "3", "--device", "cpu"),
    )

    assert result.exit_code == 0, result.output
    assert "test accuracy" in result.stdout
    assert (out / f"{name}.safetensors").stat().st_size < 1_000_000
    assert json.loads((out / "card.json").read_text())["recipe"]["seed"] == 3


def test_nothing_is_written_when_the_data_is_bad(tmp_path: Path) -> None:
    data, out = tones.write(tmp_path / "tones"), tmp_path / "run"
    (data / "test.txt").write_text("")

    result = _invoke("train", "custom_ch32-6-bn", "--data", str(data), "--out", str(out))

    assert result.exit_code == 1
    assert not out.exists()


def test_unknown_network_is_told_before_the_data_is_read(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="1"):
        cli.main(["zoo", "train", "nothing", "--data", "nowhere"])

    assert "'nothing' is not in the zoo; nearest:" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["--help"], ["list", "--help"], ["train", "--help"]])
def test_help_shows_an_example(command: list[str]) -> None:
    assert "cnnviz zoo" in _invoke(*command).stdout
