"""Filter banks: counts by hand, sizes, names."""

import pytest
import torch

from cnnviz.errors import ParameterError
from zoo.architectures import filterbank

NAME = "filterbank_k128_ch64-5-do0.25-bn"


def test_counts_are_those_of_its_layers() -> None:
    # 64 (128 + 1), then 5 taps: 64 -> 64 -> 64 -> 128 -> 128, batch norm, linear
    convolutions = 64 * 129 + 64 * 321 + 64 * 321 + 128 * 321 + 128 * 641
    batch_norm, linear = 2 * (64 + 64 + 64 + 128 + 128), 12 * 129

    count = sum(tensor.numel() for tensor in filterbank.build(NAME, 12).parameters())

    assert count == convolutions + batch_norm + linear


def test_last_maps_have_one_cell_per_80_ms() -> None:
    network = filterbank.build(NAME, 12)
    maps = torch.zeros(2, 1, 16_000)

    lengths = []
    for name, layer in network.named_children():
        maps = layer(maps)
        lengths += [maps.shape[2]] if name.startswith("pool") else []

    # (16000 - 128) // 8 + 1 = 1985; a cell is 8 * 10 * 2**4 audio samples wide
    assert lengths == [198, 99, 49, 24, 12]
    assert maps.shape == (2, 12)


@pytest.mark.parametrize(
    "name", ["filterbank-5-bn", "filterbank_k128-5", "filterbank_fc1_k128_ch64-5", "bank_k8_ch8-2"]
)
def test_names_that_do_not_say_the_network_are_others(name: str) -> None:
    assert not filterbank.accepts(name)


def test_the_deepest_network_leaves_one_cell() -> None:
    deepest = "filterbank_k128_ch2-8"

    scores = filterbank.build(deepest, 3)(torch.zeros(1, 1, 16_000))

    assert scores.shape == (1, 3)
    with pytest.raises(ParameterError, match="has 9 convolutions; allowed: 1 to 8, then nothing"):
        filterbank.accepts("filterbank_k128_ch2-9")


def test_its_first_layer_has_a_rate_and_a_decay_of_its_own() -> None:
    (first,) = filterbank.recipe(NAME).layers

    assert (first.layer, first.learning_rate, first.weight_decay) == ("conv1", 0.01, 0.3)
