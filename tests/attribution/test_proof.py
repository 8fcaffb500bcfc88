"""Maps held against their controls: detectors that are explained, and one of loudness."""

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from cnnviz.attribution.attribute import attribute
from cnnviz.attribution.checks.faithfulness import beats, faithfulness_findings
from cnnviz.attribution.checks.proof import _intervals
from cnnviz.attribution.methods.input_x_gradient import InputXGradient
from cnnviz.attribution.planes import energy_of, laid_on_plane
from cnnviz.grid import Grid, ReceptiveField
from cnnviz.results import Proof
from cnnviz.results.clip_relevance import CellRelevance
from cnnviz.results.proof import ENERGY, MAP, RANDOM, UNIFORM

from .conftest import RATE
from .test_silencing import Burst, clip_with


def proven(network, waveforms, audio_model, **options):
    targets = np.zeros(len(waveforms), int)
    return attribute(
        InputXGradient(score="logit", proof=True), audio_model(network), waveforms, targets,
        **options,
    )  # fmt: skip


@pytest.fixture(scope="module")
def bursts():
    return np.concatenate([clip_with(place) for place in (2, 5, 7, 11, 14, 17)])


def test_a_detector_of_a_quiet_burst_is_explained_better_than_by_every_control(bursts, audio_model):
    found = proven(Burst(), bursts, audio_model)

    assert found.proof.rows == (MAP, ENERGY, RANDOM, UNIFORM)  # it has no layer to draw again
    for control in found.proof.rows[1:]:
        wins, p = beats(found.proof, control)
        assert (wins, p) == (6, pytest.approx(2.0**-6))
    (verdict,) = faithfulness_findings("input_x_gradient", found.proof)
    assert verdict.severity == "note"
    assert verdict.evidence[0].value == pytest.approx(2.0**-6)
    assert verdict.threshold == 0.05
    assert "are more faithful than every control" in verdict.sentence


def test_a_detector_of_loudness_is_not_explained_better_than_by_energy(audio_model):
    class Loudness(nn.Module):
        def forward(self, x):
            energy = x.square().sum((1, 2))
            return torch.stack([energy, -energy], 1)

    waveforms = np.random.default_rng(0).normal(size=(6, 4000)).astype(np.float32)

    found = proven(Loudness(), waveforms, audio_model)

    # the map is the energy itself, but at the ends of the clip, where windows are cut
    np.testing.assert_allclose(
        found.proof.of("deletion"), found.proof.of("deletion", ENERGY), rtol=0.01
    )
    (verdict,) = faithfulness_findings("input_x_gradient", found.proof)
    assert verdict.severity == "warning"
    assert "are not shown to be better" in verdict.sentence


def test_the_untrained_twin_is_a_row_where_layers_can_be_drawn_again(audio_model):
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv1d(1, 6, 32, stride=4), nn.BatchNorm1d(6), nn.ReLU(), nn.AdaptiveAvgPool1d(1),
        nn.Flatten(), nn.Linear(6, 3),
    )  # fmt: skip
    before = {name: value.clone() for name, value in network.state_dict().items()}
    waveforms = np.random.default_rng(0).normal(size=(2, 4000)).astype(np.float32)
    seen = []

    found = proven(
        network, waveforms, audio_model, progress=lambda done, total: seen.append((done, total))
    )

    assert found.proof.rows[-1] == "untrained"
    assert not np.allclose(found.proof.of("deletion"), found.proof.of("deletion", "untrained"))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


def test_clips_of_one_speaker_count_once():
    values = np.zeros((6, 2, 1))
    values[:, 0, 0] = [1, 1, 1, 1, -9, 1]
    proof = Proof(
        rows=(MAP, ENERGY), metrics=("faithfulness",), titles=("",), values=values,
        intervals=np.zeros((2, 1, 2)), directions=np.array([1]), groups=(*"aaaab", ""),
    )  # fmt: skip

    wins, p = beats(proof, ENERGY)

    assert wins == 5
    assert p == pytest.approx(0.5)  # two of three speakers: P(2 or 3 of 3) = 4 / 8


def test_equal_numbers_decide_nothing():
    proof = Proof(
        rows=(MAP, ENERGY), metrics=("faithfulness",), titles=("",), values=np.ones((4, 2, 1)),
        intervals=np.zeros((2, 1, 2)), directions=np.array([1]), groups=("",) * 4,
    )  # fmt: skip

    assert beats(proof, ENERGY) == (0, 1.0)


def test_other_cells_are_laid_on_the_plane_by_the_nearest():
    n, window, hop = 2000, 256, 64
    waveform = np.random.default_rng(0).normal(size=n)
    energy = energy_of(waveform, RATE)
    field = ReceptiveField(offset=0, jump=500, size=500)
    times = field.centres(4) / RATE
    over_time = CellRelevance(
        domain="patches",
        values=np.array([1.0, 2.0, 3.0, 4.0]),
        grid=Grid(times=times, frequencies=np.empty(0), receptive_field=field),
    )

    plane = laid_on_plane(over_time, waveform, RATE)

    centres = (np.arange(energy.shape[1]) + 1) * hop - window + (window - 1) / 2
    expected = 1 + np.abs(centres[:, None] / RATE - times).argmin(1)
    np.testing.assert_allclose(plane.sum(0), expected)
    np.testing.assert_allclose(plane / plane.sum(0), energy / energy.sum(0))


def test_intervals_are_those_of_a_mean_over_speakers():
    """Eight speakers with four equal clips each: Student's interval of eight numbers."""
    of_speakers = np.random.default_rng(0).normal(size=8)
    values = np.repeat(of_speakers, 4)[:, None, None]
    groups = [f"s{k}" for k in range(8) for _ in range(4)]

    ((found,),) = _intervals(values, groups, seed=0)

    expected = stats.t.interval(
        0.95, 7, loc=of_speakers.mean(), scale=of_speakers.std(ddof=1) / np.sqrt(8)
    )
    np.testing.assert_allclose(found, expected, atol=0.15)
