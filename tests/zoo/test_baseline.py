"""The baseline: its names and its linear layers."""

from zoo.architectures import baseline


def test_a_network_has_one_name() -> None:
    said = ["baseline_fc1-4", "baseline_fc1_k25-4", "baseline_fc1_ch8-4", "baseline-4"]

    assert [baseline.accepts(name) for name in said] == [True, False, False, False]


def test_second_linear_layer_is_half_as_wide() -> None:
    network = baseline.build("baseline_fc2-5", 16)

    assert (network.hidden1.out_features, network.hidden2.out_features) == (1024, 512)
