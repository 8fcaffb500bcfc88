"""Occlusion against linear and quadratic models, captum, and a planted burst."""

import numpy as np
import pytest
import torch
from captum import attr
from torch import nn

from cnnviz.attribution.attribute import attribute
from cnnviz.attribution.methods.occlusion import Occlusion
from cnnviz.dsp.segments import band_edges, soft_windows, split_bands, window_starts
from cnnviz.errors import ParameterError

from .conftest import RATE
from .test_silencing import STRETCH, Burst, clip_with
from .tiny_models import Linear, convolutional

DISJOINT = {"window_ms": 50, "hop_ms": 50}


def occlusion(model, waveforms, targets, **options):
    return attribute(Occlusion(score="logit", **options), model, waveforms, targets)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def a_linear_model(audio_model, n, *, bias=0.0):
    weight = torch.tensor(noise(2, n, seed=1))
    return audio_model(Linear(weight, bias)), weight.numpy()


def gated(n, *, edges, gap=25):
    """Noise that is silent around the edges of windows, where ramps are."""
    sound = noise(1, n)
    for edge in edges:
        sound[0, max(edge - gap, 0) : edge + gap] = 0
    return sound


@pytest.mark.parametrize("n", [2000, 2150], ids=["whole windows", "a short last window"])
def test_disjoint_windows_give_the_contributions_to_a_linear_score(n, audio_model):
    model, weight = a_linear_model(audio_model, n, bias=3.0)
    sound = gated(n, edges=range(400, n, 400))

    (found,) = occlusion(model, sound, np.array([1]), **DISJOINT).clips

    expected = np.add.reduceat(sound[0] * weight[1], np.arange(0, n, 400))
    np.testing.assert_allclose(found.values, expected, rtol=1e-9)
    assert found.grid.times == pytest.approx((199.5 + 400 * np.arange(len(expected))) / RATE)
    assert found.n_steps == len(expected)


@pytest.mark.parametrize("over", ["time", "bands", "patches"])
def test_the_parts_of_a_linear_score_sum_to_it(over, audio_model):
    model, weight = a_linear_model(audio_model, 2150, bias=3.0)
    sound = noise(1, 2150)

    (found,) = occlusion(model, sound, np.array([0]), over=over, **DISJOINT).clips

    assert found.values.sum() == pytest.approx(float(sound[0] @ weight[0]), rel=1e-9)
    assert found.values.shape == {"time": (6,), "bands": (12,), "patches": (12, 6)}[over]


def test_bands_and_patches_are_the_products_with_what_was_taken_out(audio_model):
    model, weight = a_linear_model(audio_model, 2000)
    sound = noise(1, 2000)

    (found,) = occlusion(model, sound, np.array([0]), over="bands", n_bands=6).clips

    parts = split_bands(sound[0], band_edges(6, RATE).tolist(), RATE)
    np.testing.assert_allclose(found.values, parts @ weight[0], rtol=1e-9)
    assert found.grid.times.size == 0
    assert (found.over_time(2000) == found.values.sum() / 2000).all()


def test_it_is_captums_occlusion_where_ramps_meet_silence(audio_model):
    network = convolutional(activation=nn.Softplus).double()
    sound = gated(3000, edges=range(0, 3000, 200))

    (found,) = occlusion(audio_model(network), sound, np.array([2]), window_ms=50, hop_ms=25).clips

    network.eval()
    expected = (
        attr.Occlusion(network)
        .attribute(torch.tensor(sound)[:, None], (1, 400), strides=(1, 200), target=2)[0, 0]
        .numpy()
    )
    cells = [expected[s + 100 : s + 300].mean() for s in range(0, 2601, 200)]
    np.testing.assert_allclose(found.values, cells, rtol=1e-6)  # captum's are float32


def test_without_overlap_each_cell_is_the_fall_itself(audio_model):
    network = convolutional().double()
    model, sound = audio_model(network), noise(1, 2000)

    (found,) = occlusion(model, sound, np.array([1]), **DISJOINT).clips

    network.eval()
    starts = window_starts(2000, length=400, hop=400)
    tapers = soft_windows(np.arange(2000), starts, length=400, n_samples=2000, ramp=40)
    with torch.no_grad():
        scores = model.scores(torch.tensor(np.vstack([sound, (1 - tapers) * sound])))[:, 1].numpy()
    np.testing.assert_allclose(found.values, scores[0] - scores[1:], atol=1e-12)


