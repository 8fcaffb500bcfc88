"""The wide series: two convolutions of each width."""

from zoo.architectures import wide


def test_width_doubles_every_other_convolution_and_each_is_pooled_by_three() -> None:
    network = wide.build("wide_k25_ch4-5-bn", 16)

    layers = [network.get_submodule(f"conv{i}") for i in range(1, 6)]
    assert [(layer.out_channels, layer.kernel_size) for layer in layers] == [
        *[(4, (25,))] * 2,
        *[(8, (25,))] * 2,
        (16, (25,)),
    ]
    assert {network.get_submodule(f"pool{i}").kernel_size for i in range(1, 6)} == {3}


def test_kernel_and_width_are_said() -> None:
    names = ["wide_k25_ch64-3", "wide_k9_ch5-2-bn", "wide_ch64-3", "wide_k25-3"]

    assert [wide.accepts(name) for name in names] == [True, True, False, False]
