"""The sound that excites a unit most, of units whose best sound is known."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.analyzers.preferred_input import PreferredInputs, in_probe
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble
from cnnviz.run import Run

RATE, N_TAPS = 8000, 48


def run_of(*network, **given):
    spec = ModelSpec(sample_rate=RATE, n_samples=4000, frontend=FrontendSpec())
    model = assemble(nn.Sequential(*network), spec, name="net", reference="net")
    return Run(model=model, **given)


def conv(n_units=3, stride=1):
    torch.manual_seed(1)
    return nn.Conv1d(1, n_units, N_TAPS, stride=stride, bias=False)


def cosine(a, b):
    return np.sum(a * b, -1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)


@pytest.mark.parametrize("stride", [1, 4, 16])
def test_of_a_linear_unit_it_is_the_taps_at_the_level_asked_for(stride):
    layer = conv(stride=stride)

    (one,) = PreferredInputs(layers=("0",), level_db=-6.0).run(run_of(layer)).layers

    taps = layer.weight.detach().double().numpy()[:, 0]
    rms = 10 ** (-6 / 20) / np.sqrt(2)
    assert (cosine(one.waveform, taps) >= 0.999).all()
    np.testing.assert_allclose(np.sqrt((one.waveform.astype(float) ** 2).mean(1)), rms, rtol=1e-5)
    reached = rms * np.sqrt(N_TAPS) * np.linalg.norm(taps, axis=1)  # <h, x> of x along h
    np.testing.assert_allclose(one.activation, np.tile(reached, (4, 1)).T, rtol=1e-4)


def test_it_is_climbed_in_evaluation_mode_also_of_a_network_that_is_training():
    layer, norm = conv(), nn.BatchNorm1d(3)
    run = run_of(layer, norm, nn.Conv1d(3, 2, 1))
    with torch.no_grad():
        norm.running_mean[:] = torch.tensor([0.5, -1.0, 2.0])
        norm.running_var[:] = torch.tensor([0.2, 1.0, 4.0])
    run.model.network.train()
    before = {name: one.clone() for name, one in norm.state_dict().items()}

    (one,) = PreferredInputs(layers=("0",), level_db=-6.0).run(run).layers

    taps = layer.weight.detach().double().numpy()[:, 0]
    reached = 10 ** (-6 / 20) / np.sqrt(2) * np.sqrt(N_TAPS) * np.linalg.norm(taps, axis=1)
    mean, deviation = (np.array(v) for v in ([0.5, -1, 2], np.sqrt([0.2, 1.0, 4.0])))
    assert (cosine(one.waveform, taps) >= 0.999).all()
    np.testing.assert_allclose(one.activation[:, 0], (reached - mean) / deviation, rtol=1e-4)
    assert run.model.network.training
    assert all(torch.equal(one, before[name]) for name, one in norm.state_dict().items())


def test_its_spectrum_is_that_of_the_taps():
    layer = conv()

    (one,) = PreferredInputs(layers=("0",)).run(run_of(layer)).layers

    power = np.abs(np.fft.rfft(layer.weight.detach().double().numpy()[:, 0], 256)) ** 2
    expected = power / power.sum(1, keepdims=True)
    np.testing.assert_allclose(one.power, expected, atol=1e-4)
    np.testing.assert_allclose(one.centre_hz, power.argmax(1) * RATE / 256)
    np.testing.assert_allclose(one.agreement, 1, atol=1e-3)


def test_noise_and_tones_are_what_they_are_for_a_linear_unit():
    layer = conv()

    (one,) = PreferredInputs(layers=("0",), level_db=0.0).run(run_of(layer)).layers

    taps = layer.weight.detach().double().numpy()[:, 0]
    spread = np.linalg.norm(taps, axis=1) / np.sqrt(2)  # rms |h| of white noise
    np.testing.assert_allclose(one.noise_deviation, spread, rtol=0.35)  # 64 noises
    turns = np.outer(one.tone_hz, np.arange(N_TAPS)) * 2j * np.pi / RATE
    gains = np.abs((taps * np.exp(turns)).sum(1))  # amplitude 1; phases 45 degrees apart
    assert (one.tone_activation <= 1.05 * gains).all()
    assert (one.tone_activation >= 0.9 * gains).all()


def test_a_silenced_relu_unit_is_read_before_its_activation_function():
    layer = nn.Conv1d(1, 2, N_TAPS)
    with torch.no_grad():
        layer.bias.fill_(-100.0)  # silent whatever is heard

    (one,) = PreferredInputs(layers=("0",)).run(run_of(layer, nn.ReLU())).layers

    assert one.reading == "0"
    assert (cosine(one.waveform, layer.weight.detach().numpy()[:, 0]) >= 0.999).all()


def test_frequencies_above_a_share_are_left_out():
    (one,) = PreferredInputs(layers=("0",), highest_share=0.5).run(run_of(conv())).layers

    # the taps of its own 48 bins: none above 12
    power = np.abs(np.fft.rfft(one.waveform)) ** 2
    assert power[:, 13:].sum() < 1e-8 * power.sum()


def test_deeper_units_are_excited_more_than_by_noise_and_by_tones():
    torch.manual_seed(0)
    network = (conv(6, stride=4), nn.ReLU(), nn.Conv1d(6, 4, 7), nn.ReLU())

    result = PreferredInputs(layers=("2",)).run(run_of(*network))

    (one,) = result.layers
    assert one.waveform.shape == (4, N_TAPS + 6 * 4)
    assert (one.over_noise > 2).all()
    assert (one.over_noise > one.tone_over_noise).all()


def test_units_that_tell_classes_apart_are_taken_first(recorded):
    means = np.random.default_rng(0).normal(size=(8, 5))
    labels = np.arange(8) % 2
    means[:, 3] = labels
    capture = recorded(
        logits=np.zeros((8, 2)), labels=labels, layers=("0",), activations={("0", "mean"): means}
    )

    run = run_of(conv(5), capture=capture)
    (one,) = PreferredInputs(layers=("0",), n_units=1).run(run).layers
    (named,) = PreferredInputs(layers=("0",), units=(4, 1, 99)).run(run).layers

    assert one.unit.tolist() == [3]
    assert one.choice.startswith("those of largest class selectivity")
    assert named.unit.tolist() == [1, 4]


def test_what_is_played_is_bounded_and_taken_from_each_layer_in_turn():
    torch.manual_seed(0)
    result = PreferredInputs(n_units=9, n_steps=2).run(
        run_of(conv(9), nn.ReLU(), nn.Conv1d(9, 9, 3))
    )

    played = result.played()
    assert [layer for layer, _ in played] == ["0"] * 6 + ["2"] * 6
    assert sum(2 * len(result.sound(*key)) for key in played) <= 300_000
    assert result._repr_html_().count("<audio") == 12


def test_a_probe_runs_it_on_its_layers():
    assert in_probe(("conv1",)) == (PreferredInputs(layers=("conv1",)),)
