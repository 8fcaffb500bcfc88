"""The baseline equals its printed parameter counts."""

import pytest
import torch

from zoo.architectures import baseline

PRINTED = {
    "baseline_fc1-4": 3_689_424,
    "baseline_fc2-4": 4_206_032,
    "baseline_fc1-5": 1_338_448,
    "baseline_fc2-5": 1_855_056,
}


@pytest.mark.parametrize(("name", "count"), PRINTED.items(), ids=PRINTED)
def test_parameter_count_is_the_printed_one(name: str, count: int) -> None:
    with torch.device("meta"):
        network = baseline.build(name, 16)

    assert sum(p.numel() for p in network.parameters()) == count


def test_a_network_has_one_name() -> None:
    said = ["baseline_fc1-4", "baseline_fc1_k25-4", "baseline_fc1_ch8-4", "baseline-4"]

    assert [baseline.accepts(name) for name in said] == [True, False, False, False]


def test_second_linear_layer_is_half_as_wide() -> None:
    network = baseline.build("baseline_fc2-5", 16)

    assert (network.hidden1.out_features, network.hidden2.out_features) == (1024, 512)
