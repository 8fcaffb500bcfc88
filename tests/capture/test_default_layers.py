"""Which layers a capture records unless they are named, and of which it keeps the maps."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.capture import Choices, prepare, record
from cnnviz.errors import ParameterError
from cnnviz.model import ModelSpec, assemble
from tests.capture.recordings import N_SAMPLES, SAMPLE_RATE, write_clips


def network(*ending):
    """Two convolutions of 1,584 and 784 float16 numbers, and an ending."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv1d(1, 4, 9, stride=2), nn.BatchNorm1d(4), nn.ReLU(), nn.Conv1d(4, 2, 5), *ending
    )


CLASSIFIER = (nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Dropout(), nn.Linear(2, 3))
FIRST_MAPS, SECOND_MAPS = 4 * 396 * 2, 2 * 392 * 2  # bytes of a clip


def model(*ending):
    spec = ModelSpec(sample_rate=SAMPLE_RATE, n_samples=N_SAMPLES)
    return assemble(network(*ending), spec, name="tiny", reference="tiny")


@pytest.fixture
def clips(tmp_path):
    return write_clips(tmp_path / "clips", 6)


def planned(plan):
    return {layer.call.name: layer.has_maps for layer in plan.layers}


@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        pytest.param(CLASSIFIER, ("0", "3", "4"), id="what enters the linear layer"),
        pytest.param((nn.Flatten(), nn.Linear(784, 3)), ("0", "3"), id="a convolution before it"),
        pytest.param(
            (nn.ReLU(), nn.Conv1d(2, 3, 1), nn.BatchNorm1d(3), nn.AdaptiveAvgPool1d(1)),
            ("0", "3", "4", "5"),
            id="a convolution classifies",
        ),
    ],
)
def test_every_convolution_and_what_enters_the_last_layer_are_recorded(ending, expected, clips):
    plan = prepare(model(*ending), clips)

    assert tuple(planned(plan)) == expected


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        pytest.param(4 * (FIRST_MAPS + SECOND_MAPS), {"0": True, "3": True}, id="both fit"),
        pytest.param(4 * (FIRST_MAPS + SECOND_MAPS) - 1, {"0": True, "3": False}, id="one fits"),
    ],
)
def test_maps_are_kept_of_the_layers_that_fit_the_budget(budget, expected, clips):
    plan = prepare(model(*CLASSIFIER), clips, Choices(n_maps=4, budget_bytes=budget))

    assert planned(plan) == {**expected, "4": False}  # one cell is no map
    assert plan.estimate.n_maps == 4


def test_of_a_first_layer_that_does_not_fit_fewer_clips_are_kept(clips):
    plan = prepare(model(*CLASSIFIER), clips, Choices(n_maps=4, budget_bytes=2 * FIRST_MAPS))

    assert planned(plan) == {"0": True, "3": False, "4": False}
    assert plan.estimate.n_maps == 2


def test_layers_without_maps_have_statistics_and_say_what_to_do(clips, tmp_path):
    choices = Choices(n_maps=4, budget_bytes=4 * FIRST_MAPS)

    with record(model(*CLASSIFIER), clips, out=tmp_path / "run", choices=choices) as run:
        means, pooled = run.pooled("3", "mean"), run.pooled("4", "mean")
        assert run.map_layers == ("0",)
        with pytest.raises(ParameterError, match=r"'3' has no maps .*allowed: 0; .*--layer"):
            run.maps("3", int(run.map_index[0]))

    np.testing.assert_allclose(pooled, means, atol=1e-6)  # the average of the second convolution
