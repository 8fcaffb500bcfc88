"""A training that is killed, or stopped by Ctrl-C, goes on to the same result."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from cnnviz.errors import ModelLoadError
from tests.zoo import tones
from tests.zoo.interrupts import hear_interrupts
from tests.zoo.training.train_tones import NAME, RECIPE
from zoo.training import Training, train

OTHER = "custom_ch4-5-bn"
ROOT = Path(__file__).resolve().parents[3]


def _start(folder: Path, *, nth_write: int = 0) -> subprocess.Popen[str]:
    numbers = (str(torch.get_num_threads()), str(nth_write))
    command = [sys.executable, "-m", "tests.zoo.training.train_tones", str(folder), *numbers]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _lines_until(process: subprocess.Popen[str], beginning: str) -> Iterator[str]:
    assert process.stdout is not None
    for line in process.stdout:
        yield line
        if line.startswith(beginning):
            return


def test_training_killed_twice_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    train(
        Training(name=NAME, recipe=RECIPE, folder=whole, device="cpu"),
        tones.corpus(),
        tell=lambda line: None,
    )

    first = _start(broken)
    seen = list(_lines_until(first, "epoch 2/"))
    first.kill()  # SIGKILL, somewhere in the third epoch
    first.communicate()
    second = _start(broken, nth_write=3)  # the twin, a checkpoint, and half of the next
    second.communicate()
    partial = list(broken.glob(".*.partial"))
    told = _start(broken).communicate()[0].splitlines()
    lines = [line for line in told if line.startswith("epoch ")]

    assert len(seen) == 2
    assert (first.returncode, second.returncode) == (-signal.SIGKILL, -signal.SIGKILL)
    assert partial
    assert 1 <= len(lines) < RECIPE.epochs  # those that were left to the last process
    assert (broken / "card.json").read_bytes() == (whole / "card.json").read_bytes()
    weights = f"{NAME}.safetensors"
    assert (broken / weights).read_bytes() == (whole / weights).read_bytes()


def test_ctrl_c_ends_the_command_with_one_line_and_a_resumable_folder(tmp_path: Path) -> None:
    data, out = tones.write(tmp_path / "tones", n_clips=12), tmp_path / "run"
    options = ["--data", str(data), "--out", str(out), "--device", "cpu", "--epochs", "500"]
    command = [sys.executable, "-m", "cnnviz", "zoo", "train", NAME, *options]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
        preexec_fn=hear_interrupts,  # noqa: PLW1509 (only sets a signal)
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("epoch 2/"):
            break

    process.send_signal(signal.SIGINT)
    told = process.communicate()[1].splitlines()

    assert process.returncode == 1
    assert told[-1].startswith(f"cnnviz: training of {NAME} was stopped; what was trained stays")
    assert torch.load(out / "last.ckpt", weights_only=True)["epoch"] in (0, 1)


def test_training_that_stopped_early_is_not_trained_on_when_resumed(tmp_path: Path) -> None:
    recipe = replace(RECIPE, epochs=30, patience=1, learning_rate=0.5)
    chosen = Training(name=NAME, recipe=recipe, folder=tmp_path / "run", device="cpu")
    train(chosen, tones.corpus(), tell=lambda line: None)
    epoch = torch.load(tmp_path / "run" / "last.ckpt", weights_only=True)["epoch"]
    card = (tmp_path / "run" / "card.json").read_text()
    (tmp_path / "run" / "card.json").unlink()  # as if it was killed before the card was written
    lines: list[str] = []

    train(chosen, tones.corpus(), resume=True, tell=lines.append)

    assert epoch + 1 < 30
    assert lines == []
    assert (tmp_path / "run" / "card.json").read_text() == card


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run folders of two architectures, one epoch each."""
    folder = tmp_path_factory.mktemp("short")
    for name in (NAME, OTHER):
        train(_short(folder, name), tones.corpus(), tell=lambda line: None)
    return folder


@pytest.mark.parametrize("name", ["last.ckpt", "best.ckpt"])
def test_checkpoint_of_another_architecture_is_refused(
    short: Path, tmp_path: Path, name: str
) -> None:
    chosen = _unfinished(short, tmp_path)
    (chosen.folder / name).write_bytes((short / OTHER / name).read_bytes())

    with pytest.raises(ModelLoadError, match=rf"{name} holds another architecture \(average\."):
        train(chosen, tones.corpus(), resume=True, tell=lambda line: None)


def test_damaged_checkpoint_is_refused(short: Path, tmp_path: Path) -> None:
    chosen = _unfinished(short, tmp_path)
    content = (chosen.folder / "last.ckpt").read_bytes()
    (chosen.folder / "last.ckpt").write_bytes(content[: len(content) // 2])

    with pytest.raises(ModelLoadError, match=r"last\.ckpt cannot be read .*; remove it to train"):
        train(chosen, tones.corpus(), resume=True, tell=lambda line: None)


def _short(folder: Path, name: str) -> Training:
    recipe = replace(RECIPE, epochs=1)
    return Training(name=name, recipe=recipe, folder=folder / name, device="cpu")


def _unfinished(short: Path, folder: Path) -> Training:
    """As if it was killed before the card was written."""
    shutil.copytree(short / NAME, folder / NAME)
    (folder / NAME / "card.json").unlink()
    return _short(folder, NAME)
