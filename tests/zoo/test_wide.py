"""The wide series equal their printed counts, but for one that no chain gives."""

import pytest
import torch

from zoo.architectures import wide

PRINTED = {
    "wide_k25_ch32-1-bn": 2_727_824,
    "wide_k25_ch32-2-bn": 931_824,
    "wide_k25_ch32-3-bn": 673_968,
    "wide_k25_ch32-4-bn": 371_056,
    "wide_k25_ch32-5-bn": 496_368,
    "wide_k25_ch32-6-bn": 816_240,
    "wide_k25_ch128-1-bn": 10_911_248,
    "wide_k25_ch128-2-bn": 4_034_448,
    "wide_k25_ch128-3-bn": 3_617_424,
    "wide_k25_ch128-4-bn": 3_634_576,
    "wide_k25_ch128-5-bn": 6_593_424,
    "wide_k25_ch128-6-bn": 12_788_112,
}


@pytest.mark.parametrize(("name", "count"), PRINTED.items(), ids=PRINTED)
def test_parameter_count_is_the_printed_one(name: str, count: int) -> None:
    with torch.device("meta"):
        network = wide.build(name, 16)

    assert sum(p.numel() for p in network.parameters()) == count


@pytest.mark.parametrize(
    ("depth", "printed", "extra"),
    [
        (1, 6_137_360, 8),
        (2, 2_141_136, 8),
        (3, 1_650_512, 16),
        (4, 1_148_112, 16),
        (5, 1_788_368, 32),
        (6, 3_224_784, 32),
    ],
)
def test_printed_count_of_ch64_has_channels_too_many_before_its_linear_layer(
    depth: int, printed: int, extra: int
) -> None:
    network = wide.build(f"wide_k25_ch64-{depth}-bn", 16)

    n_channels = (64, 64, 128, 128, 256, 256)[depth - 1]
    n_cells = network.linear.in_features // n_channels
    ours = sum(p.numel() for p in network.parameters())
    assert printed - ours == 16 * extra * n_cells
