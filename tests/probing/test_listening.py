"""Units hear sounds: pure tones against closed forms, and what the path to a layer costs."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.errors import LayerNotFoundError
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble
from cnnviz.probing import listening, stimuli, unit_layers
from cnnviz.untrained import untrained_twins

RATE = 16000


class Classifier(nn.Module):
    """Conv, batch norm, a relu that is a function, pool, conv; takes 4,000 samples only."""

    def __init__(self, *, bias=False, stride=4):
        super().__init__()
        self.conv1 = nn.Conv1d(1, 3, 64, stride=stride, bias=bias)
        self.norm = nn.BatchNorm1d(3)
        self.conv2 = nn.Conv1d(3, 2, 5)
        self.n_behind = 0
        self.head = nn.Linear(2 * ((4000 - 64) // stride + 1 - 4), 2)

    def forward(self, x):
        x = torch.relu(self.norm(self.conv1(x)))
        x = self.conv2(x)
        self.n_behind += 1
        return self.head(x.flatten(1))


def model_of(network, **spec):
    known = {"sample_rate": RATE, "n_samples": 4000, "frontend": FrontendSpec(), **spec}
    return assemble(network, ModelSpec(**known), name="net", reference="net")


def gain(taps, frequency):
    return abs(np.exp(-2j * np.pi * frequency / RATE * np.arange(len(taps))) @ taps)


@pytest.fixture
def classifier():
    torch.manual_seed(3)
    return Classifier().double()


@pytest.mark.parametrize("frequency", [310.0, 1234.5, 3771.0])
def test_a_rectified_linear_unit_answers_a_tone_with_its_gain_over_pi(classifier, frequency):
    model = model_of(classifier)
    layers = unit_layers(model, ["conv1"])
    phases = stimuli.even_phases(8)
    with listening(model, layers) as listener:
        sounds = stimuli.tones(
            np.full(8, frequency), phases, n_samples=listener.n_samples, sample_rate=RATE
        )
        batches = listener.answers(sounds)
        maps = [listener.steady(layers[0], one["conv1"], sounds.shape[1]) for one in batches]

    means = torch.cat(maps).mean((0, 2)).numpy()  # phases and time
    taps = classifier.conv1.weight.detach().numpy()[:, 0]
    expected = [gain(h, frequency) / np.sqrt(1 + classifier.norm.eps) / np.pi for h in taps]
    np.testing.assert_allclose(means, expected, rtol=2e-3)


def test_a_tone_that_the_stride_folds_to_0_hz_is_heard_at_all_phases():
    """Each phase gives a constant, from 0 to the gain; their mean is the gain over pi."""
    network = Classifier().double()
    model = model_of(network)
    (layer,) = unit_layers(model, ["conv1"])
    frequency, phases = RATE / 4, stimuli.even_phases(64)
    with listening(model, [layer]) as listener:
        sounds = stimuli.tones(
            np.full(64, frequency), phases, n_samples=listener.n_samples, sample_rate=RATE
        )
        maps = [
            listener.steady(layer, one["conv1"], sounds.shape[1])
            for one in listener.answers(sounds)
        ]

    answers = torch.cat(maps).numpy()  # (phase, unit, cell)
    taps = network.conv1.weight.detach().numpy()[:, 0]
    gains = np.array([gain(h, frequency) for h in taps]) / np.sqrt(1 + network.norm.eps)
    np.testing.assert_allclose(np.ptp(answers, axis=2), 0, atol=1e-6)
    assert (answers[..., 0].min(axis=0) == 0).all()
    np.testing.assert_allclose(answers[..., 0].max(axis=0), gains, rtol=3e-3)
    np.testing.assert_allclose(answers.mean((0, 2)), gains / np.pi, rtol=2e-3)


def test_the_pass_ends_at_the_deepest_layer_so_sounds_may_be_shorter(classifier):
    model = model_of(classifier)
    before = copy.deepcopy(classifier.state_dict())

    with listening(model, unit_layers(model, ["conv1", "conv2"])) as listener:
        maps = listener.hear(torch.zeros(3, 600))

    assert {name: tuple(one.shape) for name, one in maps.items()} == {
        "conv1": (3, 3, 135),
        "conv2": (3, 2, 131),
    }
    assert classifier.n_behind == 0
    assert all(torch.equal(value, before[name]) for name, value in classifier.state_dict().items())


def test_untrained_twins_differ_from_the_network_and_from_each_other(classifier):
    twins = list(untrained_twins(model_of(classifier), n_twins=3, seed=0))
    taps = [twin.network.conv1.weight for twin in (model_of(classifier), *twins)]
    assert len(twins) == 3
    assert all(not torch.equal(taps[a], taps[b]) for a in range(4) for b in range(a))


def test_gradients_reach_the_waveform(classifier):
    model = model_of(classifier)
    with listening(model, unit_layers(model, ["conv1"]), gradients=True) as listener:
        waveform = torch.zeros(1, 600).requires_grad_()
        (gradient,) = torch.autograd.grad(
            listener.hear(waveform + 1e-3)["conv1"][0, :, 5].sum(), waveform
        )

    assert set(np.flatnonzero(gradient[0].numpy())) <= set(range(20, 84))


def test_interior_cells_see_no_ramp():
    model = model_of(Classifier())
    (layer,) = unit_layers(model, ["conv1"])
    cells, is_clean = layer.interior(100, n_samples=460, ramp=40)
    assert (cells, is_clean) == (slice(10, 90), True)  # 40 to 40 + 64 ... 356 to 356 + 64


def test_a_layer_that_is_not_there_is_refused(classifier):
    with pytest.raises(LayerNotFoundError, match="conv9"):
        unit_layers(model_of(classifier), ["conv9"])


def test_batches_of_one_size_are_filled_up(classifier):
    model = replace(model_of(classifier), batch_size=4)
    with listening(model, unit_layers(model, ["conv1"])) as listener:
        assert listener.hear(torch.zeros(6, 600))["conv1"].shape == (6, 3, 135)
