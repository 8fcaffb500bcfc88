"""Both series: how they are pooled."""

import pytest
import torch

from zoo.architectures import only_conv


@pytest.mark.parametrize(("kernel", "width"), [(25, 4), (24, 3), (5, 3)])
def test_long_kernels_are_pooled_by_four(kernel: int, width: int) -> None:
    network = only_conv.build(f"only_conv_k{kernel}-2", 16)

    assert (network.pool1.kernel_size, network.pool1.ceil_mode) == (width, True)


def test_last_shorter_window_is_pooled_too() -> None:
    network = only_conv.build("only_conv_k25-3", 16)

    assert network(torch.zeros(2, 1, 16_000)).shape == (2, 16)  # 3994, 993 and 243 cells
