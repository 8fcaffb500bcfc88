"""Convolutions of bare state dicts."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, weight_norm

from cnnviz.model import WeightsOnly
from cnnviz.trace import weight_convolutions

pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm:FutureWarning")


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
    assert found[0].weight.dtype == np.float32  # as stored: nothing is lost
    assert np.array_equal(found[0].weight, network[0].weight.detach().double().numpy())
    assert found[1].bias is None
    assert found[0].stride == ()
    assert np.isnan(found[0].time_axis_jump)


def test_two_dimensional_layer_norm_is_no_convolution() -> None:
    assert _found(nn.LayerNorm((4, 5, 6))) == ()


@pytest.mark.parametrize("shape", [(0, 1, 5), (4, 0, 5), (4, 1, 0)], ids=str)
def test_an_empty_tensor_is_no_convolution(shape: tuple[int, ...]) -> None:
    tensors = {"0.weight": torch.empty(shape), "1.weight": torch.ones(2, 1, 3)}

    found = weight_convolutions(WeightsOnly(tensors, "hint"))

    assert [convolution.name for convolution in found] == ["1"]


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


@pytest.mark.parametrize("form", [weight_norm, parametrizations.weight_norm], ids=["old", "new"])
@pytest.mark.parametrize("axis", [0, 1, 2, None])
def test_the_norm_may_run_along_any_axis_or_all(form, axis) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(form(nn.Conv1d(3, 4, 5), dim=axis))
    state = {
        k: 2 * v if v.ndim == 0 or 1 in v.shape else v for k, v in network.state_dict().items()
    }
    network.load_state_dict(state)
    with torch.no_grad():
        network(torch.zeros(1, 3, 5))  # the old form makes its weight when it runs

    (found,) = _found(network)

    assert found.name == "0"
    assert np.allclose(found.weight, network[0].weight.detach().double().numpy(), atol=1e-7)


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ({"weight": torch.ones(2, 1, 3)}, ["weight"]),
        ({"net.kernel": torch.ones(2, 1, 3, 3)}, ["net"]),
        ({"sinc.filters": torch.ones(2, 1, 9).half()}, ["sinc"]),
        ({"a.weight": torch.ones(2, 1, 3, dtype=torch.int64)}, []),
        ({"a.weight": torch.ones(2, 1)}, []),
        ({"a.weight": torch.ones(2, 1, 3, 3, 3)}, []),
        ({"position": torch.ones(1, 10, 4), "a.overweight": torch.ones(2, 1, 3)}, []),
    ],
    ids=["alone", "kernel", "half", "integers", "matrix", "volume", "other names"],
)
def test_what_counts_is_the_end_of_the_name_the_type_and_the_axes(state, names) -> None:
    found = weight_convolutions(WeightsOnly(state, "hint"))

    assert [convolution.name for convolution in found] == names
    assert all(np.array_equal(c.weight, np.ones_like(c.weight)) for c in found)


def test_a_square_weight_is_not_taken_as_transposed() -> None:
    found = _found(
        nn.Sequential(nn.ConvTranspose1d(4, 4, 3), nn.ConvTranspose1d(4, 2, 3, bias=False))
    )

    assert [convolution.transposed for convolution in found] == [False, False]


def test_weights_that_were_found_cannot_be_written() -> None:
    (found,) = _found(nn.Sequential(nn.Conv1d(1, 2, 3)))

    with pytest.raises(ValueError, match="read-only"):
        found.weight[0] = 0
