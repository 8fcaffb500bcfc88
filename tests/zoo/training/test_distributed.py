"""One training in two processes, which share every batch."""

import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from cnnviz.errors import CnnvizError, ParameterError
from tests.zoo import tones
from zoo.recipe import NO_AUGMENTATION, LayerSettings, Recipe
from zoo.training import Training, train
from zoo.training.distributed import relayed
from zoo.training.request import check_machine

RECIPE = Recipe(
    epochs=3, batch_size=6, learning_rate=1e-2, average_decay=0.5, augmentation=NO_AUGMENTATION
)


def _training(folder: Path, device: str, recipe: Recipe = RECIPE) -> Training:
    """Of a network without chance: no dropout, no batch norm."""
    return Training(
        name="custom_ch4-5", recipe=recipe, folder=folder, device=device, precision="32"
    )


def test_two_processes_learn_what_one_learns(tmp_path: Path) -> None:
    own = LayerSettings(layer="conv1", learning_rate=3e-2, weight_decay=0.3)
    recipe = replace(RECIPE, layers=(own,))
    alone = _training(tmp_path / "alone", "cpu", recipe)
    shared = _training(tmp_path / "shared", "cpu,cpu", recipe)
    lines: list[str] = []

    train(alone, tones.corpus(), tell=lambda line: None)
    train(shared, tones.corpus(), tell=lines.append)

    found, expected = _weights(shared), _weights(alone)
    assert set(found) == set(expected)
    for name, tensor in expected.items():
        torch.testing.assert_close(found[name], tensor, rtol=1e-3, atol=1e-4)
    assert [line.partition(":")[0] for line in lines] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]


def test_a_process_that_dies_is_told_and_the_training_can_be_resumed(tmp_path: Path) -> None:
    training = _training(tmp_path / "run", "cpu,cpu")
    lines: list[str] = []

    def kill_one(line: str) -> None:
        if line.startswith("epoch 2/3"):
            multiprocessing.active_children()[0].kill()

    with pytest.raises(CnnvizError, match="a process of the training of custom_ch4-5 on cpu,cpu"):
        train(training, tones.corpus(), tell=kill_one)
    train(training, tones.corpus(), resume=True, tell=lines.append)

    assert lines[-1].startswith("epoch 3/3")
    assert (training.folder / "card.json").exists()


def test_what_cannot_be_told_ends_as_it_does_with_one_device(tmp_path: Path) -> None:
    with pytest.raises(BrokenPipeError):
        _tell_much(_training(tmp_path, "cpu,cpu"))


def test_a_batch_that_cannot_be_shared_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="batch_size=6 on 4 devices; allowed: a multiple"):
        check_machine(_training(tmp_path, "cpu,cpu,cpu,cpu"))


@pytest.mark.parametrize("device", ["cpu,cuda", "cpu,", "auto,auto", "cuda:0,cuda:0"])
def test_devices_of_no_one_kind_are_refused(tmp_path: Path, device: str) -> None:
    with pytest.raises(ParameterError, match=f"device='{device}'; allowed: .*several of one kind"):
        check_machine(_training(tmp_path, device))


def _weights(training: Training) -> dict[str, torch.Tensor]:
    content = torch.load(training.folder / "last.ckpt", weights_only=True)
    weights: dict[str, torch.Tensor] = content["state_dict"]
    return weights


def _tell_much(training: Training) -> None:
    """More than a pipe holds."""
    with relayed(_to_a_closed_pipe, training) as tell:
        assert tell is not None
        for i in range(10_000):
            tell(f"epoch {i}")


def _to_a_closed_pipe(line: str) -> None:
    raise BrokenPipeError(line)
