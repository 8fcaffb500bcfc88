"""Interpolation reads no cell outside its receptive field, up or down, by size or by scale."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnviz.grid import UNKNOWN, UPPER
from cnnviz.trace import trace
from tests.trace.networks import Function, assert_true_claim, dependence, model_of, traced

_MODES = ("nearest", "nearest-exact", "linear")


def _resized(mode: str, **target: object) -> Function:
    return Function(lambda x: F.interpolate(x, mode=mode, **target))


@pytest.mark.parametrize("mode", _MODES)
@pytest.mark.parametrize("n_out", [5, 11, 23, 46, 60, 92, 101])
def test_a_length_is_reached_by_reading_near_each_cell(mode, n_out) -> None:
    network = _resized(mode, size=n_out)

    found = trace(model_of(network), 46)

    assert found.output_field.status == UPPER
    assert found.output_field.jump == pytest.approx(46 / n_out)
    assert found.output_cells == n_out
    assert_true_claim(found.output_field, dependence(network, 46)[:, 0], slack=3)


@pytest.mark.parametrize("mode", _MODES)
@pytest.mark.parametrize("scale", [0.15, 0.3, 1 / 3, 0.7, 1.3, 2.0, 2.9])
@pytest.mark.parametrize("n_samples", [43, 46, 49])
def test_a_scale_counts_as_it_was_given_not_as_the_lengths_say(mode, scale, n_samples) -> None:
    network = _resized(mode, scale_factor=scale)

    found = trace(model_of(network), n_samples)

    assert found.output_field.jump == pytest.approx(1 / scale)
    assert_true_claim(found.output_field, dependence(network, n_samples)[:, 0], slack=3)


@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic"])
@pytest.mark.parametrize("scale", [(1.0, 0.15), (1.0, 1.7)], ids=["down", "up"])
def test_the_last_of_two_axes_has_a_scale_of_its_own(mode, scale) -> None:
    network = Function(lambda x: F.interpolate(x[:, :, None], scale_factor=scale, mode=mode))

    found = trace(model_of(network), 46)

    assert found.output_field.jump == pytest.approx(1 / scale[1])
    assert_true_claim(found.output_field, dependence(network, 46)[:, 0, 0], slack=5)


@pytest.mark.parametrize(
    "options",
    [{"align_corners": True}, {"antialias": True, "mode": "bilinear"}],
    ids=["aligned corners", "antialiased"],
)
def test_ways_without_a_fixed_step_claim_nothing(options) -> None:
    options = {"mode": "bicubic", "size": (1, 30), **options}

    found = traced(lambda x: F.interpolate(x[:, :, None], **options), 46)

    assert found.output_field.status == UNKNOWN
    assert found.covered is None


def test_an_encoder_and_decoder_sees_what_its_gradients_see() -> None:
    def both(inputs: Tensor, down: nn.Module, up: nn.Module, last: nn.Module) -> Tensor:
        small = torch.tanh(down(inputs))
        return last(torch.tanh(up(small)) + F.interpolate(small, scale_factor=4.0))

    torch.manual_seed(0)
    network = Function(
        both,
        down=nn.Conv1d(1, 2, 5, stride=4, padding=2),
        up=nn.ConvTranspose1d(2, 2, 4, stride=4),
        last=nn.Conv1d(2, 1, 3, padding=1),
    )
    found = trace(model_of(network), 64)
    inputs = torch.rand(1, 1, 64, dtype=torch.float64, requires_grad=True)

    for index in (8, 30, 55):
        (gradient,) = torch.autograd.grad(network(inputs)[0, 0, index], inputs)
        seen = torch.nonzero(gradient[0, 0]).flatten()

        start, stop = found.output_field.span(index)
        assert start <= seen[0]
        assert seen[-1] < stop
        assert stop - start <= 3 * (seen[-1] + 1 - seen[0])
