"""Both series equal their printed parameter counts."""

import pytest
import torch

from zoo.architectures import only_conv

PRINTED = {
    "only_conv_k25-4": 123_856,
    "only_conv_k25-5": 288_848,
    "only_conv_k5-1-bn": 682_576,
    "only_conv_k5-2-bn": 455_424,
    "only_conv_k5-3-bn": 306_016,
    "only_conv_k5-4-bn": 214_560,
    "only_conv_k5-5-bn": 186_272,
    "only_conv_k5-6-bn": 301_728,
    "only_conv_k5-7-bn": 925_856,
    "only_conv_k5-8-bn": 3_517_600,
}


@pytest.mark.parametrize(("name", "count"), PRINTED.items(), ids=PRINTED)
def test_parameter_count_is_the_printed_one(name: str, count: int) -> None:
    with torch.device("meta"):
        network = only_conv.build(name, 16)

    assert sum(p.numel() for p in network.parameters()) == count


@pytest.mark.parametrize(("kernel", "width"), [(25, 4), (24, 3), (5, 3)])
def test_long_kernels_are_pooled_by_four(kernel: int, width: int) -> None:
    network = only_conv.build(f"only_conv_k{kernel}-2", 16)

    assert (network.pool1.kernel_size, network.pool1.ceil_mode) == (width, True)


def test_last_shorter_window_is_pooled_too() -> None:
    network = only_conv.build("only_conv_k25-3", 16)

    assert network(torch.zeros(2, 1, 16_000)).shape == (2, 16)  # 3994, 993 and 243 cells
