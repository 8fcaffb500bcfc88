"""The log-mel network of urban sounds."""

import torch

from cnnviz.frontend import build_frontend
from zoo.architectures import urbansound


def test_four_seconds_are_64_bands_and_173_frames() -> None:
    spec = urbansound.spec("urbansound_logmel", ())

    inputs = build_frontend(spec.frontend, sample_rate=22_050)(torch.randn(2, 88_200))

    assert inputs.shape == (2, 1, 64, 173)
    assert urbansound.build("urbansound_logmel", 10)(inputs).shape == (2, 10)


def test_parameter_count_follows_from_the_layers() -> None:
    convolutions = 24 * 26 + 48 * (24 * 25 + 1) + 48 * (48 * 25 + 1)
    batch_norm, linear = 2 * (24 + 48 + 48), 10 * 49

    network = urbansound.build("urbansound_logmel", 10)

    count = sum(p.numel() for p in network.parameters())
    assert count == convolutions + batch_norm + linear
