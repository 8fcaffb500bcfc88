"""Gradients against closed forms, finite differences and captum."""

import numpy as np
import pytest
import torch
from captum import attr
from torch import nn

from cnnviz.attribution.baselines import baseline
from cnnviz.dsp.stft import map_distance
from cnnviz.errors import ParameterError, UnsupportedModelError
from cnnviz.frontend import FrontendSpec, build_frontend

from .explaining import coefficients, input_x_gradient, integrated_gradients
from .tiny_models import Linear, Quadratic, convolutional

N = 400


def clips(n=3, samples=N, dtype=np.float32, seed=0):
    return np.random.default_rng(seed).normal(size=(n, samples)).astype(dtype)


def relevance(waveforms, gradients):
    return (waveforms * coefficients(gradients)).sum(-1)


@pytest.mark.parametrize("method", [input_x_gradient, integrated_gradients])
def test_both_methods_give_the_weights_of_a_linear_model(method, audio_model):
    weight = torch.randn(2, 50, dtype=torch.float64, generator=torch.manual_seed(0))
    model = audio_model(Linear(weight, bias=7.0))
    waveforms = clips(2, 50, np.float64)

    found = method(model, waveforms, np.array([1, 0]))

    np.testing.assert_allclose(coefficients(found), weight[[1, 0]].numpy(), rtol=1e-6)
    np.testing.assert_allclose(found.scores, (waveforms * weight[[1, 0]].numpy()).sum(1) + 7)
    np.testing.assert_allclose(found.baseline_scores, 7.0)
    assert found.completeness_errors.max() < 1e-6


def test_on_a_quadratic_one_sums_to_twice_the_score_and_the_other_to_the_score(audio_model):
    matrices = torch.randn(2, 40, 40, dtype=torch.float64, generator=torch.manual_seed(0))
    model, waveforms = audio_model(Quadratic(matrices)), clips(3, 40, np.float64)
    targets = np.array([0, 1, 1])

    at_clip = input_x_gradient(model, waveforms, targets)
    along_path = integrated_gradients(model, waveforms, targets, n_steps=4)

    np.testing.assert_allclose(relevance(waveforms, at_clip), 2 * at_clip.scores, rtol=1e-9)
    np.testing.assert_allclose(relevance(waveforms, along_path), at_clip.scores, rtol=1e-6)
    np.testing.assert_allclose(at_clip.completeness_errors, 1.0, rtol=1e-9)


def test_on_a_relu_network_without_biases_both_sum_to_the_score(audio_model):
    model, waveforms = audio_model(convolutional(bias=False)), clips()
    targets = np.array([0, 1, 2])

    at_clip = input_x_gradient(model, waveforms, targets)
    along_path = integrated_gradients(model, waveforms, targets)

    np.testing.assert_allclose(relevance(waveforms, at_clip), at_clip.scores, rtol=1e-4)
    np.testing.assert_allclose(coefficients(along_path), coefficients(at_clip), atol=1e-6)
    assert (along_path.n_steps <= 64).all()


def test_the_gradient_is_that_of_finite_differences(audio_model):
    network = convolutional(activation=nn.Softplus).double()
    model, waveforms = audio_model(network), clips(1, dtype=np.float64)

    found = coefficients(input_x_gradient(model, waveforms, np.array([2])))[0]

    network.eval()
    for place in (0, 57, 200):
        step = np.zeros_like(waveforms)
        step[0, place] = 1e-5
        with torch.no_grad():
            ends = [model.scores(torch.tensor(waveforms + s * step))[0, 2] for s in (1, -1)]
        assert found[place] == pytest.approx(float(ends[0] - ends[1]) / 2e-5, abs=1e-8)


def test_both_methods_equal_captums_own_call(audio_model):
    network, targets = convolutional(activation=nn.Softplus, pool=nn.AvgPool1d), np.arange(3)
    model, waveforms = audio_model(network), clips()

    at_clip = input_x_gradient(model, waveforms, targets)
    along_path = integrated_gradients(model, waveforms, targets)

    network.eval()
    x, t = torch.tensor(waveforms).unsqueeze(1), torch.tensor(targets)
    by_gradient = attr.InputXGradient(network).attribute(x.clone().requires_grad_(), target=t)
    by_path = attr.IntegratedGradients(network).attribute(x, target=t, n_steps=256)
    for found, expected in ((at_clip, by_gradient), (along_path, by_path)):
        np.testing.assert_allclose(
            waveforms * coefficients(found), expected.detach().numpy()[:, 0], atol=1e-6
        )


