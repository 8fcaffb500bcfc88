"""Conductance against closed forms and captum, and the sentence only where chance says less."""

import numpy as np
import pytest
import torch
from captum.attr import LayerConductance as CaptumLayerConductance
from torch import nn

from cnnviz.analyzers._conductance_findings import convergence_findings, frequency_findings
from cnnviz.analyzers.channel_conductance import LayerConductance
from cnnviz.errors import UnsupportedModelError
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble
from cnnviz.results import Checks
from cnnviz.run import Run

RATE, N, N_CLIPS = 8000, 1000, 5


def noise():
    return np.random.default_rng(0).normal(size=(N_CLIPS, N)).astype(np.float32)


@pytest.fixture
def run_of(recorded):
    """A run over noise of a network on waveforms, or behind a frontend."""

    def build(network, frontend=None):
        spec = ModelSpec(sample_rate=RATE, frontend=frontend, class_names=("a", "b", "c"))
        model = assemble(network.eval(), spec, name="tiny", reference="tiny")
        audio = noise()
        with torch.no_grad():
            logits = model.scores(torch.tensor(audio)).numpy()
        index = np.arange(N_CLIPS)
        capture = recorded(
            logits=logits, labels=np.full(N_CLIPS, -1), audio=audio, audio_index=index
        )
        return Run(capture=capture, model=model)

    return build


def rectifying(activation=nn.ReLU):
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv1d(1, 6, 31, stride=3), activation(), nn.Conv1d(6, 4, 5), activation(),
        nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(4, 3),
    )  # fmt: skip


def test_of_a_linear_network_each_channel_has_what_it_adds(run_of):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv1d(1, 6, 31, stride=10), nn.Flatten(), nn.Linear(6 * 97, 3))

    found = LayerConductance(score="logit").run(run_of(network))

    kernel = network[0].weight.detach().double().numpy()[:, 0]
    frames = np.lib.stride_tricks.sliding_window_view(noise(), 31, axis=1)[:, ::10]
    moved = np.einsum("bts,ks->bkt", frames, kernel)  # activations less those of silence
    weight = network[2].weight.detach().double().numpy().reshape(3, 6, 97)
    expected = np.einsum("bkt,bkt->bk", moved, weight[found.target.class_index])
    np.testing.assert_allclose(found.conductance, expected, rtol=1e-4, atol=1e-6)
    assert found.checks.completeness_errors.max() < 1e-4
    assert found.checks.map_errors.max() < 1e-6
    assert found.n_steps == 25


def test_it_is_captums_on_a_smooth_network(run_of):
    network = rectifying(nn.Softplus)
    run = run_of(network)

    found = LayerConductance(score="logit", map_tolerance=1e-3).run(run)

    x = torch.tensor(noise())[:, None]
    expected = CaptumLayerConductance(network, network[0]).attribute(
        x, target=torch.tensor(found.target.class_index), n_steps=400
    )
    expected = expected.sum(-1).detach().numpy()
    apart = np.linalg.norm(found.conductance - expected, axis=1)
    assert (apart <= 0.01 * np.linalg.norm(expected, axis=1)).all()


def test_sums_are_the_difference_to_silence(run_of):
    found = LayerConductance().run(run_of(rectifying()))

    gains = found.scores - found.baseline_scores
    missed = np.abs(found.conductance.sum(1) - gains)
    errors = found.checks.completeness_errors
    np.testing.assert_allclose(errors, missed / np.abs(gains), rtol=1e-6)
    assert errors.max() <= 0.01
    assert found.checks.map_errors.max() <= 0.05
    assert found.checks.converged.all()
    assert not [one for one in found.findings if one.severity == "problem"]
    np.testing.assert_allclose(found.mean, found.conductance.mean(0))
    assert ((found.low <= found.mean) & (found.mean <= found.high)).all()


