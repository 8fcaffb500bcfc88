"""The custom series: layers, names and input."""

import pytest
import torch
from torch import nn

import zoo
from cnnviz.errors import ParameterError
from zoo.architectures import custom


def test_layer_names_count_from_one() -> None:
    network = custom.build("custom_ch32-3-do0.5-bn", 12)

    names = [name for name, _ in network.named_children()]

    assert names == [
        *("conv1", "norm1", "relu1"),
        *("conv2", "norm2", "relu2", "pool2"),
        *("conv3", "norm3", "relu3", "pool3"),
        *("flatten", "dropout", "linear"),
    ]


@pytest.mark.parametrize("suffix", ["", "-do0.25", "-bn", "-do0.75-bn"])
def test_one_second_gives_one_score_per_class(suffix: str) -> None:
    network = custom.build(f"custom_ch32-8{suffix}", 12)

    assert network(torch.zeros(2, 1, 16_000)).shape == (2, 12)


def test_dropout_rate_is_the_one_in_the_name() -> None:
    network = custom.build("custom_ch32-8-do0.75", 12)

    rates = [layer.p for layer in network.modules() if isinstance(layer, nn.Dropout)]
    assert rates == [0.75]


def test_any_width_kernel_and_rate_can_be_built() -> None:
    network = custom.build("custom_k9_ch48-6-do0.3", 12)

    assert (network.conv1.out_channels, network.conv1.kernel_size) == (48, (9,))
    assert [name for name in ("custom_k5_ch32-8", "custom-8") if custom.accepts(name)] == []


def test_a_network_too_deep_for_a_second_says_how_deep_it_may_be() -> None:
    text = "custom_ch32-10 has 10 convolutions; allowed: 1 to 9, then nothing is left"
    with pytest.raises(ParameterError, match=text):
        custom.build("custom_ch32-10", 12)


def test_every_width_depth_dropout_and_batch_norm_has_a_name() -> None:
    assert len(custom.VARIANTS) == (7 + 9 + 7) * 4 * 2
    assert {"custom_ch32-8", "custom_ch128-9-do0.75-bn"} <= set(zoo.names())


def test_input_contract_names_the_architecture() -> None:
    spec = custom.spec("custom_ch32-8-bn", ("no", "yes"))

    assert (spec.architecture, spec.sample_rate, spec.n_samples, spec.class_names) == (
        "zoo:custom_ch32-8-bn",
        16_000,
        16_000,
        ("no", "yes"),
    )
