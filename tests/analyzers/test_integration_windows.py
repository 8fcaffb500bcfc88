"""Integration windows of units whose window is known."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.analyzers._integration_findings import window_findings
from cnnviz.analyzers.integration_windows import UnitWindows, in_probe
from cnnviz.errors import ParameterError
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble
from cnnviz.results import LayerWindows
from cnnviz.run import Run

RATE = 1000


def model_of(*network, n_samples=4000):
    spec = ModelSpec(sample_rate=RATE, n_samples=n_samples, frontend=FrontendSpec())
    return assemble(nn.Sequential(*network), spec, name="net", reference="net")


def moving_average(n_taps, stride=1):
    layer = nn.Conv1d(1, 1, n_taps, stride=stride, bias=False)
    nn.init.constant_(layer.weight, 1 / n_taps)
    return layer


def noise_run(model, recorded):
    audio = np.random.default_rng(0).normal(size=(16, 4000)).astype(np.float32)
    capture = recorded(
        logits=np.zeros((16, 2)), labels=np.arange(16) % 2, audio=audio,
        audio_index=np.arange(16), sample_rate=RATE,
    )  # fmt: skip
    return Run(model=model, capture=capture)


def window_of(model, run):
    (one,) = UnitWindows(layers=("0",), n_twins=0, n_segments=48).run(run).layers
    return one


def test_a_moving_average_integrates_longer_the_longer_it_is_and_no_longer_than_it_is(recorded):
    lengths = np.array([60, 150, 400])

    found = []
    for n_taps in lengths:
        model = model_of(moving_average(n_taps, stride=5))
        one = window_of(model, noise_run(model, recorded))
        found.append(one.window_seconds[0])
        assert one.field_seconds == pytest.approx(n_taps / RATE)

    # of white noise the share of its power inside a segment is duration / length: .75 of it
    assert (np.diff(found) > 0).all()
    np.testing.assert_allclose(found, 0.75 * lengths / RATE, rtol=0.35)
    assert (found <= 1.5 * lengths / RATE).all()


def test_a_memoryless_unit_gets_the_shortest_duration(recorded):
    model = model_of(moving_average(1))

    one = window_of(model, noise_run(model, recorded))

    np.testing.assert_allclose(one.correlation, 1, atol=1e-6)
    assert one.window_seconds[0] == 0.02


def test_mixtures_are_heard_without_clips_and_twins_beside(tiny_model):
    result = UnitWindows(n_twins=2, n_segments=8).run(Run(model=tiny_model))

    assert result.source == "16 mixtures of noise and a chord"
    assert [one.twin_window_seconds.shape for one in result.layers] == [(2, 4), (2, 5)]
    assert result.durations_seconds[0] == 0.02


class OneLength(nn.Module):
    def forward(self, x):
        if x.shape[-1] not in (4000,):
            raise ValueError("another length")
        return x + 0


def test_a_network_of_one_length_hears_segments_in_contexts_that_fill_it(recorded):
    torch.manual_seed(0)
    model = model_of(OneLength(), nn.Conv1d(1, 2, 21, stride=3), nn.ReLU())

    result = UnitWindows(layers=("1",), n_twins=0, n_segments=8).run(noise_run(model, recorded))

    assert result.layers[0].correlation.shape == (2, len(result.durations_seconds))
    assert np.isfinite(result.layers[0].correlation).all()


def test_clips_too_short_for_segments_are_refused(recorded):
    model = model_of(moving_average(3))
    capture = recorded(
        logits=np.zeros((4, 2)), labels=np.zeros(4, int), sample_rate=RATE,
        audio=np.random.default_rng(0).normal(size=(4, 30)), audio_index=np.arange(4),
    )  # fmt: skip

    with pytest.raises(ParameterError, match="capture longer clips"):
        UnitWindows(layers=("0",)).run(Run(model=model, capture=capture))


def test_windows_at_the_ends_of_the_durations_are_told_as_bounds():
    layer = LayerWindows(
        layer="conv1", reading="conv1", field_seconds=0.008, field_status="exact",
        window_seconds=np.array([0.02, 0.02, np.inf]), correlation=np.ones((3, 2)),
        twin_window_seconds=np.array([[0.03, 0.04, np.nan], [np.inf, np.inf, np.inf]]),
    )  # fmt: skip

    (told,) = window_findings([layer], np.array([0.02, 0.05]))

    assert told.sentence == (
        "conv1: median integration window 20 ms or less, receptive field 8 ms; "
        "untrained twins: 30 ms to more than 50 ms."
    )


def test_a_probe_runs_it_on_its_layers():
    assert in_probe(("conv1",)) == (UnitWindows(layers=("conv1",)),)
