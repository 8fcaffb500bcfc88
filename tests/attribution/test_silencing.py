"""Stretches that relevance marks are silenced, and controls beside them."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.attribution.findings import stretch_findings

from .conftest import RATE
from .explaining import input_x_gradient

STRETCH, N = 400, 8000  # 50 ms at 8 kHz, 20 stretches


class Burst(nn.Module):
    """Energy near one frequency, in one score; the other is 0."""

    def __init__(self, hertz=3000):
        super().__init__()
        times = torch.arange(65) / RATE
        window = torch.hann_window(65) / 32
        waves = [f(2 * torch.pi * hertz * times) * window for f in (torch.cos, torch.sin)]
        self.filters = nn.Parameter(torch.stack(waves)[:, None])

    def forward(self, x):
        energy = nn.functional.conv1d(x, self.filters).square().sum((1, 2))
        return torch.stack([energy, torch.zeros_like(energy)], 1)


def clip_with(burst_at, *, loud_hertz=500):
    """A quiet burst of 3 kHz in one stretch, and another tone 20 dB above it in all others."""
    times = np.arange(N) / RATE
    sound = np.sin(2 * np.pi * loud_hertz * times)
    inside = slice(burst_at * STRETCH, (burst_at + 1) * STRETCH)
    sound[inside] = 0.1 * np.sin(2 * np.pi * 3000 * times[inside]) * np.hanning(STRETCH)
    return sound[None].astype(np.float32)


def silenced(network, waveforms, audio_model):
    model, targets = audio_model(network), np.zeros(len(waveforms), int)
    found = input_x_gradient(model, waveforms, targets)
    return found.silencing, found


def test_a_quiet_burst_that_a_network_detects_beats_all_louder_stretches(audio_model):
    found, gradients = silenced(Burst(), clip_with(7), audio_model)

    gain = gradients.scores[0] - gradients.baseline_scores[0]
    assert found.drops[0] > 0.5 * gain
    assert found.matters.tolist() == [True]
    (sentence,) = stretch_findings("m", np.array([4]), found)
    assert sentence.threshold == found.largest_control[0] < sentence.evidence[0].value
    assert "each of 19 random draws elsewhere" in sentence.sentence


def test_a_detector_of_loudness_is_not_said_to_be_explained(audio_model):
    class Loudness(nn.Module):
        def forward(self, x):
            energy = x.square().sum((1, 2))
            return torch.stack([energy, -energy], 1)

    waveforms = np.random.default_rng(0).normal(size=(2, N)).astype(np.float32)

    found, _ = silenced(Loudness(), waveforms, audio_model)

    np.testing.assert_allclose(found.drops, found.loudest_drops, rtol=1e-6)
    assert not found.matters.any()
    assert stretch_findings("m", np.arange(2), found) == ()


def test_a_linear_score_falls_by_the_relevance_that_was_silenced(audio_model):
    class Sum(nn.Module):
        def forward(self, x):
            return torch.stack([x.sum((1, 2)), torch.zeros(len(x))], 1)

    waveforms = np.zeros((1, N), np.float32)
    waveforms[0] = 1e-3
    waveforms[0, 1500] = 5.0  # far from the ramps at 1200 and 1600

    found, _ = silenced(Sum(), waveforms, audio_model)

    # 19 even stretches of .4 and one of 5.4: five are silenced, no ramp adds or takes any
    assert found.n_stretches.tolist() == [5]
    assert found.drops[0] == pytest.approx(5.4 + 4 * 0.4, rel=0.02)
    assert found.uniform_drops[0] == pytest.approx(0.25 * waveforms.sum(dtype=float), rel=1e-5)


def test_a_clip_too_short_for_controls_is_not_tried(audio_model):
    found, _ = silenced(Burst(), clip_with(1)[:, : 3 * STRETCH], audio_model)

    assert found.n_stretches.tolist() == [0]
    assert np.isnan(found.drops).all()
    assert not found.matters.any()
