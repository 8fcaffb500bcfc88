"""Layer-wise relevance propagation against explicit sums, and on networks that are one function."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import cnnviz
import zoo
from cnnviz._decoding import read_waveform
from cnnviz.attribution.attribute import attribute
from cnnviz.attribution.methods.input_x_gradient import InputXGradient
from cnnviz.attribution.methods.integrated_gradients import IntegratedGradients
from cnnviz.attribution.methods.lrp import LRP
from cnnviz.errors import UnsupportedModelError
from cnnviz.frontend import FrontendSpec, build_frontend
from cnnviz.frontend.spectrogram import mel_powers
from cnnviz.run import Run

from .propagating import VARIANTS, Custom, Modules, OnPlanes
from .tiny_models import convolutional

RULES = ("epsilon", "epsilon_plus")
TARGETS = np.arange(3)


def clips(n=3, samples=400, seed=0):
    return np.random.default_rng(seed).normal(size=(n, samples)).astype(np.float32)


def explain(model, waveforms, targets=TARGETS, **options):
    return attribute(LRP(score="logit", **options), model, waveforms, targets)


def distance(found, expected):
    return np.linalg.norm(found - expected) / np.linalg.norm(expected)


def matrix(function, n_inputs):
    """A linear function of vectors as a matrix (output, input), column by column."""
    with torch.no_grad():
        columns = [function(unit) for unit in torch.eye(n_inputs, dtype=torch.float64)]
    return torch.stack(columns, 1).numpy()


def shared(relevance, contributions, bias, epsilon):
    """R_i = sum_j contribution_ji / z_j R_j, and what the biases and epsilon keep."""
    z = contributions.sum(1) + bias
    size = np.sqrt(np.mean(z**2))
    shares = relevance / (z + epsilon * size * np.where(z < 0, -1, 1))
    return shares @ contributions


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("epsilon", [1e-6, 0.1])
def test_it_is_the_sums_over_layers_of_the_definition(audio_model, rule, epsilon):
    torch.manual_seed(0)
    first, second, last = nn.Conv1d(1, 4, 5, stride=2), nn.Conv1d(4, 3, 3), nn.Linear(21, 3)
    network = nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), nn.Flatten(), last).double()
    x = clips(1, 21).astype(np.float64)[0]
    maps = [
        matrix(lambda v: torch.conv1d(v[None, None], first.weight, stride=2).flatten(), 21),
        matrix(lambda v: torch.conv1d(v.reshape(1, 4, 9), second.weight).flatten(), 36),
        last.weight.detach().numpy(),
    ]
    biases = [
        np.repeat(first.bias.detach().numpy(), 9),
        np.repeat(second.bias.detach().numpy(), 7),
        last.bias.detach().numpy(),
    ]
    inputs = [x]
    for weight, bias in zip(maps[:2], biases[:2], strict=True):
        inputs.append(np.maximum(weight @ inputs[-1] + bias, 0))
    logit = (maps[2] @ inputs[2] + biases[2])[1]
    relevance = np.array([0, logit, 0])
    for k in (2, 1, 0):
        contributions, bias = maps[k] * inputs[k], biases[k]
        if rule == "epsilon_plus" and k < 2:
            contributions, bias = np.maximum(contributions, 0), np.maximum(bias, 0)
        relevance = shared(relevance, contributions, bias, epsilon)

    found = explain(audio_model(network), x[None], np.array([1]), rule=rule, epsilon=epsilon)

    np.testing.assert_allclose(found.clips[0].values, relevance, rtol=1e-6, atol=1e-12)
    assert found.absorbed[0] == pytest.approx(logit - relevance.sum(), rel=1e-6)
    assert found.clips[0].expected == pytest.approx(logit)


def test_near_no_epsilon_it_is_input_x_gradient_and_its_path_on_relu_networks_without_biases(
    audio_model,
):
    model, waveforms = audio_model(convolutional(bias=False)), clips()

    found = explain(model, waveforms, rule="epsilon", epsilon=0)

    at_clip = attribute(InputXGradient(score="logit"), model, waveforms, TARGETS)
    along_path = attribute(IntegratedGradients(score="logit"), model, waveforms, TARGETS)
    assert distance(found.samples, at_clip.samples) <= 1e-5
    assert distance(found.samples, along_path.samples) <= 1e-4
    np.testing.assert_allclose(found.samples.sum(1), found.scores, rtol=1e-4)
    np.testing.assert_allclose(found.absorbed, 0, atol=1e-6)


@pytest.mark.parametrize("n_axes", [1, 2])
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("variant", VARIANTS[1:], ids=lambda kind: kind.__name__)
def test_one_function_has_one_relevance_however_it_is_written(audio_model, variant, rule, n_axes):
    wrapped = OnPlanes if n_axes == 2 else nn.Identity()
    networks = [kind(n_axes=n_axes) for kind in (Modules, variant)]
    models = [audio_model(wrapped(one)) if n_axes == 2 else audio_model(one) for one in networks]

    expected, found = (explain(model, clips(), rule=rule) for model in models)

    assert distance(found.samples, expected.samples) <= 1e-4
    np.testing.assert_allclose(found.absorbed, expected.absorbed, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    "activation", [nn.ReLU, nn.LeakyReLU, nn.GELU, nn.SiLU, nn.Softplus, nn.Tanh, nn.Sigmoid]
)
def test_the_score_is_all_relevance_and_what_constants_absorb(audio_model, rule, bias, activation):
    model = audio_model(convolutional(bias=bias, activation=activation))

    found = explain(model, clips(), rule=rule, epsilon=0.01)

    assert found.completeness_errors.max() <= 1e-3
    np.testing.assert_allclose(
        found.samples.sum(1) + found.absorbed, found.scores, rtol=1e-3, atol=1e-5
    )


class Gated(nn.Module):
    """f_k(x) = sum of w_kn x_n, times a sigmoid of the mean."""

    def __init__(self, samples=50):
        super().__init__()
        weight = torch.randn(3, samples, generator=torch.manual_seed(0))
        self.weight = nn.Parameter(weight)

    def forward(self, x):
        gate = (3 * x.mean(-1, keepdim=True)).sigmoid()
        return (gate * x).flatten(1) @ self.weight.T


def test_a_signal_takes_all_from_its_gate(audio_model):
    network, waveforms = Gated(), clips(3, 50)

    found = explain(audio_model(network), waveforms)

    gates = 1 / (1 + np.exp(-3 * waveforms.mean(1, keepdims=True)))
    expected = waveforms * network.weight.detach().numpy() * gates
    np.testing.assert_allclose(found.samples, expected, rtol=1e-4, atol=1e-6)


def test_a_product_of_two_signals_is_shared_in_halves(audio_model):
    class Squared(nn.Module):
        def forward(self, x):
            x = x.flatten(1)
            power = x[:, :25] * x[:, 25:]
            return torch.stack([power.sum(1), power.mean(1), power.std(1)], 1)

    waveforms = clips(1, 50)

    found = explain(audio_model(Squared()), waveforms, np.array([0]))

    halves = waveforms[0, :25] * waveforms[0, 25:] / 2
    np.testing.assert_allclose(found.samples[0], np.tile(halves, 2), rtol=1e-5)


class OneCell(nn.Module):
    """Three cells of a spectrogram."""

    def forward(self, x):
        return torch.stack([x[:, 0, 3, 5], x[:, 0, 4, 9], x[:, 0, 7, 12]], 1)


def test_the_relevance_of_a_mel_cell_is_shared_by_what_makes_up_its_power(audio_model):
    spec = FrontendSpec(
        kind="log_mel", n_fft=64, hop_length=32, n_mels=10, center=False, mean=-20.0, std=5.0
    )
    model, waveforms = audio_model(OneCell(), frontend=spec), clips(1, 800)

    found = explain(model, waveforms, np.array([0]))

    frame = waveforms[0, 5 * 32 : 5 * 32 + 64].astype(np.float64)
    window = np.hanning(65)[:64]
    phases = np.exp(-2j * np.pi * np.outer(np.arange(33), np.arange(64)) / 64)
    parts = phases * window * frame  # (bin, sample)
    spectrum = parts.sum(1)
    band = model.frontend.mel_filters[3].numpy().astype(np.float64)
    power = band @ np.abs(spectrum) ** 2
    level = (10 * np.log10(power) + 20) / 5
    expected = level / power * (band @ np.real(spectrum.conj()[:, None] * parts))
    np.testing.assert_allclose(found.samples[0, 160:224], expected, rtol=1e-3, atol=1e-4)
    assert np.abs(np.delete(found.samples[0], np.arange(160, 224))).max() == 0
    assert found.samples.sum() == pytest.approx(float(found.scores[0]), rel=1e-4)


@pytest.mark.parametrize("power", [1, 2])
def test_shares_of_a_mel_cell_sum_to_its_power(power):
    """Euler: x dP/dx = d P of a power of degree d."""
    spec = FrontendSpec(kind="log_mel", n_fft=64, hop_length=32, n_mels=10, power=power)
    frontend = build_frontend(spec, sample_rate=8000).double()
    sound = torch.from_numpy(clips(1, 800)).double().requires_grad_()
    cells = mel_powers(sound, spec, frontend.window, frontend.mel_filters)

    for band, frame in ((3, 5), (7, 12), (9, 0)):
        cell = cells[0, band, frame]
        (gradient,) = torch.autograd.grad(cell, sound, retain_graph=True)
        shares = (sound * gradient).detach().sum() / power
        assert shares.item() == pytest.approx(cell.item(), rel=1e-12)


@pytest.mark.parametrize(
    "options",
    [
        {"kind": "log_mel", "log": "ln", "offset": 1e-3, "amin": 0.0, "power": 1},
        {"kind": "log_mel", "top_db": 10.0},
        {"kind": "mfcc", "n_mfcc": 12, "mean": 3.0, "std": 2.0, "lifter": 6.0},
    ],
    ids=["offset", "top_db", "mfcc"],
)
@pytest.mark.parametrize("rule", RULES)
def test_frontends_keep_the_sum(audio_model, options, rule):
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3)
    )
    spec = FrontendSpec(n_fft=64, hop_length=32, n_mels=16, **options)
    model = audio_model(network, frontend=spec)
    hooks = len(model.frontend._forward_hooks)

    found = explain(model, 0.1 * clips(3, 800), rule=rule)

    assert found.completeness_errors.max() <= 1e-3
    assert np.abs(found.samples).max() > 0
    assert len(model.frontend._forward_hooks) == hooks


def test_a_band_on_the_floor_gives_the_sound_nothing(audio_model):
    spec = FrontendSpec(kind="log_mel", n_fft=64, hop_length=32, n_mels=10, amin=1e6)

    found = explain(audio_model(OneCell(), frontend=spec), clips(1, 800), np.array([0]))

    assert np.abs(found.samples).max() == 0
    assert found.absorbed[0] == pytest.approx(float(found.scores[0]), rel=1e-5)


@pytest.mark.parametrize("score", ["contrast", "log_probability"])
@pytest.mark.parametrize("ends", ["logits", "softmax", "log_softmax", "sigmoid"])
def test_every_score_adds_up(audio_model, score, ends):
    end = {"softmax": nn.Softmax(1), "log_softmax": nn.LogSoftmax(1), "sigmoid": nn.Sigmoid()}
    network = nn.Sequential(convolutional(), end.get(ends, nn.Identity()))

    found = attribute(LRP(score=score), audio_model(network), clips(), TARGETS)

    assert found.completeness_errors.max() <= 1e-3


class Limited(nn.Module):
    """Outputs of 0.7 at least: where the limit wins, nothing of the clip is in them."""

    def forward(self, x):
        levels = x.flatten(1)[:, 10:13]
        return torch.maximum(levels, torch.tensor([0.7, 0.8, -9.0]))


def test_a_score_that_neither_sound_nor_constants_get_has_not_converged(tiny_run):
    model = replace(tiny_run.model, network=Limited())

    found = LRP(score="logit", target="1").run(Run(model=model, capture=tiny_run.capture))

    assert found.promises_completeness
    np.testing.assert_allclose(found.scores, 0.8)
    np.testing.assert_allclose(found.checks.completeness_errors, 1.0)
    assert not found.checks.converged.any()


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(1, 3, batch_first=True)

    def forward(self, x):
        return self.lstm(x.transpose(1, 2))[0][:, -1]


class Logarithm(nn.Module):
    def forward(self, x):
        return torch.log(x.square() + 1e-3)[:, 0, :3]


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (Recurrent(), "'lstm'.*gates of an LSTM.*use integrated_gradients"),
        (Logarithm(), r"'log' at .*test_lrp.py:\d+.*counted from 0"),
        (nn.Sequential(convolutional(), nn.Softmax(1), nn.Linear(3, 3)), "'softmax'.*no rule"),
        (Custom(), "OwnFunctionBackward.*has no rule in lrp"),
    ],
    ids=["lstm", "log", "softmax", "custom function"],
)
def test_what_has_no_rule_is_refused(audio_model, network, words):
    with pytest.raises(UnsupportedModelError, match=words):
        explain(audio_model(network), clips(1, 400), np.array([0]))


def test_its_result_names_no_baseline_and_what_is_absorbed(tiny_run):
    found = LRP().run(tiny_run)

    assert (found.baseline, found.baseline_scores) == (None, None)
    parts = found.samples.values.sum(1, dtype=float) + found.checks.absorbed
    np.testing.assert_allclose(parts, found.scores, rtol=1e-4, atol=1e-5)
    assert "absorbed" in found.to_dataframe()


@pytest.mark.parametrize("name", ["m5_ch32", "vgg_net1"])
def test_shipped_networks_keep_the_sum(name):
    model = cnnviz.load_model(f"zoo:{name}")
    sound = next(iter(sorted((zoo.clips_folder() / "yes").glob("*.flac"))))
    waveforms = read_waveform(sound, sample_rate=model.sample_rate, n_samples=model.n_samples)[None]

    found = explain(model, waveforms, np.array([3]))

    assert found.completeness_errors.max() <= 1e-3
