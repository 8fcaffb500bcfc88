"""Analyzers of clips on a real recording of real files, and their results on disk."""

from dataclasses import asdict

import numpy as np
import pytest
import soundfile
import torch
from torch import nn

from cnnviz import api, store
from cnnviz.analyzers.evaluation import ClassificationReport
from cnnviz.analyzers.pca_embedding import PCAEmbedding
from cnnviz.analyzers.umap_embedding import UMAPEmbedding
from cnnviz.attribution.methods.input_x_gradient import InputXGradient
from cnnviz.attribution.methods.integrated_gradients import IntegratedGradients
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble
from cnnviz.run import Run

RATE, SECONDS = 8000, 0.25
TONES = {"high": 2000, "low": 300, "middle": 900}
ANALYZERS = [
    ClassificationReport(n_resamples=100),
    InputXGradient(n_clips=4),
    IntegratedGradients(n_clips=4, n_steps=16),
    PCAEmbedding(),
    UMAPEmbedding(layer="0", n_neighbors=5),
]
NAMES = [type(analyzer).__name__ for analyzer in ANALYZERS]


class Ear(nn.Module):
    """Three windowed cosines, rectified: the loudest band wins; silent channels never wake."""

    def __init__(self):
        super().__init__()
        times = torch.arange(128) / RATE
        order = ("low", "middle", "high")  # not that of the folders
        waves = [torch.cos(2 * torch.pi * TONES[n] * times) * torch.hann_window(128) for n in order]
        self.add_module("0", nn.Conv1d(1, 3, 128, stride=3, bias=False))
        self.get_submodule("0").weight.data = torch.stack(waves)[:, None]

    def forward(self, x):
        return torch.relu(self.get_submodule("0")(x)).mean(-1)


@pytest.fixture(scope="module")
def model():
    spec = ModelSpec(
        sample_rate=RATE,
        n_samples=int(RATE * SECONDS),
        frontend=FrontendSpec(),
        class_names=("low", "middle", "high"),
    )
    return assemble(Ear(), spec, name="ear", reference="ear")


@pytest.fixture(scope="module")
def capture(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tones")
    generator = np.random.default_rng(0)
    times = np.arange(int(RATE * SECONDS)) / RATE
    for name, hertz in TONES.items():
        (folder / name).mkdir()
        for index in range(6):
            phase, level = generator.uniform(0, 6), generator.uniform(0.2, 0.8)
            tone = level * np.sin(2 * np.pi * hertz * times + phase)
            soundfile.write(folder / name / f"{index}.wav", tone, RATE)
    clips = api.read_clips(folder, sample_rate=RATE)
    with api.record(model, clips, out=tmp_path_factory.mktemp("run")) as capture:
        yield capture


def test_tones_are_classified_right_although_folders_sort_otherwise(capture, model):
    found = ClassificationReport().run(Run(capture=capture, model=model))

    assert capture.class_names == ("high", "low", "middle")
    assert found.accuracy == 1.0
    assert found.findings[1].sentence == "No clip is taken for another class."


def test_relevance_of_each_tone_lies_at_its_frequency(capture, model):
    found = IntegratedGradients(n_clips=9, n_steps=16, score="logit").run(
        Run(capture=capture, model=model)
    )

    peaks = found.plane.grid.frequencies[found.plane.values.sum(2).argmax(1)]
    np.testing.assert_allclose(peaks, [TONES[name] for name in found.target.words], atol=32)


def test_tones_of_a_kind_lie_together(capture, model):
    found = PCAEmbedding(layer="0", pooling="rms").run(Run(capture=capture, model=model))

    assert found.knn_purity_input > found.chance_purity


@pytest.mark.parametrize("analyzer", ANALYZERS, ids=NAMES)
def test_a_result_is_the_same_twice_and_on_disk(analyzer, capture, model, tmp_path):
    first, again = (
        analyzer.run(Run(capture=capture, model=model)),
        analyzer.run(Run(capture=capture, model=model)),
    )
    store.write(first, tmp_path / "result.h5")

    for other in (again, store.read(tmp_path / "result.h5")):
        np.testing.assert_equal(asdict(other), asdict(first))


@pytest.mark.parametrize("analyzer", ANALYZERS, ids=NAMES)
def test_a_result_shows_itself(analyzer, capture, model):
    result = analyzer.run(Run(capture=capture, model=model))

    assert len(result.to_dataframe())
    assert result.plot().get_title()
