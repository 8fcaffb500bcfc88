"""Input times gradient of a small network on a capture."""

import numpy as np
import pytest
import torch
from captum.attr import InputXGradient as CaptumInputXGradient
from torch import nn

from cnnviz.attribution.methods.input_x_gradient import InputXGradient
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble
from cnnviz.run import Run

RATE, N = 8000, 1000


@pytest.fixture
def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv1d(1, 6, 15, stride=3),
        nn.ReLU(),
        nn.Conv1d(6, 4, 5),
        nn.ReLU(),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(4, 3),
    )


@pytest.fixture
def model(network):
    spec = ModelSpec(sample_rate=RATE, frontend=FrontendSpec(), class_names=("a", "b", "c"))
    return assemble(network, spec, name="tiny", reference="tiny")


@pytest.fixture
def capture(recorded, model):
    audio = np.random.default_rng(0).normal(size=(5, N)).astype(np.float32)
    with torch.no_grad():
        logits = model.scores(torch.tensor(audio)).numpy()
    return recorded(logits=logits, labels=np.full(5, -1), audio=audio, audio_index=np.arange(5))


def test_it_is_captums_input_x_gradient(capture, model, network):
    found = InputXGradient(n_clips=5, score="logit").run(Run(capture=capture, model=model))

    x = torch.tensor(capture.audio)[:, None].requires_grad_()
    expected = CaptumInputXGradient(network).attribute(
        x, target=torch.tensor(found.target.class_index)
    )
    np.testing.assert_allclose(found.samples.values, expected.detach().numpy()[:, 0], atol=1e-7)


def test_it_says_how_far_it_is_from_complete_without_promising(capture, model):
    found = InputXGradient(n_clips=5).run(Run(capture=capture, model=model))

    missed = found.samples.values.sum(1, dtype=float) - (found.scores - found.baseline_scores)
    expected = np.abs(missed) / np.abs(found.scores - found.baseline_scores)
    np.testing.assert_allclose(found.checks.completeness_errors, expected, rtol=1e-3, atol=1e-5)
    assert found.checks.completeness_errors.max() > 0.005
    assert not found.promises_completeness
    assert (found.checks.converged, found.checks.map_errors, found.findings) == (None, None, ())
    assert (found.n_steps, found.method) == (None, "input_x_gradient")


def test_the_time_frequency_plane_keeps_the_sum(capture, model):
    found = InputXGradient(n_clips=5).run(Run(capture=capture, model=model))

    np.testing.assert_allclose(
        found.plane.values.sum((1, 2), dtype=float),
        found.samples.values.sum(1, dtype=float),
        atol=1e-6 * np.abs(found.plane.values).sum(),  # float32 cells
    )


def test_a_log_mel_network_is_explained_on_the_waveform(recorded):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    frontend = FrontendSpec(kind="log_mel", n_fft=128, hop_length=64, n_mels=10)
    model = assemble(
        network, ModelSpec(sample_rate=RATE, frontend=frontend), name="mel", reference="mel"
    )
    audio = 0.1 * np.random.default_rng(0).normal(size=(2, N)).astype(np.float32)
    with torch.no_grad():
        logits = model.scores(torch.tensor(audio)).numpy()
    capture = recorded(logits=logits, labels=np.full(2, -1), audio=audio, audio_index=np.arange(2))

    found = InputXGradient().run(Run(capture=capture, model=model))

    assert found.samples.values.shape == (2, N)
    assert np.abs(found.samples.values).max() > 0
    ranked = logits.argsort(1)
    assert found.target.words == tuple(
        f"output {row[-1]} rather than output {row[-2]}" for row in ranked
    )
