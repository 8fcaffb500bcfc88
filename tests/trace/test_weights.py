"""Convolutions of bare state dicts."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.model import WeightsOnly
from cnnviz.trace import weight_convolutions


def _found(network: nn.Module):
    return weight_convolutions(WeightsOnly(network.state_dict(), "hint"))


def test_convolutions_are_found_by_shape_and_order() -> None:
    network = nn.Sequential(
        nn.Conv1d(1, 4, 9),
        nn.BatchNorm1d(4),
        nn.Conv1d(4, 8, 3, bias=False),
        nn.LayerNorm((8, 5)),
        nn.LSTM(8, 3),
        nn.Linear(3, 2),
    )

    found = _found(network)

    assert [(c.name, c.weight.shape) for c in found] == [("0", (4, 1, 9)), ("2", (8, 4, 3))]
    assert found[0].weight.dtype == np.float64
    assert np.array_equal(found[0].weight, network[0].weight.detach().double().numpy())
    assert found[1].bias is None
    assert found[0].stride == ()
    assert np.isnan(found[0].time_axis_jump)


def test_two_dimensional_layer_norm_is_no_convolution() -> None:
    assert _found(nn.LayerNorm((4, 5, 6))) == ()


def test_a_bias_that_fits_the_second_axis_marks_a_transposed_convolution() -> None:
    found = _found(nn.Sequential(nn.ConvTranspose1d(6, 2, 4), nn.Conv2d(2, 3, (5, 3))))

    assert [convolution.transposed for convolution in found] == [True, False]


@pytest.mark.parametrize("form", ["parametrization", "attributes"])
def test_weight_normalisation_is_multiplied_out(form) -> None:
    torch.manual_seed(0)
    conv = nn.Conv1d(3, 4, 5)
    with torch.no_grad():
        direction, magnitude = torch.randn(4, 3, 5), torch.rand(4, 1, 1)
        weight = magnitude * direction / direction.flatten(1).norm(dim=1)[:, None, None]
    state = (
        {
            "a.parametrizations.weight.original0": magnitude,
            "a.parametrizations.weight.original1": direction,
        }
        if form == "parametrization"
        else {"a.weight_g": magnitude, "a.weight_v": direction}
    )

    found = weight_convolutions(WeightsOnly({**state, "a.bias": conv.bias}, "hint"))

    assert found[0].name == "a"
    assert np.allclose(found[0].weight, weight.double().numpy(), atol=1e-7)
