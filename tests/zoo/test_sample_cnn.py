"""SampleCNN sees three samples at a time, all the way up."""

import torch
from torch import nn

from zoo.architectures import sample_cnn


def test_every_kernel_but_the_last_has_three_taps() -> None:
    network = sample_cnn.build("sample_cnn", 12)

    kernels = [layer.kernel_size for layer in network if isinstance(layer, nn.Conv1d)]
    assert kernels == [(3,)] * 8 + [(1,)]


def test_a_second_is_reduced_three_to_the_eighth() -> None:
    network = sample_cnn.build("sample_cnn", 12)

    assert network.linear.in_features == 256 * (16_000 // 3**8)
    assert network(torch.zeros(2, 1, 16_000)).shape == (2, 12)
