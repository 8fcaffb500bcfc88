"""DeepLIFT against captum, closed forms, and its own sum."""

import numpy as np
import pytest
import torch
from captum import attr
from torch import nn
from torch.nn import functional as F

from cnnviz.attribution.attribute import attribute
from cnnviz.attribution.methods.deeplift import DeepLIFT
from cnnviz.attribution.methods.input_x_gradient import InputXGradient
from cnnviz.errors import UnsupportedModelError
from cnnviz.frontend import FrontendSpec

from .propagating import VARIANTS, Custom, Modules, OnPlanes
from .tiny_models import Quadratic, convolutional

TARGETS = np.arange(3)


def clips(n=3, samples=400, seed=0):
    return np.random.default_rng(seed).normal(size=(n, samples)).astype(np.float32)


def explain(model, waveforms, targets=TARGETS, score="logit"):
    return attribute(DeepLIFT(score=score), model, waveforms, targets)


def distance(found, expected):
    return np.linalg.norm(found - expected) / np.linalg.norm(expected)


def function(forward):
    """A network without weights."""
    network = nn.Module()
    network.forward = forward
    return network


@pytest.mark.filterwarnings("ignore:Setting forward, backward hooks")
@pytest.mark.parametrize("activation", [nn.ReLU, nn.LeakyReLU, nn.Softplus, nn.Tanh, nn.ELU])
def test_it_is_captums_on_modules_that_are_used_once(audio_model, activation):
    network = convolutional(activation=activation, pool=nn.AvgPool1d).double()
    waveforms = clips().astype(np.float64)

    found = explain(audio_model(network), waveforms)

    network.eval()
    x = torch.tensor(waveforms)[:, None].requires_grad_()
    expected = attr.DeepLift(network).attribute(x, target=torch.tensor(TARGETS))
    assert distance(found.samples, expected.detach().numpy()[:, 0]) <= 1e-5


def test_multipliers_are_those_of_the_definition(audio_model):
    torch.manual_seed(0)
    first, last = nn.Linear(30, 8).double(), nn.Linear(8, 3).double()
    x = clips(1, 30).astype(np.float64)
    weight, bias, out = (p.detach().numpy() for p in (first.weight, first.bias, last.weight))

    network = nn.Sequential(nn.Flatten(), first, nn.Sigmoid(), last)
    found = explain(audio_model(network), x, np.array([2]))

    inner = weight @ x[0] + bias
    outer = 1 / (1 + np.exp(-inner)) - 1 / (1 + np.exp(-bias))
    expected = x[0] * ((out[2] * outer / (inner - bias)) @ weight)
    np.testing.assert_allclose(found.samples[0], expected, rtol=1e-6)


def test_a_quadratic_function_is_shared_half_way(audio_model):
    matrices = torch.randn(2, 40, 40, dtype=torch.float64, generator=torch.manual_seed(0))

    class Products(Quadratic):
        def forward(self, x):
            x = x.squeeze(1)
            return torch.stack([((x @ one) * x).sum(1) for one in self.matrices], 1)

    waveforms = clips(2, 40).astype(np.float64)

    found = explain(audio_model(Products(matrices)), waveforms, np.array([0, 1]))

    sums = (matrices + matrices.transpose(1, 2)).numpy() / 2
    expected = waveforms * np.einsum("bij,bj->bi", sums, waveforms)
    np.testing.assert_allclose(found.samples, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("n_axes", [1, 2])
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda kind: kind.__name__)
def test_one_function_has_one_relevance_however_it_is_written(audio_model, variant, n_axes):
    networks = [kind(n_axes=n_axes) for kind in (Modules, variant)]
    models = [audio_model(OnPlanes(one) if n_axes == 2 else one) for one in networks]

    expected, found = (explain(model, clips()) for model in models)

    assert distance(found.samples, expected.samples) <= 1e-5
    assert found.completeness_errors.max() <= 1e-4


def test_without_biases_it_is_input_x_gradient_on_relu_networks(audio_model):
    model, waveforms = audio_model(convolutional(bias=False)), clips()

    found = explain(model, waveforms)

    expected = attribute(InputXGradient(score="logit"), model, waveforms, TARGETS)
    assert distance(found.samples, expected.samples) <= 1e-5


def after_pooling(activation):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv1d(1, 6, 9, stride=2), nn.MaxPool1d(3, stride=2, padding=1), activation(),
        nn.Conv1d(6, 6, 5, dilation=2), nn.AdaptiveMaxPool1d(7), activation(), nn.Flatten(),
        nn.Linear(42, 3),
    )  # fmt: skip


@pytest.mark.parametrize(
    "activation",
    [nn.ReLU, nn.LeakyReLU, nn.GELU, nn.SiLU, nn.Softplus, nn.Tanh, nn.PReLU, nn.Hardswish],
)
def test_pooling_before_activation_adds_up(audio_model, activation):
    found = explain(audio_model(after_pooling(activation)), clips())

    assert found.completeness_errors.max() <= 1e-4


def squeezed(x):
    gates = torch.sigmoid(x.mean(-1, keepdim=True) * 3)
    return (gates * x)[:, 0, :3]


def attention(x):
    x = x.reshape(len(x), 20, -1)
    weights = torch.softmax(x @ x.transpose(1, 2) / 4, dim=-1)
    return (weights @ x).mean(1)[:, :3]


def magnitudes(x):
    spectrum = torch.stft(x[:, 0], 64, 32, window=torch.hann_window(64), return_complex=True)
    return torch.log(spectrum.abs() + 0.01).mean(-1)[:, :3]


