"""M5: counts and receptive field as published."""

import pytest
import torch

from zoo.architectures import m5


def test_small_network_has_the_count_of_the_published_tutorial() -> None:
    assert sum(p.numel() for p in m5.build("m5_ch32", 35).parameters()) == 26_915


def test_published_network_has_half_a_million_parameters() -> None:
    # 128 (80 + 1) + 128 (3 * 128 + 1) + 256 (3 * 128 + 1) + 512 (3 * 256 + 1), batch norm, linear
    convolutions = 128 * 81 + 128 * 385 + 256 * 385 + 512 * 769
    batch_norm, linear = 2 * (128 + 128 + 256 + 512), 10 * 513

    count = sum(p.numel() for p in m5.build("m5", 10).parameters())

    assert count == convolutions + batch_norm + linear


@pytest.mark.parametrize(("name", "n_samples"), [("m5", 32_000), ("m5_ch32", 8_000)])
def test_clip_gives_one_score_per_class(name: str, n_samples: int) -> None:
    assert m5.spec(name, ()).n_samples == n_samples
    assert m5.build(name, 10)(torch.zeros(2, 1, n_samples)).shape == (2, 10)