@pytest.mark.parametrize("layer", [None, "2"])
def test_bands_of_a_log_mel_network_sum_to_it_too(layer, run_of):
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Conv2d(4, 3, 3), nn.ReLU(inplace=True),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(),
    )  # fmt: skip
    run = run_of(network, FrontendSpec(kind="log_mel", n_fft=128, hop_length=64, n_mels=20))

    found = LayerConductance(layer=layer).run(run)

    bands = run.model.frontend.grid(N).frequencies
    assert (found.layer, found.cell) == (layer or "0", "band")
    np.testing.assert_allclose(found.centre_hz, bands[1:-1] if layer is None else bands[2:-2])
    assert found.checks.completeness_errors.max() <= 0.01
    assert found.checks.converged.all()


def test_a_score_that_goes_around_the_layer_does_not_converge(run_of):
    class Around(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.conv, self.head = nn.Conv1d(1, 6, 31, stride=3), nn.Linear(6, 3)

        def forward(self, x):
            return self.head(self.conv(x).relu().mean(-1)) + 5 * x[:, 0, :3]

    found = LayerConductance(n_max=64).run(run_of(Around()))

    assert not found.checks.converged.all()
    assert "part of the score does not go through conv" in found.findings[0].sentence


def test_channels_without_frequencies_are_refused(run_of):
    run = run_of(rectifying())

    assert LayerConductance().run(run).layer == "0"
    with pytest.raises(UnsupportedModelError, match="layer '3' of model 'tiny' has channels or"):
        LayerConductance(layer="3").run(run)


def conductance_of(n_used, n_channels=32):
    """Conductance of 6 clips that uses the lowest channels only, and shuffled centres."""
    generator = np.random.default_rng(0)
    values = 0.01 * generator.normal(size=(6, n_channels))
    values[:, :n_used] += generator.normal(size=(6, n_used))
    centres = np.linspace(100, 3200, n_channels)
    order = generator.permutation(n_channels)
    return values[:, order], centres[order]


def test_a_score_that_uses_low_channels_is_said_to():
    values, centres = conductance_of(16)

    (found,) = frequency_findings("conv1", "channel", values, centres, seed=0)

    share = found.evidence[0].value
    assert share > 0.95
    assert found.evidence[1].value == pytest.approx(1650)
    assert found.threshold < 0.75
    assert found.null == pytest.approx(0.5, abs=0.02)
    assert found.sentence.startswith("The 16 of 32 channels of conv1 centred below 1,650 Hz carry")


def test_a_score_that_uses_all_channels_is_not():
    values, centres = conductance_of(32)

    assert frequency_findings("conv1", "channel", values, centres, seed=0) == ()


def test_by_chance_the_sentence_comes_in_one_of_twenty_cases():
    generator = np.random.default_rng(1)
    centres = np.linspace(100, 3200, 24)

    said = [
        bool(
            frequency_findings("c", "channel", generator.exponential(size=(3, 24)), centres, seed=k)
        )
        for k in range(300)
    ]

    assert 0.02 <= np.mean(said) <= 0.09  # binomial, 300 draws of 5 %


def test_a_slope_over_smooth_bands_needs_more_than_a_permutation():
    smooth = np.tile(1 + np.cos(np.linspace(0, 2 * np.pi, 40, endpoint=False) - 1), (6, 1))
    centres = np.linspace(100, 4000, 40)

    assert frequency_findings("c", "channel", smooth, centres, seed=0) != ()
    assert frequency_findings("c", "band", smooth, centres, seed=0) == ()


@pytest.mark.parametrize("centres", [np.linspace(100, 700, 7), np.full(32, np.nan)])
def test_few_channels_say_nothing(centres):
    values = np.arange(1.0, len(centres) + 1)[None]

    assert frequency_findings("conv1", "channel", values, centres, seed=0) == ()


def test_only_clips_that_did_not_converge_are_counted():
    def said(*converged):
        errors = np.where(converged, 0.001, 0.2)
        return convergence_findings(
            "conv1",
            Checks(
                completeness_errors=errors,
                map_errors=0 * errors,
                converged=np.array(converged),
                tolerance=0.01,
            ),
        )

    assert said(True, True) == ()
    assert said(True, False, False)[0].sentence.startswith(
        "Not converged in 2 of 3 clips: the sum over conv1 misses up to 20 % of the score"
    )
