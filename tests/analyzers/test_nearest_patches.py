"""A planted copy is found first with cosine 1; one by the same speaker is not offered."""

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor, nn

from cnnviz.analyzers.nearest_patches import (
    PatchNeighbours,
    _findings,
    decisive_seconds,
    frame_levels,
)
from cnnviz.audio import Clips
from cnnviz.capture import Choices, record
from cnnviz.errors import ParameterError
from cnnviz.grid import Grid
from cnnviz.model import ModelSpec, assemble
from cnnviz.provenance import Provenance
from cnnviz.results import Relevance, RelevanceMap, Target
from cnnviz.run import Run

RATE, N_SAMPLES, N_TAPS, STRIDE = 8000, 2400, 80, 40
SPEAKERS = ("ann", "ann", "bob", "eve")
ONSETS = (800, 1600, 400, 1200)
"""Of the same sound in clips 0, 1 and 2; clip 3, of eve, has another."""


class _Bank(nn.Module):
    """Twelve fixed random filters with a ReLU-like pooling behind them."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, 12, N_TAPS, stride=STRIDE, bias=False)
        self.head = nn.Linear(12, 2)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.head(torch.relu(self.conv(inputs)).mean(-1))


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """Run of four clips of weak noise with a loud sound each, explained by hand at the sound."""
    folder, random = tmp_path_factory.mktemp("planted"), np.random.default_rng(0)
    sound, other = 0.3 * random.standard_normal((2, 3 * N_TAPS))
    for clip, onset in enumerate(ONSETS):
        waveform = 1e-3 * random.standard_normal(N_SAMPLES)
        waveform[onset : onset + 3 * N_TAPS] = other if clip == 3 else sound
        soundfile.write(folder / f"{clip}.wav", waveform, RATE, subtype="FLOAT")
    clips = Clips(
        folder=folder,
        paths=tuple(sorted(folder.glob("*.wav"))),
        labels=np.array([0, 0, 0, 1]),
        groups=SPEAKERS,
        class_names=("same", "other"),
        starts=np.zeros(4),
        stops=np.full(4, np.nan),
        sample_rate=RATE,
        n_samples=N_SAMPLES,
    )
    torch.manual_seed(0)
    spec = ModelSpec(sample_rate=RATE, n_samples=N_SAMPLES, class_names=("same", "other"))
    model = assemble(_Bank(), spec, name="bank", reference="bank")
    with record(model, clips, out=folder / "run", choices=Choices(layers=("conv",))) as capture:
        yield Run(capture=capture, model=model, results=[explained(capture.provenance)])


def explained(provenance: Provenance) -> Relevance:
    """Relevance of clip 0, all of it on the second field's length of its sound."""
    values = np.zeros((1, N_SAMPLES), np.float32)
    values[0, ONSETS[0] + N_TAPS : ONSETS[0] + 2 * N_TAPS] = 1
    grid = Grid(times=np.arange(N_SAMPLES) / RATE, frequencies=np.empty(0))
    return Relevance(
        method="by_hand",
        clip_index=np.array([0]),
        target=Target(words=("same",)),
        output="logits",
        scores=np.array([1.0]),
        sample_rate=RATE,
        maps=(RelevanceMap(domain="samples", values=values, grid=grid),),
        provenance=provenance,
    )


def test_a_planted_copy_by_another_speaker_is_first_with_cosine_1(planted) -> None:
    found = PatchNeighbours().run(planted)

    assert found.method == "by_hand"
    assert found.nearest.clip_index[0].tolist()[0] == 2
    assert found.cosines[0, 0] == pytest.approx(1, abs=2e-3)  # maps are kept in 16 bits
    shift = (ONSETS[2] - ONSETS[0]) / RATE
    assert found.nearest.starts[0, 0] - found.decisive.starts[0] == pytest.approx(shift)
    assert found.cosines[0, 1] < 0.9


def test_the_copy_by_the_same_speaker_is_not_offered(planted) -> None:
    found = PatchNeighbours().run(planted)

    assert found.nearest.clip_index[0].tolist() == [2, 3, -1]
    assert found.n_candidates.tolist() == [2]
    assert np.isnan(found.cosines[0, 2])
    assert np.isnan(found.nearest.starts[0, 2])


def test_the_stretch_is_the_receptive_field_at_the_peak(planted) -> None:
    found = PatchNeighbours().run(planted)

    start, stop = found.decisive.starts[0], found.decisive.stops[0]
    assert stop - start == pytest.approx(N_TAPS / RATE)
    assert start <= found.peaks_seconds[0] <= stop


def test_the_peak_is_the_frame_with_the_largest_signed_sum(planted) -> None:
    (relevance,) = planted.find(Relevance)

    (peak,) = decisive_seconds(relevance)

    low, high = (ONSETS[0] + np.array([1, 2]) * N_TAPS) / RATE
    assert low - 0.01 <= peak <= high + 0.01  # 20 ms hold the 10 ms of relevance


def test_levels_are_those_of_the_20_ms_about_each_time() -> None:
    random = np.random.default_rng(0)
    waveform, times = random.standard_normal(800), np.array([0.0, 0.031, 0.1])

    levels = frame_levels(waveform, times, 8000)

    expected = [waveform[:80], waveform[168:328], waveform[720:]]
    np.testing.assert_allclose(levels, [np.sqrt(np.mean(one**2)) for one in expected])


def test_the_finding_counts_what_lies_beyond_each_null() -> None:
    cosines, nan = np.array([0.9, 0.2, np.nan]), np.nan

    (found,) = _findings("conv", cosines, np.array([0.1, 0.1, nan]), np.array([0.5, 0.5, nan]))

    assert [one.value for one in found.evidence] == [1, 2, 2, pytest.approx(0.55)]
    assert found.null == pytest.approx(0.1)
    assert "1 of 2 decisive stretches lie nearer" in found.sentence


def test_a_layer_without_maps_is_refused_with_those_that_have_some(planted) -> None:
    with pytest.raises(ParameterError, match="layers with full maps over time: conv"):
        PatchNeighbours(layer="head").run(planted)


def test_without_an_explanation_clips_with_maps_are_explained(tiny_run) -> None:
    found = PatchNeighbours().run(tiny_run)

    assert found.method == "integrated_gradients"
    assert found.decisive.clip_index.tolist() == tiny_run.capture.map_index.tolist()
    assert len(found.to_dataframe()) == found.cosines.size
