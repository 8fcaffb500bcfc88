"""Weights on their way from training to file."""

from pathlib import Path

import pytest
import torch
from torch import nn

from cnnviz.errors import ModelLoadError
from cnnviz.model import digest_tensors, read_checkpoint
from tests.zoo import tones
from zoo.catalogue import family_of
from zoo.recipe import Recipe
from zoo.training import Training, train
from zoo.training.stored import in_precision, read_averaged

NAME = "custom_ch4-5-bn"


def test_half_precision_rounds_kernels_and_leaves_the_rest() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv1d(1, 4, 5), nn.BatchNorm1d(4), nn.Linear(4, 2))

    stored = in_precision(network, "float16").state_dict()

    kinds = {name: tensor.dtype for name, tensor in stored.items() if tensor.is_floating_point()}
    halved = {name for name, kind in kinds.items() if kind == torch.float16}
    assert halved == {"0.weight", "2.weight"}
    assert network[0].weight.dtype == torch.float32  # the network itself is untouched


def test_card_scores_and_names_the_weights_as_they_are_stored(tmp_path: Path) -> None:
    recipe = Recipe(epochs=1, batch_size=6, stored="float16")
    chosen = Training(name=NAME, recipe=recipe, folder=tmp_path, device="cpu")

    card = train(chosen, tones.corpus(n_train=12), tell=lambda line: None)

    found = read_checkpoint(tmp_path / f"{NAME}.safetensors")
    assert found is not None
    network = family_of(NAME).build(NAME, 3)
    network.load_state_dict(found[0])
    assert found[0]["conv1.weight"].dtype == torch.float16
    assert digest_tensors(network.state_dict()) == card.digest


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    network = nn.Linear(1, 1)
    tensors = {"average.weight": torch.tensor([[float("nan")]]), "average.bias": torch.zeros(1)}
    torch.save({"state_dict": tensors, "epoch": 0}, tmp_path / "best.ckpt")

    with pytest.raises(ModelLoadError, match="the training diverged; allowed: finite weights"):
        read_averaged(tmp_path, network, best=True)


def test_missing_weights_are_told(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match=r"last\.ckpt is missing; train again"):
        read_averaged(tmp_path, nn.Linear(1, 1), best=False)
