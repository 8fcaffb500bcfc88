"""Receptive fields of windows and cuts equal what a NaN in each sample reaches."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnviz.grid import EXACT, UNKNOWN, UPPER
from cnnviz.trace import trace
from tests.trace.networks import Function, assert_true_claim, dependence, model_of, traced

N_SAMPLES = 48


def _ones(*shape: int) -> Tensor:
    return torch.ones(*shape, dtype=torch.float64)


def _padded(inputs: Tensor, left: int, right: int) -> Tensor:
    zeros = [torch.zeros(len(inputs), 1, n, dtype=inputs.dtype) for n in (left, right)]
    return torch.cat([zeros[0], inputs, zeros[1]], dim=-1)


_EXACT = {
    "convolution": lambda x: F.conv1d(x, _ones(1, 1, 5), stride=3, padding=2),
    "dilated": lambda x: F.conv1d(x, _ones(1, 1, 4), dilation=3, padding=4),
    "asymmetric": lambda x: F.conv1d(F.pad(x, (4, 0)), _ones(1, 1, 5)),
    "depthwise": lambda x: F.conv1d(x.expand(-1, 4, -1), _ones(4, 1, 3), groups=4),
    "grouped": lambda x: F.conv1d(x.expand(-1, 4, -1), _ones(6, 2, 3), groups=2),
    "a view of one": lambda x: F.conv2d(x[:, :, None], _ones(1, 1, 1, 4)).squeeze(2),
    "maximum": lambda x: F.max_pool1d(x, 4),
    "maximum, ceil": lambda x: F.max_pool1d(x, 5, 4, 2, ceil_mode=True),
    "maximum, dilated": lambda x: F.max_pool1d(x, 3, 2, 1, dilation=3),
    "average": lambda x: F.avg_pool1d(x, 6, 4, 3),
    "average, ceil": lambda x: F.avg_pool1d(x, 5, 3, 2, ceil_mode=True, count_include_pad=False),
    "power average": lambda x: F.lp_pool1d(x, 2, 4, 3),
    "even shares": lambda x: F.adaptive_avg_pool1d(x, 8),
    "even maxima": lambda x: F.adaptive_max_pool1d(x, 6),
    "mean": lambda x: x.mean(-1, keepdim=True),
    "crop": lambda x: F.pad(x, (-5, 3)),
    "zeros beside": lambda x: _padded(x, 3, 4),
    "narrow": lambda x: x.narrow(-1, 5, 20),
    "strided slice": lambda x: x[..., 5:-3:4],
    "chunk": lambda x: x.chunk(3, dim=-1)[1],
    "split": lambda x: torch.split(x, [10, 20, 18], dim=-1)[2],
    "tensor split": lambda x: torch.tensor_split(x, (7, 30), dim=-1)[1],
    "one cell": lambda x: x[..., 7][..., None],
    "slice of stride": lambda x: F.conv1d(x, _ones(1, 1, 3), stride=2)[..., 3:9:2],
    "wider branch": lambda x: F.max_pool1d(x, 5, 1, 2) + x,
    "channels side by side": lambda x: torch.cat([x, F.conv1d(x, _ones(2, 1, 3), padding=1)], 1),
    "stacked": lambda x: torch.stack([x, x.abs()], dim=1).amax(1),
    "gated channels": lambda x: F.glu(x.expand(-1, 4, -1), dim=1),
    "product with channels": lambda x: torch.einsum("bct,oc->bot", x, _ones(3, 1)),
    "written elsewhere": lambda x: torch.add(x, 1, out=torch.empty_like(x)),
}
_UPPER = {  # and by how many cells the bound may be too wide
    "uneven shares": (lambda x: F.adaptive_avg_pool1d(x, 7), 3),
    "more shares than cells": (lambda x: F.adaptive_max_pool1d(x, 100), 3),
    "transposed": (
        lambda x: F.conv_transpose1d(x, _ones(1, 1, 7), stride=3, padding=2, output_padding=1),
        2,
    ),
    "transposed, dilated": (lambda x: F.conv_transpose1d(x, _ones(1, 1, 3), dilation=4), 2),
    "up and down": (
        lambda x: F.conv1d(
            F.conv_transpose1d(x, _ones(1, 1, 6), stride=3, padding=2), _ones(1, 1, 9), stride=4
        ),
        2,
    ),
    "frames": (lambda x: (x.unfold(-1, 8, 4) @ _ones(8, 5)).squeeze(1).transpose(1, 2), 0),
    "folded": (lambda x: x.reshape(len(x), 1, 12, 4).amax(-1), 0),
    "branches that overlap": (lambda x: x[..., 3:] + x[..., :-3], 0),
    "differences": (lambda x: x.diff(dim=-1), 0),
    "two single cells": (lambda x: x[..., 7:8] + x[..., 19:20], 0),
    "columns": (lambda x: F.unfold(x[:, :, None], (1, 4)), N_SAMPLES),
    "spectrogram": (lambda x: _spectrogram(x, center=False), 0),
}


def _spectrogram(inputs: Tensor, *, center: bool) -> Tensor:
    window = torch.hann_window(16, dtype=inputs.dtype)
    spectra = torch.stft(inputs[:, 0], 16, 4, window=window, center=center, return_complex=True)
    return spectra.abs()


@pytest.mark.parametrize("function", _EXACT.values(), ids=_EXACT)
def test_a_window_sees_exactly_what_reaches_it(function) -> None:
    network = Function(function)

    found = trace(model_of(network), N_SAMPLES)

    read = dependence(network, N_SAMPLES).any(axis=1)
    assert found.output_field.status == EXACT
    assert_true_claim(found.output_field, read)


@pytest.mark.parametrize(("function", "slack"), _UPPER.values(), ids=_UPPER)
def test_an_upper_bound_holds_and_is_close(function, slack) -> None:
    network = Function(function)

    found = trace(model_of(network), N_SAMPLES)

    read = dependence(network, N_SAMPLES).any(axis=1)
    assert found.output_field.status == UPPER
    assert_true_claim(found.output_field, read, slack=slack)


@pytest.mark.parametrize("function", [*_EXACT.values(), *(f for f, _ in _UPPER.values())])
def test_samples_that_are_not_covered_change_nothing(function) -> None:
    network = Function(function)

    start, stop = trace(model_of(network), N_SAMPLES).covered

    seen = dependence(network, N_SAMPLES).any(axis=(1, 2)).nonzero()[0]
    assert start <= seen[0]
    assert seen[-1] < stop


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x[..., torch.arange(N_SAMPLES).flip(0)],
        lambda x: x.index_select(-1, torch.arange(5, 10)),
        lambda x: x.roll(1, -1),
        lambda x: x.repeat(1, 1, 2),
        lambda x: torch.cat([x[..., 24:], x[..., :24]], dim=-1),
        lambda x: x.sort(dim=-1).values.topk(3).values,
        lambda x: F.conv1d(x, x[:1, :, :3]),
        lambda x: F.max_pool1d(x.repeat_interleave(2, dim=-1), 3),
        lambda x: x + x[..., ::2].repeat_interleave(2, dim=-1),
        lambda x: x[..., ::2] + x.reshape(len(x), 1, 24, 2).transpose(2, 3).flatten(2)[..., :24],
    ],
    ids=[
        *("indexed", "selected", "rolled", "repeated", "swapped", "ranked"),
        *("weights from the clip", "repeated cells", "other jump", "other order"),
    ],
)
def test_what_no_rule_knows_claims_nothing(function) -> None:
    found = traced(function, N_SAMPLES)

    assert found.output_field.status == UNKNOWN
    assert found.covered is None


@pytest.mark.parametrize("mode", ["reflect", "replicate"])
def test_borders_that_repeat_the_clip_leave_inner_cells_as_they_are(mode) -> None:
    network = Function(lambda x: F.conv1d(F.pad(x, (3, 3), mode=mode), _ones(1, 1, 7)))

    found = trace(model_of(network), N_SAMPLES)

    assert (found.output_field.offset, found.output_field.size) == (-3, 7)
    assert found.output_field.status == UPPER
    assert_true_claim(found.output_field, dependence(network, N_SAMPLES)[:, 0])


def test_frames_of_a_centred_spectrogram_begin_before_the_clip() -> None:
    network = Function(lambda x: _spectrogram(x, center=True))

    field = trace(model_of(network), N_SAMPLES).output_field

    read = dependence(network, N_SAMPLES)[:, :, 2:-2].any(axis=1)
    assert (field.offset, field.jump, field.size) == (-8, 4, 16)
    assert read[:, 0].nonzero()[0].tolist() == list(range(16))


def test_cells_taken_one_by_one_are_told_as_one_whole() -> None:
    network = Function(lambda x: torch.stack(x.unbind(-1)[3:20:4], dim=-1))

    found = trace(model_of(network), N_SAMPLES)

    assert found.output_field.status == UPPER
    assert found.output_field.span(0) == (3, 20)
    assert found.output_cells == 0


@pytest.mark.parametrize(
    "conv",
    [
        nn.Conv1d(1, 1, 1, stride=3, padding=1),
        nn.Conv1d(1, 1, 3, stride=2, padding=1, dilation=2),
        nn.Conv1d(1, 1, 2, stride=7, padding=2, dilation=5),
    ],
    ids=["strides over cells", "dilation of the stride", "both"],
)
def test_a_mean_over_windows_with_gaps_claims_no_cell_beside_them(conv) -> None:
    network = Function(lambda x, conv: conv(x).mean(-1, keepdim=True), conv=conv)

    found = trace(model_of(network), N_SAMPLES)

    assert found.output_field.status == EXACT
    assert_true_claim(found.output_field, dependence(network, N_SAMPLES)[:, 0])
