"""Composite kernels against the forward pass of torch in float64."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.dsp.composite import (
    Affine,
    EffectiveKernel,
    Kernel,
    Nonlinearity,
    Pad,
    Pool,
    effective_kernel,
    nonlinear_steps,
    steps_without_gain,
)
from cnnviz.errors import ShapeError


def kernel_of(layer: nn.Conv1d | nn.Conv2d) -> Kernel:
    return Kernel(
        taps=layer.weight.detach().numpy(),
        bias=None if layer.bias is None else layer.bias.detach().numpy(),
        stride=layer.stride,
        dilation=layer.dilation,
        padding=layer.padding,
        groups=layer.groups,
    )


def affine_of(norm: nn.BatchNorm1d | nn.BatchNorm2d) -> Affine:
    scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach().numpy()
    shift = norm.bias.detach().numpy() - scale * norm.running_mean.numpy()
    return Affine(scale=scale, shift=shift)


def settle(norm: nn.BatchNorm1d | nn.BatchNorm2d) -> nn.Module:
    """Give a batch normalisation statistics that are not the identity."""
    with torch.no_grad():
        for tensor in (norm.weight, norm.bias, norm.running_mean):
            tensor.copy_(torch.randn_like(tensor))
        norm.running_var.copy_(torch.rand_like(norm.running_var) + 0.5)
    return norm.double().eval()


def applied_at(effective: EffectiveKernel, clips: torch.Tensor, index: int) -> np.ndarray:
    """Output `index` of the composite, for one time axis; its field must lie in the clip."""
    start = effective.offset[0] + index * effective.jump[0]
    field = clips[0, :, start : start + effective.taps.shape[2]].numpy()
    return np.tensordot(effective.taps, field, axes=([1, 2], [0, 1])) + effective.bias


def test_two_layers_with_batch_norm_stride_dilation_and_padding_equal_one_kernel() -> None:
    torch.manual_seed(0)
    first = nn.Conv1d(1, 6, 11, stride=3, dilation=2, padding=4).double()
    second = nn.Conv1d(6, 5, 5, stride=2, dilation=3).double()
    norm = settle(nn.BatchNorm1d(6))
    clips = torch.randn(1, 1, 400, dtype=torch.float64)

    with torch.no_grad():
        expected = second(norm(first(clips)))[0].numpy()
    effective = effective_kernel([kernel_of(first), affine_of(norm), kernel_of(second)], 1)

    assert effective.taps.shape == (5, 1, 57)  # 1 + 10 * 2 + 4 * 3 * 3
    assert (effective.offset, effective.jump) == ((-4,), (6,))
    for index in range(1, expected.shape[1] - 1):
        np.testing.assert_allclose(
            applied_at(effective, clips, index), expected[:, index], atol=1e-12
        )


def test_second_layer_padding_changes_only_outputs_at_the_border() -> None:
    torch.manual_seed(1)
    first = nn.Conv1d(1, 4, 11, stride=3, dilation=2).double()
    second = nn.Conv1d(4, 3, 5, stride=2, dilation=3, padding=4).double()
    clips = torch.randn(1, 1, 405, dtype=torch.float64)

    with torch.no_grad():
        expected = second(first(clips))[0].numpy()
    effective = effective_kernel([kernel_of(first), kernel_of(second)], 1)

    room = torch.nn.functional.pad(clips, (12, 12))  # 4 cells of 3 audio samples, as if of sound
    moved = replace(effective, offset=(0,))
    apart = [
        index
        for index in range(expected.shape[1])
        if np.abs(applied_at(moved, room, index) - expected[:, index]).max() > 1e-12
    ]
    assert effective.offset == (-12,)
    assert (expected.shape[1], apart) == (63, [0, 1, 61, 62])


def test_groups_average_pooling_and_explicit_padding_are_exact_away_from_the_border() -> None:
    torch.manual_seed(2)
    first = nn.Conv1d(2, 6, 7, stride=2, groups=2).double()
    pool = nn.AvgPool1d(3, stride=2, padding=1)
    second = nn.Conv1d(6, 4, 3, groups=2).double()
    clips = torch.randn(1, 2, 300, dtype=torch.float64)
    chain = [
        Pad(left=(5,), right=(2,)),
        kernel_of(first),
        Pool(kind="avg", kernel=(3,), stride=(2,), padding=(1,)),
        kernel_of(second),
    ]

    with torch.no_grad():
        padded = torch.nn.functional.pad(clips, (5, 2))
        expected = second(pool(first(padded)))[0].numpy()
    effective = effective_kernel(chain, 2)

    assert effective.offset == (-5 - 2,)
    for index in range(2, expected.shape[1] - 2):
        np.testing.assert_allclose(
            applied_at(effective, clips, index), expected[:, index], atol=1e-12
        )


def test_two_dimensional_chain_equals_the_forward_pass() -> None:
    torch.manual_seed(3)
    first = nn.Conv2d(1, 4, (5, 3), stride=(2, 1), dilation=(1, 2)).double()
    second = nn.Conv2d(4, 3, 3, stride=(1, 2)).double()
    norm = settle(nn.BatchNorm2d(4))
    clips = torch.randn(1, 1, 30, 40, dtype=torch.float64)

    with torch.no_grad():
        expected = second(norm(first(clips))).numpy()
    effective = effective_kernel([kernel_of(first), affine_of(norm), kernel_of(second)], 1)
    one = nn.functional.conv2d(
        clips,
        torch.from_numpy(effective.taps),
        torch.from_numpy(effective.bias),
        stride=effective.jump,
    ).numpy()

    np.testing.assert_allclose(one, expected, atol=1e-10)


def test_composite_equals_the_jacobian_of_the_linear_network() -> None:
    torch.manual_seed(4)
    first = nn.Conv1d(1, 3, 8, stride=4).double()
    second = nn.Conv1d(3, 2, 4, dilation=2).double()
    clip = torch.randn(1, 1, 120, dtype=torch.float64)

    jacobian = torch.autograd.functional.jacobian(lambda x: second(first(x))[0, :, 2], clip)
    effective = effective_kernel([kernel_of(first), kernel_of(second)], 1)

    seen = jacobian[:, 0, 0, 8 : 8 + effective.taps.shape[2]].numpy()
    np.testing.assert_allclose(seen, effective.taps[:, 0], atol=1e-12)
    assert jacobian.abs().sum() == pytest.approx(np.abs(effective.taps).sum())


def test_the_frequency_response_obeys_the_noble_identity() -> None:
    rng = np.random.default_rng(5)
    inner, outer = rng.normal(size=(4, 1, 9)), rng.normal(size=(1, 4, 7))
    chain = [
        Kernel(taps=inner, bias=None, stride=(3,), dilation=(2,), padding=(0,)),
        Kernel(taps=outer, bias=None, stride=(2,), dilation=(3,), padding=(1,)),
    ]
    angles = np.linspace(0, np.pi, 33)

    composite = effective_kernel(chain, 1).taps[0, 0]
    whole = np.exp(-1j * np.outer(angles, np.arange(len(composite)))) @ composite
    parts = sum(
        (np.exp(-2j * np.outer(angles, np.arange(9))) @ inner[c, 0])
        * (np.exp(-9j * np.outer(angles, np.arange(7))) @ outer[0, c])
        for c in range(4)
    )

    without_stride = sum(
        (np.exp(-2j * np.outer(angles, np.arange(9))) @ inner[c, 0])
        * (np.exp(-3j * np.outer(angles, np.arange(7))) @ outer[0, c])
        for c in range(4)
    )
    np.testing.assert_allclose(whole, parts, atol=1e-12)
    assert np.corrcoef(np.abs(whole), np.abs(without_stride))[0, 1] < 0.5


def test_the_policy_takes_relu_as_gain_one_and_max_pooling_as_average() -> None:
    taps = np.random.default_rng(6).normal(size=(2, 1, 5))
    kernel = Kernel(taps=taps, bias=None, stride=(1,), dilation=(1,), padding=(0,))
    sizes = {"kernel": (4,), "stride": (4,), "padding": (0,)}

    with_max = [kernel, Nonlinearity(name="relu"), Pool(kind="max", **sizes)]
    with_mean = [kernel, Pool(kind="avg", **sizes)]

    assert nonlinear_steps(with_max) == ("relu", "max-pool")
    assert nonlinear_steps(with_mean) == ()
    np.testing.assert_array_equal(
        effective_kernel(with_max, 1).taps, effective_kernel(with_mean, 1).taps
    )


def test_dilated_pooling_spreads_its_equal_taps() -> None:
    taps = np.random.default_rng(7).normal(size=(2, 1, 5))
    kernel = Kernel(taps=taps, bias=None, stride=(2,), dilation=(1,), padding=(0,))
    pool = Pool(kind="max", kernel=(3,), stride=(1,), padding=(0,), dilation=(4,))

    found = effective_kernel([kernel, pool], 1)

    expected = np.zeros((2, 1, 5 + 2 * 8))
    for place in (0, 8, 16):  # 4 cells of 2 audio samples apart
        expected[:, :, place : place + 5] += taps / 3
    np.testing.assert_allclose(found.taps, expected, atol=1e-15)
    assert nonlinear_steps([kernel, pool]) == ("max-pool",)


def test_functions_without_a_gain_are_named_in_order() -> None:
    names = ("relu", "abs", "tanh", "log1p")

    assert steps_without_gain([Nonlinearity(name=name) for name in names]) == ("abs", "log1p")


def test_a_step_that_does_not_fit_names_the_channels() -> None:
    kernel = Kernel(taps=np.ones((2, 3, 5)), bias=None, stride=(1,), dilation=(1,), padding=(0,))

    with pytest.raises(ShapeError, match="allowed: 1 input channels and 1 spatial axes"):
        effective_kernel([kernel], 1)
