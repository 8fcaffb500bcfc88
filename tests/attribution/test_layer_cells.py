"""Layers of maps: which is chosen, where its cells are, what happens to the network."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.attribution.layer_cells import find_layer
from cnnviz.attribution.methods.grad_cam import GradCAM
from cnnviz.attribution.methods.layer_cam import LayerCAM
from cnnviz.errors import LayerNotFoundError, UnsupportedModelError
from cnnviz.frontend import FrontendSpec

from .on_layers import (
    SPECTRAL,
    Functional,
    Loudness,
    Modular,
    Shared,
    click_detector,
    clicks,
    maps,
    spectral_click_detector,
    values,
)

N = 900
METHODS = pytest.mark.parametrize("method", [GradCAM, LayerCAM])


def noise(n=3):
    return np.random.default_rng(0).normal(size=(n, N)).astype(np.float32)


def peaks(found):
    """Audio sample at the centre of the largest cell of each map, and half a step."""
    cells = [one.values.reshape(-1, len(one.grid.times)).max(0).argmax() for one in found]
    field = found[0].grid.receptive_field
    return field.centres(len(found[0].grid.times))[cells], field.jump / 2


def stretched(found, n_samples):
    """Audio sample of the maximum where a map is stretched over the clip instead."""
    rows = np.stack([one.values.reshape(-1, len(one.grid.times)).max(0) for one in found])
    whole = nn.functional.interpolate(
        torch.tensor(rows)[:, None], size=n_samples, mode="linear", align_corners=False
    )
    return whole[:, 0].argmax(1).numpy()


@METHODS
@pytest.mark.parametrize("stride", [2, 3])
def test_a_click_anywhere_is_found_within_half_a_step(method, stride, audio_model):
    model = audio_model(click_detector(padding=4, stride=stride))
    places = np.arange(0, N, 13)

    found = maps(method(), model, clicks(places, N), np.zeros(len(places), int))

    centres, half = peaks(found)
    assert half == stride**4 / 2
    assert np.abs(centres - places).max() <= half


@METHODS
def test_without_padding_clicks_are_found_wherever_cells_are(method, audio_model):
    model = audio_model(click_detector())
    layer = maps(method(), model, clicks([0], N), [0])[0].grid
    half = layer.receptive_field.jump / 2
    first, last = layer.times[[0, -1]] * model.sample_rate
    places = np.arange(int(np.ceil(first - half)), int(last + half) + 1, 13)

    found = maps(method(), model, clicks(places, N), np.zeros(len(places), int))

    centres, half = peaks(found)
    assert np.abs(centres - places).max() <= half
    assert np.abs(stretched(found, N) - places).max() > half, "the control must fail"


@METHODS
def test_a_padded_layer_stretched_over_the_clip_misses_clicks(method, audio_model):
    model = audio_model(click_detector(padding=4))
    places = np.arange(0, N, 13)

    found = maps(method(), model, clicks(places, N), np.zeros(len(places), int))

    assert np.abs(stretched(found, N) - places).max() > peaks(found)[1]


@METHODS
def test_a_click_is_found_through_a_log_mel_frontend(method, audio_model):
    model = audio_model(spectral_click_detector(padding=2), frontend=SPECTRAL)
    n_samples = 64 * 40
    places = np.arange(0, n_samples, 53)

    found = maps(method(), model, clicks(places, n_samples), np.zeros(len(places), int))

    centres, half = peaks(found)
    assert half == 64 * 4 / 2
    assert found[0].values.shape == (20, 11)
    assert (
        np.abs(centres - places).max() <= half + 0.5
    )  # a periodic window peaks half a sample late


@METHODS
def test_spectral_cells_without_padding_are_where_a_stretched_map_is_not(method, audio_model):
    model = audio_model(spectral_click_detector(), frontend=SPECTRAL)
    n_samples = 64 * 40
    grid = maps(method(), model, clicks([0], n_samples), [0])[0].grid
    half = grid.receptive_field.jump / 2
    first, last = grid.times[[0, -1]] * model.sample_rate
    places = np.arange(int(first - half), int(last + half) + 1, 53)

    found = maps(method(), model, clicks(places, n_samples), np.zeros(len(places), int))

    centres, half = peaks(found)
    assert (
        np.abs(centres - places).max() <= half + 0.5
    )  # a periodic window peaks half a sample late
    assert np.abs(stretched(found, n_samples) - places).max() > half, "the control must fail"


def test_frequencies_are_those_of_the_bands_at_the_centres_of_cells(audio_model):
    model = audio_model(spectral_click_detector(), frontend=SPECTRAL)

    found = maps(GradCAM(), model, clicks([1000], 2560), [0])[0]

    bands = model.frontend.grid(2560).frequencies
    np.testing.assert_allclose(found.grid.frequencies, bands[4:-4])  # 2 of 5 cells, twice
    assert found.values.shape == (12, len(found.grid.times))


def test_rows_that_are_no_frequencies_are_summed(audio_model):
    spec = FrontendSpec(kind="mfcc", n_fft=256, hop_length=64, n_mels=20, n_mfcc=12)
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    model = audio_model(network, frontend=spec)

    found = maps(LayerCAM(), model, noise(1), [0])[0]

    assert found.grid.frequencies.shape == (0,)
    assert found.values.shape == found.grid.times.shape
    assert found.values.sum() > 0


@METHODS
@pytest.mark.parametrize("rectified", [True, False])
@pytest.mark.parametrize("layer", ["first", "second", "third"])
def test_operations_in_place_change_nothing(method, rectified, layer, audio_model):
    parameters = {"layer": layer, "rectified": rectified}
    expected = values(method(**parameters), audio_model(Modular()), noise(), [0, 1, 2])

    for network in (Modular(inplace=True), Functional(inplace=True), Functional(), Shared()):
        found = values(method(**parameters), audio_model(network), noise(), [0, 1, 2])
        np.testing.assert_array_equal(found, expected)


@METHODS
@pytest.mark.parametrize("inplace", [True, False])
def test_each_call_of_a_shared_module_is_its_own_layer(method, inplace, audio_model):
    calls = {"act": "act1", "act#1": "act2", "act#2": "act3"}

    for call, twin in calls.items():
        found = maps(method(layer=call), audio_model(Shared(inplace=inplace)), noise(1), [0])[0]
        expected = maps(method(layer=twin), audio_model(Modular()), noise(1), [0])[0]
        np.testing.assert_array_equal(found.values, expected.values)
        np.testing.assert_array_equal(found.grid.times, expected.grid.times)
        assert found.layer == call
    assert maps(method(), audio_model(Shared()), noise(1), [0])[0].layer == "act#2"


def test_values_of_a_view_that_changes_in_place_are_those_before(audio_model):
    class Turned(nn.Module):
        def forward(self, x):
            return x.transpose(1, 2).contiguous().transpose(1, 2)

    class Changing(Modular):
        def __init__(self, *, is_careful):
            super().__init__()
            self.turned, self.is_careful = Turned(), is_careful

        def forward(self, x):
            x = self.turned(self.first(x))
            x = x.clone() if self.is_careful else x
            x += 1.0
            return self.head(self.third(self.second(x.relu_()).relu()).mean(-1))

    careful, other = (
        values(LayerCAM(layer="turned"), audio_model(Changing(is_careful=c)), noise(), [0, 1, 2])
        for c in (True, False)
    )

    np.testing.assert_array_equal(other, careful)
    assert np.abs(careful).max() > 0


@METHODS
@pytest.mark.parametrize("mode", ["no_grad", "inference_mode", "frozen", "train"])
def test_the_callers_mode_changes_nothing(method, mode, audio_model):
    network = nn.Sequential(nn.BatchNorm1d(1), nn.Dropout(), Modular())
    expected = values(method(), audio_model(network.eval()), noise(), [0, 1, 2])
    network.train(mode == "train")
    network.requires_grad_(mode != "frozen")
    block = {"no_grad": torch.no_grad, "inference_mode": torch.inference_mode}.get(mode)

    with block() if block else torch.enable_grad():
        found = values(method(), audio_model(network), noise(), [0, 1, 2])

    np.testing.assert_array_equal(found, expected)
    assert all(module.training == (mode == "train") for module in network.modules())


@METHODS
def test_hooks_are_gone_also_after_an_exception(method, audio_model):
    class Failing(Modular):
        def forward(self, x):
            if getattr(self, "fails", False):
                x = self.third(self.second(self.first(x)))
                raise KeyboardInterrupt
            return super().forward(x)

    network = Failing()
    model = audio_model(network)
    values(method(), model, noise(1), [0])
    network.third.register_forward_hook(lambda *_: setattr(network, "fails", True))
    before = {name: list(m._forward_hooks) for name, m in network.named_modules()}

    with pytest.raises(KeyboardInterrupt):
        values(method(), model, noise(1), [0])

    assert {name: list(m._forward_hooks) for name, m in network.named_modules()} == before
    assert not any(m._forward_pre_hooks for m in network.modules())


@METHODS
@pytest.mark.parametrize("rectified", [True, False])
def test_a_flat_map_is_zero_and_no_nan(method, rectified, audio_model):
    class Constant(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv1d(1, 2, 5)

        def forward(self, x):
            return 0 * self.conv(x).mean(-1)

    found = values(method(rectified=rectified), audio_model(Constant()), 0 * noise(1), [0])

    assert (found == 0).all()


@METHODS
def test_a_layer_the_score_does_not_see_gets_zeros(method, audio_model):
    class Aside(Modular):
        def __init__(self):
            super().__init__()
            self.aside = nn.Conv1d(1, 2, 3)

        def forward(self, x):
            self.aside(x)
            return super().forward(x)

    assert (values(method(layer="aside"), audio_model(Aside()), noise(1), [0]) == 0).all()


def test_a_pooling_is_never_chosen_but_may_be_named(audio_model):
    network = nn.Sequential(
        nn.Conv1d(1, 3, 5), nn.ReLU(), nn.MaxPool1d(4), nn.Dropout(), nn.Identity(), Loudness()
    )
    model = audio_model(network)

    assert find_layer(model, N, None).name == "1"
    assert find_layer(model, N, "2").name == "2"
    assert maps(GradCAM(layer="2"), model, noise(1), [0])[0].grid.receptive_field.jump == 4


@pytest.mark.parametrize(
    ("layer", "error", "text"),
    [
        ("conv9", LayerNotFoundError, "layer 'conv9' is not in the network; layers: "),
        ("head", UnsupportedModelError, r"'head' has no steps over time .* \(second, act2, third"),
        (":conv1d", UnsupportedModelError, "':conv1d' is a function, which hooks cannot reach"),
    ],
)
def test_a_layer_without_a_map_over_time_is_refused(layer, error, text, audio_model):
    class Bare(Modular):
        def forward(self, x):
            x = nn.functional.conv1d(x, self.first.weight, stride=3)
            return self.head(self.third(self.act2(self.second(x))).mean(-1))

    with pytest.raises(error, match=text):
        maps(GradCAM(layer=layer), audio_model(Bare()), noise(1), [0])


def test_a_network_without_steps_over_time_is_refused(audio_model):
    network = nn.Sequential(nn.Flatten(), nn.Linear(N, 3))

    with pytest.raises(UnsupportedModelError, match="no layer but poolings and copies has steps"):
        maps(GradCAM(), audio_model(network), noise(1), [0])


def test_steps_at_unknown_places_are_refused(audio_model):
    class Mixed(Modular):
        def forward(self, x):
            fine, coarse = x, self.first(x)  # steps of 1 and of 3 samples
            return self.head(self.second(coarse + fine[..., : coarse.shape[-1]]).mean(-1))

    model = audio_model(Mixed())

    with pytest.raises(UnsupportedModelError, match=r"'second' has .* places that are not known"):
        find_layer(model, N, "second")
    assert find_layer(model, N, None).name == "first"


@METHODS
def test_activations_that_are_not_finite_name_their_layer(method, audio_model):
    class Rooted(Modular):
        def forward(self, x):
            return super().forward(x.square().sqrt() + 0 * x)

    waveforms = noise(1)
    waveforms[0, :100] = 0
    model = audio_model(Rooted())
    values(method(), model, waveforms, [0])  # NaN arises between the layer and the clip: unseen

    class Behind(Modular):
        def forward(self, x):
            return self.head((0 * self.first(x)).square().sqrt().mean(-1).repeat(1, 4)[:, :4])

    with pytest.raises(UnsupportedModelError, match="gradients of layer 'first' are not finite"):
        values(method(layer="first"), audio_model(Behind()), waveforms, [0])