def powers(x):
    spectrum = torch.view_as_real(
        torch.stft(x[:, 0], 64, 32, window=torch.hann_window(64), return_complex=True)
    )
    return (spectrum.pow(2).sum(-1) + 1e-3).sqrt().mean(-1)[:, :3]


def conjugates(x):
    spectrum = torch.fft.rfft(x[:, 0])
    return (spectrum * spectrum.conj()).real.log1p()[:, 5:8]


def standardised(x):
    return ((x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + 0.1))[:, 0, :3]


def scaled_by_what_is_detached(x):
    return torch.tanh(x / (1 + x.detach().abs().amax((1, 2), keepdim=True)))[:, 0, :3]


def layer_norm(x):
    return torch.tanh(F.layer_norm(x, (x.shape[-1],), eps=0.1))[:, 0, :3]


def group_norm(x):
    return F.group_norm(F.pad(x, (0, 0, 0, 1)).exp(), 1, eps=0.01).sum(1)[:, :3]


def masked(x):
    return (x * (x > 0.2) + torch.where(x > 0, x, 0.1 * x))[:, 0, :3]


def filled(x):
    return x.masked_fill(x < -0.3, -0.3)[:, 0, :3] + x.clamp(-1, 1)[:, 0, 3:6]


def extremes(x):
    windows = x.reshape(len(x), 20, 20)
    first = windows.max(1)[0] - windows.amin((1,), keepdim=True)[:, 0]
    return torch.maximum(first, windows.mean(1) * 2)[:, :3] + x.amax((1, 2))[:, None]


def pooled_by_energy(x):
    return torch.logsumexp(x[..., :399].reshape(len(x), 3, -1) * 2, -1)


def statistics(x):
    x = torch.relu(x[..., :399].reshape(len(x), 3, -1))
    return x.mean(-1) + x.var(-1) + 1 / (1 + x.std(-1))


def unbatched_time(x):
    """The batch axis does not come first on the way."""
    return torch.tanh(x.reshape(len(x), 4, 100).permute(2, 0, 1)).sum(0)[:, :3]


OPERATIONS = (
    *(squeezed, attention, magnitudes, powers, conjugates, standardised, layer_norm, group_norm),
    *(
        scaled_by_what_is_detached,
        masked,
        filled,
        extremes,
        pooled_by_energy,
        statistics,
        unbatched_time,
    ),
)


@pytest.mark.parametrize("forward", OPERATIONS, ids=lambda one: one.__name__)
def test_every_operation_with_a_rule_adds_up(audio_model, forward):
    found = explain(audio_model(function(forward)), clips(3))

    assert found.completeness_errors.max() <= 1e-4
    assert np.abs(found.samples).max() > 0


@pytest.mark.parametrize(
    "options",
    [
        {"kind": "log_mel", "n_mels": 16},
        {"kind": "log_mel", "n_mels": 16, "power": 1, "log": "ln", "amin": 1e-5},
        {"kind": "log_mel", "n_mels": 16, "top_db": 30.0},
        {"kind": "mfcc", "n_mels": 16, "n_mfcc": 12},
    ],
    ids=["db", "magnitude", "top_db", "mfcc"],
)
def test_frontends_add_up(audio_model, options):
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.MaxPool2d(2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3),
    )  # fmt: skip
    model = audio_model(network, frontend=FrontendSpec(n_fft=64, hop_length=32, **options))

    found = explain(model, 0.1 * clips(3, 800))

    assert found.completeness_errors.max() <= 1e-4


@pytest.mark.parametrize("score", ["contrast", "log_probability"])
@pytest.mark.parametrize("ends", ["logits", "softmax", "log_softmax", "sigmoid"])
def test_every_score_adds_up(audio_model, score, ends):
    end = {"softmax": nn.Softmax(1), "log_softmax": nn.LogSoftmax(1), "sigmoid": nn.Sigmoid()}
    network = nn.Sequential(convolutional(), end.get(ends, nn.Identity()))

    found = explain(audio_model(network), clips(), score=score)

    assert found.completeness_errors.max() <= 1e-4


def test_audio_samples_that_nothing_reads_get_nothing(audio_model):
    model = audio_model(function(lambda x: torch.tanh(x[:, 0, :300].reshape(-1, 3, 100).sum(-1))))

    found = explain(model, clips())

    assert np.abs(found.samples[:, 300:]).max() == 0


def cumulated(x):
    return torch.cumprod(x, -1)[:, 0, :3]


def shifted_by_what_is_detached(x):
    return (x - x.detach().mean())[:, 0, :3]


def another_way(x):
    x = torch.relu(x) if float(x.detach().abs().sum()) > 0 else torch.tanh(x)
    return x[:, 0, :3]


def recurrent():
    class Recurrent(nn.Module):
        def __init__(self):
            super().__init__()
            self.gru = nn.GRU(1, 3, batch_first=True)

        def forward(self, x):
            return self.gru(x.transpose(1, 2))[0][:, -1]

    return Recurrent()


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (function(cumulated), r"'cumprod' \(CumprodBackward0\) at .*test_deeplift.py:\d+ has no r"),
        (function(shifted_by_what_is_detached), "'sub' at .*differs for silence"),
        (function(another_way), "'relu' for the clip where it does 'tanh' for silence"),
        (recurrent(), "'gru'.*recurrent"),
        (Custom(), "OwnFunctionBackward.*has no rule in deeplift"),
    ],
    ids=["no rule", "detached", "another way", "gru", "custom function"],
)
def test_what_cannot_add_up_is_refused(audio_model, network, words):
    with pytest.raises(UnsupportedModelError, match=words):
        explain(audio_model(network), clips(1), np.array([0]))
