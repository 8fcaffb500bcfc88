"""Jacobians of units against taps; what cells see; noise and its level."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble
from cnnviz.probing import unit_layers
from cnnviz.probing.cell_windows import shortest_sound, windows_of
from cnnviz.probing.held_level import with_held_level
from cnnviz.probing.unit_jacobians import NoGradientError, unit_jacobians
from cnnviz.probing.white_noise import noise_rms, white_noise, with_negatives

RATE = 8000


def model_of(network, **spec):
    known = {"sample_rate": RATE, "n_samples": 4000, "frontend": FrontendSpec(), **spec}
    return assemble(network.eval(), ModelSpec(**known), name="net", reference="net")


def jacobians_of(model, name, n_sounds=3, units=(0, 1)):
    (layer,) = unit_layers(model, [name])
    generator = np.random.default_rng(0)
    return list(
        unit_jacobians(
            model, layer, None, units=units, n_sounds=n_sounds, rms=0.1, generator=generator
        )
    )


def linear(padding=0):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv1d(1, 2, 11, stride=3), nn.AvgPool1d(2), nn.Conv1d(2, 2, 3, padding=padding)
    )


@pytest.mark.parametrize("padding", [0, 1])
def test_of_a_linear_path_they_are_its_impulse_response(padding):
    network = linear(padding)

    found = jacobians_of(model_of(network), "2")

    size = 11 + 3 * 1 + 6 * 2
    impulses = torch.eye(100)[:, None]  # audio sample of the impulse, channel, time
    with torch.no_grad():
        answers = (network(impulses) - network(torch.zeros(1, 1, 100)))[..., 6].numpy()
    start = 6 * 6 - padding * 6
    for unit in (0, 1):
        expected = answers[start : start + size, unit]
        np.testing.assert_allclose(found[unit], np.tile(expected, (3, 1)), atol=1e-6)


def test_sounds_are_as_short_as_one_cell_without_padding_allows():
    model = model_of(linear(padding=1))
    (layer,) = unit_layers(model, ["2"])

    assert shortest_sound(layer) == 26
    windows = windows_of(layer, 3, 32)
    assert (windows.cells.tolist(), windows.starts.tolist(), windows.size) == ([1, 2], [0, 6], 26)


def test_without_a_known_field_the_middle_cell_sees_the_whole_sound():
    model = model_of(nn.Sequential(nn.Conv1d(1, 2, 11), nn.Flatten(), nn.Linear(7980, 4)))
    (layer,) = unit_layers(model, ["2"])

    windows = windows_of(layer, 1, 4000)

    assert shortest_sound(layer) is None
    assert (windows.cells.tolist(), windows.size, windows.is_known) == ([0], 4000, False)
    assert jacobians_of(model, "2")[0].shape == (3, 4000)


def test_a_detached_layer_is_refused():
    class Detached(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv1d(1, 2, 5)

        def forward(self, x):
            return self.conv(x.detach())

    network = Detached().requires_grad_(False)
    with pytest.raises(NoGradientError):
        jacobians_of(model_of(network), "conv")


@pytest.mark.parametrize("normalize", ["rms", "zscore", "peak"])
def test_a_levelling_frontend_becomes_the_gain_it_gives_to_the_noise(normalize):
    model = model_of(linear(), frontend=FrontendSpec(normalize=normalize))

    held = with_held_level(model, 0.05)

    noise = white_noise(1, 4000, rms=0.05, generator=np.random.default_rng(7))
    before, after = (m.frontend(torch.from_numpy(noise)).numpy() for m in (model, held))
    rounding = 0.15 if normalize == "peak" else 0.03  # that of one clip is drawn
    assert after.std() == pytest.approx(before.std(), rel=rounding)
    np.testing.assert_allclose(held.frontend(torch.from_numpy(2 * noise)), 2 * after, rtol=1e-6)


def test_noise_at_0_dbfs_has_the_power_of_a_full_scale_sine():
    noise = white_noise(4, 50_000, rms=noise_rms(0.0), generator=np.random.default_rng(0))

    assert np.square(noise).mean() == pytest.approx(0.5, rel=0.02)
    assert noise_rms(-20.0) == pytest.approx(0.0707, abs=1e-4)
    np.testing.assert_array_equal(with_negatives(noise)[1], -noise[0])