def test_a_part_that_the_score_does_not_hear_has_no_relevance(audio_model):
    weight = torch.tensor(noise(2, 2000, seed=1))
    weight[:, 800:1200] = 0
    model = audio_model(Linear(weight))

    (found,) = occlusion(model, gated(2000, edges=[800, 1200]), np.array([0]), **DISJOINT).clips

    assert abs(found.values[2]) <= 1e-7 * np.abs(found.values).max()


@pytest.mark.parametrize("fill", ["silence", "noise"])
@pytest.mark.parametrize("options", [{}, {"window_ms": 50, "hop_ms": 12.5}], ids=["usual", "fine"])
def test_the_window_of_a_planted_burst_is_the_strongest(options, fill, audio_model):
    (found,) = occlusion(
        audio_model(Burst()), clip_with(7), np.array([0]), fill=fill, **options
    ).clips

    strongest = found.grid.times[found.values.argmax()] * RATE
    half = found.grid.receptive_field.size / 2
    assert strongest - half <= 7.5 * STRETCH <= strongest + half


def test_the_band_of_a_planted_burst_is_the_strongest(audio_model):
    (found,) = occlusion(audio_model(Burst()), clip_with(7), np.array([0]), over="bands").clips

    edges, band = band_edges(12, RATE), found.values.argmax()
    assert edges[band] <= 3000 <= edges[band + 1]
    assert found.values[band] > 0.9 * occlusion_gain(audio_model)


def occlusion_gain(audio_model):
    found = occlusion(audio_model(Burst()), clip_with(7), np.array([0]))
    return float(found.scores[0])  # that of silence is 0


def test_the_patch_of_a_planted_burst_is_the_strongest(audio_model):
    (found,) = occlusion(
        audio_model(Burst()), clip_with(7), np.array([0]), over="patches", **DISJOINT
    ).clips

    band, window = np.unravel_index(found.values.argmax(), found.values.shape)
    edges = band_edges(12, RATE)
    assert window == 7
    assert edges[band] <= 3000 <= edges[band + 1]


def test_noise_takes_the_place_and_the_energy_of_what_it_replaces(audio_model):
    class Energies(nn.Module):
        """Energy of the middle of each window, as classes."""

        def forward(self, x):
            return x.reshape(len(x), 5, 400)[..., 30:370].square().sum(-1)

    sound = noise(1, 2000) * np.repeat([1.0, 1.0, 4.0, 1.0, 1.0], 400)
    model = audio_model(Energies().double())

    falls = [
        occlusion(model, sound, np.array([k]), fill="noise", **DISJOINT).clips[0].values
        for k in (0, 2)
    ]

    energies = [np.square(sound[0, 400 * k + 30 : 400 * k + 370]).sum() for k in (0, 2)]
    assert abs(falls[0][0]) < 0.2 * energies[0]
    assert abs(falls[1][2]) < 0.2 * energies[1]
    assert np.abs(np.delete(falls[1], 2)).max() < 1e-9 * energies[1]


def test_seeds_give_other_noise_and_leave_silence_alone(audio_model):
    model, sound, target = audio_model(convolutional()), noise(1, 2000), np.array([0])

    values = {
        (fill, seed): occlusion(model, sound, target, fill=fill, seed=seed).clips[0].values
        for fill in ("noise", "silence")
        for seed in (0, 1)
    }

    assert not np.allclose(values["noise", 0], values["noise", 1])
    np.testing.assert_array_equal(values["silence", 0], values["silence", 1])


@pytest.mark.parametrize("over", ["time", "patches"])
def test_the_memory_budget_and_other_clips_change_nothing(over, audio_model):
    model, sounds, targets = audio_model(convolutional()), noise(3, 1000), np.array([2, 1, 0])
    method = Occlusion(over=over, score="logit", fill="noise", n_bands=3)
    usual = attribute(method, model, sounds, targets)

    alone = attribute(method, model, sounds[1:2], targets[1:2], budget_bytes=1)

    np.testing.assert_allclose(alone.clips[0].values, usual.clips[1].values, atol=1e-6)


def test_a_score_of_bands_marks_no_stretch_of_time(audio_model):
    found = occlusion(audio_model(Burst()), clip_with(7), np.array([0]), over="bands")

    assert found.silencing.n_stretches.tolist() == [0]


def test_a_hop_beyond_the_window_is_refused():
    with pytest.raises(ParameterError, match="hop_ms=80; allowed: above 0 to window_ms=50"):
        Occlusion(window_ms=50, hop_ms=80)
