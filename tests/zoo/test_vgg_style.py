"""The series of small kernels: its blocks."""

from zoo.architectures import vgg_style


def test_convolutions_come_in_blocks_of_two() -> None:
    network = vgg_style.build("vgg_style_ch64-6", 16)

    pools = [name for name, _ in network.named_children() if name.startswith("pool")]
    assert pools == ["pool4", "pool6"]
    assert not vgg_style.accepts("vgg_style_ch64-5")