@pytest.mark.parametrize("seed", range(3))
def test_integrated_gradients_are_complete_within_half_a_percent(audio_model, seed):
    model = audio_model(convolutional(seed=seed))

    found = integrated_gradients(model, clips(8, seed=seed), np.arange(8) % 3)

    assert found.completeness_errors.max() <= 0.005


def test_a_smooth_network_is_complete_to_a_thousandth_at_once(audio_model):
    model = audio_model(convolutional(activation=nn.Softplus))

    found = integrated_gradients(model, clips(8), np.arange(8) % 3, n_steps=50)

    assert found.completeness_errors.max() <= 1e-3
    assert (found.n_steps <= 50).all()


def test_a_kinked_path_ends_within_the_tolerance_of_captums_dense_quadrature(audio_model):
    network, waveforms, targets = convolutional(), clips(), np.arange(3)

    found = integrated_gradients(audio_model(network), waveforms, targets, map_tolerance=0.02)

    network.eval()
    x, t = torch.tensor(waveforms).unsqueeze(1), torch.tensor(targets)
    dense = attr.IntegratedGradients(network).attribute(x, target=t, n_steps=2000)
    expected = dense.detach().numpy()[:, 0]
    apart = np.linalg.norm(waveforms * coefficients(found) - expected, axis=1)
    distances = apart / np.linalg.norm(expected, axis=1)
    assert (found.map_errors <= 0.02).all()
    assert (distances <= 0.02).all()


def test_a_path_that_is_never_complete_stops_and_says_so(audio_model):
    class Steps(nn.Module):
        """A staircase: gradient 1 nearly everywhere, but the score jumps."""

        def forward(self, x):
            total = x.sum((1, 2))
            return torch.stack([total + 40 * (total > 0.3).float().detach(), -total], 1)

    waveforms = np.full((1, 20), 0.05, dtype=np.float32)

    found = integrated_gradients(audio_model(Steps()), waveforms, np.array([0]), n_max=512)

    assert found.completeness_errors[0] == pytest.approx(40 / 41, rel=1e-3)
    assert found.n_steps[0] <= 512


def test_a_logarithmic_frontend_is_refined_where_it_bends(audio_model):
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(64, 3)
    )
    frontend = FrontendSpec(kind="log_mel", n_fft=256, hop_length=128, n_mels=20)
    model, waveforms = audio_model(network, frontend=frontend), 0.1 * clips(3, 4000)
    targets = np.array([0, 1, 2])

    refined = integrated_gradients(model, waveforms, targets)

    network.eval()
    plain = attr.IntegratedGradients(model.scores).attribute(
        torch.tensor(waveforms), target=torch.tensor(targets), n_steps=128
    )
    gain = refined.scores - refined.baseline_scores
    assert refined.completeness_errors.max() <= 0.005
    assert refined.n_steps.max() < 128
    assert np.abs(plain.sum(1).detach().numpy() / gain - 1).max() > 0.005


class LogMel(nn.Module):
    """A log-mel frontend of magnitudes that a network brings itself, and a linear score."""

    def __init__(self, spec):
        super().__init__()
        self.frontend = build_frontend(spec, sample_rate=8000)
        self.readout = nn.Linear(20, 3)
        nn.init.normal_(self.readout.weight, generator=torch.manual_seed(0))

    def forward(self, x):
        levels = x if x.ndim == 4 else self.frontend(x[:, 0])
        return self.readout(levels.mean((1, 3)))


