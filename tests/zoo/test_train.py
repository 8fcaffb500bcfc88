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
    pytest.importorskip("tensorboard")
    data, out = tones.write(tmp_path / "tones", n_clips=12), tmp_path / "run"
    name = "custom_ch4-6-bn"

    result = _invoke(
        *("train", name, "--data", str(data), "--out", str(out)),
        *("--epochs", "1", "--seed", "3", "--device", "cpu", "--logger", "tensorboard"),
    )

    store = tmp_path / "trackers" / "tensorboard"
    assert result.exit_code == 0, result.output
    assert "test accuracy" in result.stdout
    assert f"tensorboard: tensorboard --logdir {store}" in result.stdout
    assert (store / "run").is_dir()
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


def test_options_of_the_recipe_reach_the_card(tmp_path: Path) -> None:
    data, out = tones.write(tmp_path / "tones", n_clips=12), tmp_path / "run"

    result = _invoke(
        *("train", "custom_ch4-5-bn", "--data", str(data), "--out", str(out), "--epochs", "1"),
        *("--batch-size", "5", "--learning-rate", "0.02", "--patience", "7", "--precision", "bf16"),
        *("--device", "cpu"),
    )

    assert result.exit_code == 0, result.output
    recipe = json.loads((out / "card.json").read_text())["recipe"]
    assert (recipe["batch_size"], recipe["learning_rate"], recipe["patience"]) == (5, 0.02, 7)
    assert json.loads((out / "request.json").read_text())["precision"] == "bf16"


def test_full_folder_is_told_before_the_data_is_read(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "request.json").write_text("{}")

    result = _invoke(
        *("train", "custom_ch4-5-bn", "--data", "nowhere", "--out", str(tmp_path / "run"))
    )

    assert "already holds a training" in str(result.exception)


def test_unknown_logger_is_a_mistake_of_usage(tmp_path: Path) -> None:
    result = _invoke("train", "custom_ch4-5-bn", "--data", "nowhere", "--logger", "comet")

    assert result.exit_code == 2
    assert "'comet' is not one of" in result.output


@pytest.mark.parametrize("command", [["--help"], ["list", "--help"], ["train", "--help"]])
def test_help_shows_an_example(command: list[str]) -> None:
    assert "cnnviz zoo" in _invoke(*command).stdout


def test_cross_validation_needs_speakers(tmp_path: Path) -> None:
    data, out = tones.write(tmp_path / "tones", n_clips=12), tmp_path / "run"

    result = _invoke(
        *("train", "custom_ch4-5-bn", "--data", str(data), "--out", str(out), "--folds", "2")
    )

    assert "folds=2 of tones, which names 0 speakers or recordings" in str(result.exception)
    assert not out.exists()


def test_cross_validation_is_told_and_kept_in_the_card(tmp_path: Path) -> None:
    data, out = tones.write(tmp_path / "tones", n_clips=12), tmp_path / "run"
    lines = ["path,label,split,group"]
    for split in ("train", "validation", "test"):
        for i, name in enumerate((data / f"{split}.txt").read_text().split()):
            lines.append(f"{name},{name.partition('/')[0]},{split},voice {i % 2}")
    (data / "manifest.csv").write_text("\n".join(lines))

    result = _invoke(
        *("train", "custom_ch4-5-bn", "--data", str(data), "--out", str(out), "--folds", "2"),
        *("--epochs", "1", "--batch-size", "4", "--device", "cpu"),
    )

    assert result.exit_code == 0, result.output
    assert "cross-validated accuracy" in result.stdout
    found = json.loads((out / "card.json").read_text())["cross_validation"]
    assert [fold["fold"] for fold in found["folds"]] == ["fold1", "fold2"]
    assert sum(fold["n_test"] for fold in found["folds"]) == 36
