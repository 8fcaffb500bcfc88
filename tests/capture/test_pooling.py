"""Statistics of activations equal numpy's, and storage bounds what it loses."""

import numpy as np
import pytest
import torch

from cnnviz.capture.pooling import arrange, convert_maps, pool
from cnnviz.dsp.composite import Affine, Nonlinearity


@pytest.mark.parametrize(
    "shape", [(2, 3, 1), (2, 3, 64), (2, 3, 129), (3, 5, 1000), (2, 3, 7, 300)]
)
def test_statistics_equal_numpy(shape) -> None:
    values = torch.randn(shape, generator=torch.Generator().manual_seed(0))

    found = pool(values)

    array = values.double().numpy()
    axes = tuple(range(2, array.ndim))
    over_time = array.max(2) if array.ndim == 4 else array
    assert np.allclose(found.mean, array.mean(axes), atol=1e-6)
    assert np.allclose(found.rms, np.sqrt((array**2).mean(axes)), atol=1e-6)
    assert np.allclose(found.max, array.max(axes))
    assert np.array_equal(found.highest_cell, over_time.argmax(-1))


def test_a_peak_in_the_last_cells_is_found() -> None:
    values = torch.zeros(1, 1, 1001)
    values[0, 0, 1000] = 1

    assert pool(values).highest_cell.item() == 1000


def test_where_a_norm_turns_a_channel_over_its_highest_cell_is_that_of_the_minimum() -> None:
    values = torch.randn((4, 3, 300), generator=torch.Generator().manual_seed(0))
    scale, shift = np.array([2.0, -0.5, -3.0]), np.array([0.1, 0.2, -0.3])
    steps = (Affine(scale=scale, shift=shift), Nonlinearity(name="relu"))

    found = pool(values, steps)

    heard = np.maximum(values.numpy() * scale[:, None] + shift[:, None], 0)
    assert np.allclose(found.highest, heard.max(-1), atol=1e-6)
    assert np.array_equal(found.highest_cell, heard.argmax(-1))


def test_over_frequency_a_turned_channel_is_searched_for_its_minimum_too() -> None:
    values = torch.randn((2, 2, 5, 40), generator=torch.Generator().manual_seed(0))
    steps = (Affine(scale=np.array([-1.0, 1.0]), shift=np.zeros(2)),)

    found = pool(values, steps)

    heard = (values.numpy() * np.array([-1.0, 1.0])[:, None, None]).max(2)  # (clip, channel, time)
    assert np.array_equal(found.highest_cell, heard.argmax(-1))


def test_axes_are_brought_into_order() -> None:
    output = torch.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)  # (clip, time, channel, frequency)

    found = arrange(output, time_axis=0, frequency_axis=2)

    assert found.shape == (2, 4, 5, 3)
    assert torch.equal(found, output.permute(0, 2, 3, 1))


def test_scores_without_a_time_axis_have_one_cell() -> None:
    assert arrange(torch.zeros(2, 7), None, None).shape == (2, 7, 1)


def test_float32_is_stored_as_it_is() -> None:
    values = torch.randn(3, 2, 9)

    found = convert_maps(values, "float32")

    assert np.array_equal(found.maps, values.numpy())
    assert not found.error.any()
    assert found.maps.ctypes.data != values.numpy().ctypes.data


def test_rounding_to_halves_is_bounded() -> None:
    values = torch.randn(3, 2, 50, generator=torch.Generator().manual_seed(0))

    found = convert_maps(values, "float16")

    lost = np.abs(found.maps.astype(np.float32) - values.numpy()).max(axis=(1, 2))
    largest = values.abs().amax((1, 2)).numpy()
    assert np.all(lost <= found.error)
    assert np.all(found.error <= largest * 2.0**-10)
    assert found.scale.tolist() == [1, 1, 1]


def test_large_clips_are_scaled_by_powers_of_two_alone() -> None:
    values = torch.stack([torch.full((1, 4), 1.5), torch.full((1, 4), 3e5)])

    found = convert_maps(values, "float16")

    assert found.scale.tolist() == [1, 8]
    assert np.isfinite(found.maps).all()
    assert np.allclose(found.maps * found.scale[:, None, None], values.numpy(), rtol=1e-3)


def test_nan_stays_nan_and_does_not_spoil_the_scale() -> None:
    values = torch.tensor([[[1.0, float("nan"), float("inf")]]])

    found = convert_maps(values, "float16")

    assert np.isnan(found.maps[0, 0, 1])
    assert np.isinf(found.maps[0, 0, 2])
    assert found.scale.tolist() == [1]
