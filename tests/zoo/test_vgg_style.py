"""The series of small kernels equals its printed parameter counts."""

import pytest
import torch

from zoo.architectures import vgg_style

PRINTED = {
    "vgg_style_ch64-2": 16_396_624,
    "vgg_style_ch64-4": 5_498_320,
    "vgg_style_ch64-6": 1_881_680,
    "vgg_style_ch64-8": 692_944,
    "vgg_style_ch64-10": 564_176,
    "vgg_style_ch64-12": 392_400,
    "vgg_style_ch64-14": 400_848,
    "vgg_style_ch64-16": 470_736,
    "vgg_style_ch64-18": 760_016,
}


@pytest.mark.parametrize(("name", "count"), PRINTED.items(), ids=PRINTED)
def test_parameter_count_is_the_printed_one(name: str, count: int) -> None:
    with torch.device("meta"):
        network = vgg_style.build(name, 16)

    assert sum(p.numel() for p in network.parameters()) == count


def test_convolutions_come_in_blocks_of_two() -> None:
    network = vgg_style.build("vgg_style_ch64-6", 16)

    pools = [name for name, _ in network.named_children() if name.startswith("pool")]
    assert pools == ["pool4", "pool6"]
    assert not vgg_style.accepts("vgg_style_ch64-5")
