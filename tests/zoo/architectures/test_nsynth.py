"""The two NSynth networks equal their printed counts and shapes."""

import pytest
import torch

from zoo.architectures import nsynth


@pytest.mark.parametrize(
    ("name", "count"), [("nsynth_preliminary", 9_098), ("nsynth_optimized", 8_838_158)]
)
def test_parameter_count_is_the_printed_one(name: str, count: int) -> None:
    with torch.device("meta"):
        network = nsynth.build(name, 10)

    assert sum(p.numel() for p in network.parameters()) == count


def test_shapes_are_the_printed_ones() -> None:
    network = nsynth.build("nsynth_optimized", 10)
    shapes, activations = [], torch.zeros(1, 1, 8_000)

    for layer in network:
        activations = layer(activations)
        shapes.append(tuple(activations.shape[1:]))

    assert [shape for shape in dict.fromkeys(shapes) if shape[0] not in (64, 32)] == [
        (92, 7_997),
        (92, 3_998),
        (367_816,),
        (24,),
        (10,),
    ]