@pytest.mark.parametrize("where", ["the frontend", "the network"])
def test_the_map_of_a_tone_through_log_magnitudes_is_that_of_a_dense_quadrature(where, audio_model):
    spec = FrontendSpec(kind="log_mel", n_fft=256, hop_length=128, n_mels=20, power=1)
    network = LogMel(spec)
    model = audio_model(network, **({"frontend": spec} if where == "the frontend" else {}))
    tone = 0.5 * np.sin(2 * np.pi * 1010 / 8000 * np.arange(4000))[None].astype(np.float32)

    found = integrated_gradients(model, tone, np.array([0]))

    network.eval()
    dense = np.zeros(4000)
    edges = np.geomspace(1e-12, 1, 3001)
    for places in np.split(np.sqrt(edges[1:] * edges[:-1]), 30):  # even in the logarithm
        x = (torch.tensor(places)[:, None] * torch.tensor(tone)).float().requires_grad_()
        (slopes,) = torch.autograd.grad(model.scores(x)[:, 0].sum(), x)
        dense += places * np.log(1e12) / 3000 @ slopes.double().numpy()
    assert found.completeness_errors[0] <= 0.005
    assert map_distance(tone[0], coefficients(found)[0], dense, sample_rate=8000) <= 0.05


def test_a_small_memory_budget_divides_the_panels_of_a_path_too(audio_model):
    network = nn.Sequential(nn.Conv2d(1, 3, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    frontend = FrontendSpec(kind="log_mel", n_fft=64, hop_length=32, n_mels=8)
    model, waveforms = audio_model(network, frontend=frontend), clips(1)

    found = [
        integrated_gradients(model, waveforms, np.array([1]), n_steps=16, n_max=16, **budget)
        for budget in ({"budget_bytes": 1}, {})
    ]

    np.testing.assert_allclose(coefficients(found[0]), coefficients(found[1]), atol=1e-5)


@pytest.mark.parametrize("method", [input_x_gradient, integrated_gradients])
def test_a_target_the_model_does_not_have_is_refused(method, audio_model):
    with pytest.raises(ParameterError, match="target=3; allowed: 0 to 2"):
        method(audio_model(convolutional()), clips(1), np.array([3]))


def test_gradients_that_are_not_numbers_are_refused(audio_model):
    class Magnitude(nn.Module):
        def forward(self, x):
            level = x.square().mean((1, 2)).clamp_min(0)
            return torch.stack([level, torch.sqrt(x.square()).sum((1, 2))], 1)

    waveforms = clips(1)
    waveforms[0, :10] = 0

    with pytest.raises(UnsupportedModelError, match="gradients of the logits are not finite"):
        input_x_gradient(audio_model(Magnitude()), waveforms, np.array([1]))


def test_a_per_clip_normalisation_is_left_out_of_the_path(audio_model):
    network = convolutional()
    waveforms = 0.01 * clips(2)
    normal = (waveforms - waveforms.mean(1, keepdims=True)) / waveforms.std(1, keepdims=True)
    spec = FrontendSpec(normalize="zscore")

    found = integrated_gradients(audio_model(network, frontend=spec), waveforms, np.array([0, 1]))
    plain = integrated_gradients(audio_model(network), normal, np.array([0, 1]))

    np.testing.assert_allclose(found.inputs, normal, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(coefficients(found), coefficients(plain), rtol=1e-3, atol=1e-6)
    assert found.completeness_errors.max() <= 0.005


@pytest.mark.parametrize("kind", ["noise", "quiet"])
def test_from_another_baseline_it_is_captums_own_call(kind, audio_model):
    network, targets = convolutional(activation=nn.Softplus, pool=nn.AvgPool1d), np.arange(3)
    model, waveforms = audio_model(network), clips()

    found = integrated_gradients(model, waveforms, targets, baseline=kind, seed=3)

    network.eval()
    starts = np.stack([baseline(kind, one, sample_rate=8000, seed=3) for one in waveforms])
    x, start, t = torch.tensor(waveforms)[:, None], torch.tensor(starts)[:, None], targets
    by_path = attr.IntegratedGradients(network).attribute(
        x, start, target=torch.tensor(t), n_steps=256
    )
    np.testing.assert_allclose(
        [clip.values for clip in found.clips], by_path.detach().numpy()[:, 0], atol=1e-6
    )
    with torch.no_grad():
        expected = network(start)[range(3), targets].numpy()
    np.testing.assert_allclose(found.baseline_scores, expected, rtol=1e-4, atol=1e-5)
    assert found.completeness_errors.max() <= 0.005
