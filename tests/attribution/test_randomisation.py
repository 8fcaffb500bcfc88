"""Maps held against those of drawn networks: of scores known in closed form, and a planted one."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from cnnviz.attribution.attribute import attribute
from cnnviz.attribution.checks.randomisation import agree_with_drawn
from cnnviz.attribution.checks.randomisation_findings import randomisation_findings
from cnnviz.attribution.differentiable_scores import differentiable_scores
from cnnviz.attribution.explanation import Explanation
from cnnviz.attribution.methods.input_x_gradient import InputXGradient
from cnnviz.evaluation.means import mean_intervals
from cnnviz.grid import Grid
from cnnviz.results import Sanity
from cnnviz.results.clip_relevance import CellRelevance, SampleRelevance
from cnnviz.results.sanity import DRAWN_ENERGY, ENERGY, FACTORS, FLOOR, MARGIN

from .conftest import RATE
from .test_silencing import clip_with

FRAME = RATE // 100


@dataclass(frozen=True, kw_only=True, slots=True)
class InputEnergy(Explanation):
    """A method that never asks the network."""

    def relevance(self, scores, clip):
        waveform = scores.clips[clip].detach().cpu().numpy()[None]
        return SampleRelevance(differences=waveform, coefficients=waveform)


class Detector(nn.Sequential):
    """The largest rectified answer to a tone burst of 3 kHz, learned; the other score is 0."""

    def __init__(self):
        super().__init__(
            nn.Conv1d(1, 2, 129), nn.ReLU(), nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(2, 2)
        )
        wave = torch.sin(2 * torch.pi * 3000 / RATE * torch.arange(129)) * torch.hann_window(129)
        with torch.no_grad():
            self[0].weight.copy_(torch.stack([wave, -wave])[:, None])
            self[0].bias.zero_()
            self[4].weight.copy_(torch.tensor([[1.0, 1.0], [0.0, 0.0]]))
            self[4].bias.zero_()


def noise(n_clips, n_samples=2000):
    return np.random.default_rng(0).normal(size=(n_clips, n_samples)).astype(np.float32)


def sane(method, network, waveforms, audio_model, **options):
    targets = np.zeros(len(waveforms), int)
    return attribute(
        method(score="logit", sanity=True), audio_model(network), waveforms, targets, **options
    ).sanity


def frames_of(relevance):
    return np.abs(relevance).reshape(len(relevance), -1, FRAME).sum(-1)  # (clip, frame)


def test_a_map_that_ignores_the_network_agrees_with_itself_and_is_warned_of(audio_model):
    network = nn.Sequential(nn.Flatten(), nn.Linear(2000, 4), nn.ReLU(), nn.Linear(4, 2))

    found = sane(InputEnergy, network, noise(3), audio_model)

    assert found.layers == ("3", "1")
    expected = [1, 1, 1, 0, 1, 1, 1, 1]  # layers, floor, margin, then pairs of equal numbers
    np.testing.assert_allclose(found.values[:, :-2], np.tile(expected, (3, 1)), atol=1e-12)
    (warning,) = randomisation_findings("input_energy", found)
    assert warning.severity == "warning"
    assert "depend on the clip more than on what the network learned" in warning.sentence
    assert "training moved" not in warning.sentence
    assert (warning.threshold, warning.null) == (0.5, pytest.approx(1))


@pytest.mark.parametrize(
    ("agreements", "severity", "words"),
    [
        pytest.param([0.8, 0.9, 0.7, 0.8], "warning", "clip more than on what", id="clip"),
        pytest.param([0.2, 0.4, 0.6, 0.8], "note", "not shown to depend", id="undecided"),
        pytest.param([0.1, 0.2, 0.3, 0.2], "note", "network more than on the clip", id="network"),
    ],
)
def test_the_verdict_is_where_the_interval_lies_beside_one_half(agreements, severity, words):
    values = np.full((4, 9), 0.95)
    values[:, 0] = agreements
    values[:, 2] = values[:, 1] - values[:, 0]  # floor and margin
    intervals = mean_intervals(values, np.arange(4), seed=0).T

    (found,) = randomisation_findings(
        "m", Sanity(layers=("1",), values=values, intervals=intervals, n_draws=3, groups=("",) * 4)
    )

    assert found.severity == severity
    assert words in found.sentence
    assert found.evidence[0].value == pytest.approx(np.mean(agreements))


def test_one_speaker_has_no_interval_and_no_verdict():
    sanity = Sanity(
        layers=("1",), values=np.ones((2, 9)), intervals=np.full((9, 2), np.nan), n_draws=3,
        groups=("ann", "ann"),
    )  # fmt: skip

    assert randomisation_findings("m", sanity) == ()


def test_a_planted_detector_s_maps_depend_on_what_it_learned(audio_model):
    waveforms = np.concatenate([clip_with(place) for place in (2, 7, 11, 17)])

    found = sane(InputXGradient, Detector(), waveforms, audio_model)

    assert found.layers == ("4", "0")
    assert found.means[0] > 0.5  # the output layer weighs two answers to one burst
    assert found.means[1] < 0.2
    assert found.intervals[found.row(MARGIN), 0] > 0
    (note,) = randomisation_findings("input_x_gradient", found)
    assert note.severity == "note"
    assert "Maps by input x gradient depend on the network more than on the clip" in note.sentence
    assert "training moved them further than another draw does" in note.sentence
    assert note.threshold == 0.5 > note.evidence[0].value == found.means[1]
    assert note.null == found.means[found.row(FLOOR)]


def test_agreements_of_a_linear_network_are_those_of_its_weights(audio_model):
    """R = w x; with all drawn anew, w is of other networks: Spearman over frames by scipy."""
    clips, network = noise(2), nn.Sequential(nn.Flatten(), nn.Linear(2000, 2))
    seen = []

    class Watched(InputXGradient):
        def relevance(self, scores, clip):
            if not clip:
                seen.append(scores.model.network[1].weight[0].detach().clone().numpy())
            return InputXGradient.relevance(self, scores, clip)

    found = sane(Watched, network, clips, audio_model)

    own, *drawn = (frames_of(clips * weight) for weight in seen[:4])  # noise is added thereafter
    assert not any(np.array_equal(a, b) for a, b in zip(drawn, [own, *drawn[:-1]], strict=True))

    def spearman(some, others):
        return [stats.spearmanr(*pair).statistic for pair in zip(some, others, strict=True)]

    whole = np.mean([spearman(own, one) for one in drawn], axis=0)
    floor = np.mean([spearman(drawn[i], drawn[k]) for i, k in ((0, 1), (0, 2), (1, 2))], axis=0)
    energy = frames_of(clips**2)
    np.testing.assert_allclose(found.values[:, 0], whole)
    np.testing.assert_allclose(found.values[:, found.row(FLOOR)], floor)
    np.testing.assert_allclose(found.values[:, found.row(MARGIN)], floor - whole)
    np.testing.assert_allclose(found.values[:, found.row(ENERGY)], spearman(own, energy))
    of_drawn = np.mean([spearman(one, energy) for one in drawn], axis=0)
    np.testing.assert_allclose(found.values[:, found.row(DRAWN_ENERGY)], of_drawn)
    own, *drawn = (frames_of(np.tile(weight, (2, 1))) for weight in seen[:4])
    factors = np.mean([spearman(own, one) for one in drawn], axis=0)
    np.testing.assert_allclose(found.values[:, found.row(FACTORS)], factors)


def test_maps_without_time_are_compared_over_their_cells(audio_model):
    values = iter(([1.0, -2, 3, 4], [4.0, -3, 2, 1], [9.0, 0, 2, 1], [-1.0, 2, 3, 4]))
    grid = Grid(times=np.empty(0), frequencies=np.arange(4.0))

    def map_of(some):
        return CellRelevance(domain="patches", values=np.array(some), grid=grid)

    with differentiable_scores(audio_model(Detector()), noise(1), np.zeros(1)) as scores:
        found = agree_with_drawn(
            scores, [map_of(next(values))], (("4", "0"),), lambda model: [map_of(next(values))], 0
        )

    # ranks 4321, 4132 and 1234 beside 1234, and beside each other
    assert found[0, 0] == pytest.approx(np.mean([-1.0, -0.4, 1.0]))
    assert found[0, 1] == pytest.approx(np.mean([0.4, -1.0, -0.4]))
    assert np.isnan(found[0, -2:]).all()  # cells have no coefficients


def test_a_network_that_cannot_be_copied_has_no_agreements(audio_model):
    network = Detector()
    network.lines = (line for line in "ab")  # a generator cannot be copied

    found = sane(InputXGradient, network, noise(2), audio_model)

    assert found.layers == ()
    assert np.isnan(found.values[:, found.row(FLOOR)]).all()
    assert np.isfinite(found.values[:, found.row(ENERGY)]).all()
    assert randomisation_findings("input_x_gradient", found) == ()


def test_progress_counts_the_maps_of_drawn_networks_and_of_noise(audio_model):
    seen = []

    sane(InputXGradient, Detector(), noise(2), audio_model,
         progress=lambda done, total: seen.append((done, total)))  # fmt: skip

    n_maps = 2 * (1 + 2 + 2 + 3)  # its own, two layers, two draws more, three of noise
    assert seen == [(k + 1, n_maps) for k in range(n_maps)]


def test_the_network_is_given_back_as_it_was(audio_model):
    network = Detector()
    before = {name: value.clone() for name, value in network.state_dict().items()}

    sane(InputXGradient, network, noise(1), audio_model)

    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert not any(module._forward_pre_hooks for module in network.modules())
