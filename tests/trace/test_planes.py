"""Receptive fields along time and frequency of random two-dimensional networks."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnviz.grid import EXACT, UNKNOWN, UPPER
from cnnviz.model import AudioModel
from cnnviz.trace import NetworkTrace, trace
from tests.trace.networks import Cells, Function, assert_true_claim, dependence, model_of

N_FREQUENCIES, N_FRAMES = 12, 22


def _layer(random: np.random.Generator) -> nn.Module:
    """One random layer that keeps two channels."""
    taps, stride, dilation = (tuple(random.integers(1, n, 2).tolist()) for n in (4, 3, 3))
    half = tuple(int(random.integers(0, n // 2 + 1)) for n in taps)
    kinds = (
        nn.Conv2d(2, 2, taps, stride, half, dilation, groups=int(random.integers(1, 3))),
        nn.Conv2d(2, 2, taps, stride, tuple(random.integers(0, 3, 2).tolist()), dilation),
        nn.MaxPool2d(taps, stride, half, ceil_mode=bool(random.integers(2))),
        nn.AvgPool2d(taps, stride, half, ceil_mode=bool(random.integers(2))),
        nn.ZeroPad2d(tuple(random.integers(-1, 3, 4).tolist())),
        nn.ConvTranspose2d(2, 2, taps, stride),
        _Residual(nn.Conv2d(2, 2, 3, padding=dilation, dilation=dilation)),
        nn.Sequential(nn.BatchNorm2d(2), nn.ReLU(inplace=True)),
        nn.LayerNorm(2),
    )
    return kinds[random.integers(len(kinds))]


class _Residual(nn.Module):
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, inputs: Tensor) -> Tensor:
        return inputs + F.silu(self.inner(inputs))


class _Random(nn.Module):
    def __init__(self, seed: int) -> None:
        super().__init__()
        random = np.random.default_rng(seed)
        layers = [_layer(random) for _ in range(random.integers(2, 5))]
        self.layers = nn.ModuleList([*layers, nn.Identity()])

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = inputs.expand(-1, 2, -1, -1)
        for layer in self.layers:
            turned = isinstance(layer, nn.LayerNorm)  # over channels, which it wants last
            hidden = hidden.permute(0, 2, 3, 1) if turned else hidden
            hidden = layer(hidden).permute(0, 3, 1, 2) if turned else layer(hidden)
        return hidden


def _plane(network: nn.Module) -> AudioModel:
    return replace(model_of(network.double()), frontend=Cells(N_FREQUENCIES))


def _traced(network: nn.Module) -> NetworkTrace:
    return trace(_plane(network), N_FREQUENCIES * N_FRAMES)


@pytest.mark.parametrize("seed", range(40))
def test_fields_of_both_axes_hold_what_a_nan_in_each_cell_reaches(seed) -> None:
    network = _Random(seed)

    call = _traced(network).calls[-1]

    read = dependence(network, N_FREQUENCIES, N_FRAMES).any(axis=1)
    read = read.reshape(N_FREQUENCIES, N_FRAMES, *read.shape[1:])
    slack = 8 if UPPER in (call.time_field.status, call.frequency_field.status) else 0
    assert (call.frequency_axis, call.time_axis) == (1, 2)
    assert_true_claim(call.time_field, read.any(axis=(0, 2)), slack=slack, n_inner=0)
    assert_true_claim(call.frequency_field, read.any(axis=(1, 3)), slack=slack, n_inner=0)


def test_most_random_networks_are_exact_and_none_is_unknown() -> None:
    calls = [_traced(_Random(seed)).calls[-1] for seed in range(40)]

    statuses = [f.status for call in calls for f in (call.time_field, call.frequency_field)]
    assert statuses.count(EXACT) >= 40
    assert statuses.count(UPPER) >= 5
    assert UNKNOWN not in statuses


def test_a_mean_over_one_axis_leaves_the_other_as_it_is() -> None:
    network = nn.Sequential(nn.Conv2d(1, 3, (3, 5)), Function(lambda x: x.mean(2)))

    call = _traced(network).calls[-1]

    assert call.output_shape == (3, 18)
    assert (call.time_axis, call.frequency_axis) == (1, None)
    assert (call.time_field.size, call.time_field.jump) == (5, 1)
    assert (call.frequency_field.size, call.frequency_field.jump) == (12, 0)


def test_frequency_folded_into_channels_is_no_axis_any_more() -> None:
    network = nn.Sequential(
        nn.Conv2d(1, 3, (3, 5), stride=(2, 1)),
        nn.Flatten(1, 2),
        nn.Conv1d(15, 4, 3),
    )

    found = _traced(network)

    folded, last = found.calls[1:]
    assert (folded.time_axis, folded.frequency_axis) == (1, None)
    assert found.convolution("2").axes == ("time",)
    assert last.time_field.size == 7
    assert last.frequency_field.span(0) == (0, 11)


def test_squeeze_and_excitation_sees_the_whole_plane_about_each_cell() -> None:
    def excite(inputs: Tensor, conv: nn.Module, gate: nn.Module) -> Tensor:
        hidden = conv(inputs)
        return hidden * torch.sigmoid(gate(F.adaptive_avg_pool2d(hidden, 1)))

    network = Function(excite, conv=nn.Conv2d(1, 2, 3, padding=1), gate=nn.Conv2d(2, 2, 1))

    found = _traced(network)

    read = dependence(network, N_FREQUENCIES, N_FRAMES)
    assert read.all()
    assert found.output_field.status == UPPER
    assert [found.output_field.span(i)[0] <= 0 for i in (0, 21)] == [True, True]
    assert [found.output_field.span(i)[1] >= N_FRAMES for i in (0, 21)] == [True, True]
    assert found.call("gate").time_field.span(0) == (0, N_FRAMES)


@pytest.mark.parametrize("axis", [2, 3], ids=["frequency", "time"])
def test_what_is_lost_on_one_axis_is_still_known_on_the_other(axis) -> None:
    network = nn.Sequential(nn.Conv2d(1, 1, 3), Function(lambda x: x.flip(axis)))

    call = _traced(network).calls[-1]

    statuses = (call.frequency_field.status, call.time_field.status)
    assert statuses == ((UNKNOWN, EXACT) if axis == 2 else (EXACT, UNKNOWN))
    assert (call.time_field.size == 3) == (axis == 2)


def test_frames_of_a_frontend_stretch_the_field_of_time_only() -> None:
    network = nn.Conv2d(1, 1, (3, 5), stride=(2, 3))
    frames = Cells(N_FREQUENCIES)
    own = replace(frames.grid(264).receptive_field, offset=-8.0, jump=10.0, size=25.0)
    frames.grid = lambda n_samples: replace(Cells.grid(frames, n_samples), receptive_field=own)

    found = trace(replace(model_of(network), frontend=frames), 264)

    field = found.output_field
    assert (field.offset, field.jump, field.size) == (-8, 30, 25 + 4 * 10)
    assert found.calls[0].frequency_field.size == 3
    assert found.convolutions[0].time_axis_jump == 10
    assert found.covered == (0, min(264, -8 + 19 * 10 + 25))
