"""A concept that is what a class listens to raises it; one that no logit reads raises none."""

import numpy as np
import pytest
import soundfile
import torch
from torch import nn

from cnnviz import api
from cnnviz.analyzers.concept_sensitivity import ConceptVectors
from cnnviz.errors import AudioError, ParameterError
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble
from cnnviz.run import Run

RATE, N = 4000, 800
BANDS = np.linspace(150, 1850, 16)
CLASSES = {"high": BANDS[13], "low": BANDS[2], "middle": BANDS[8]}
UNREAD = BANDS[5]


class Planted(nn.Module):
    """A logit is the mean over time of one unit of sixteen; a unit hears a band."""

    def __init__(self, *, is_module=True):
        super().__init__()
        self.conv = nn.Conv1d(1, 16, 128, stride=4, bias=False)
        self.norm, self.relu = nn.BatchNorm1d(16), nn.ReLU(inplace=True)
        self.head = nn.Linear(16, 3, bias=False)
        self.is_module = is_module
        times, window = np.arange(128) / RATE, np.hanning(128)
        taps = window * np.cos(2 * np.pi * BANDS[:, None] * times)
        with torch.no_grad():
            self.conv.weight[:, 0] = torch.tensor(taps, dtype=torch.float32)
            self.head.weight.copy_(torch.eye(16)[[13, 2, 8]])

    def forward(self, x):
        seen = self.norm(self.conv(x))
        return self.head((self.relu(seen) if self.is_module else torch.relu(seen)).mean(-1))


def sounds(folder, n, generator, hertz=None):
    """Noises, each with a tone in it where one is named."""
    folder.mkdir(parents=True)
    for k in range(n):
        sound = 0.1 * generator.normal(size=N)
        if hertz is not None:
            phase = generator.uniform(0, 6)
            sound += 0.15 * np.sin(2 * np.pi * hertz * np.arange(N) / RATE + phase)
        soundfile.write(folder / f"{k}.wav", sound, RATE)


@pytest.fixture(scope="module")
def concepts(tmp_path_factory):
    folder, generator = tmp_path_factory.mktemp("concepts"), np.random.default_rng(1)
    for name, hertz in (("high tone", CLASSES["high"]), ("unread tone", UNREAD), ("noise", None)):
        sounds(folder / name, 20, generator, hertz)
    return folder


def run_of(network, folder, out):
    spec = ModelSpec(
        sample_rate=RATE, n_samples=N, frontend=FrontendSpec(), class_names=tuple(CLASSES)
    )
    model = assemble(network.eval(), spec, name="planted", reference="planted")
    return Run(model=model, capture=api.record(model, folder, out=out))


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Forty noises of each class."""
    folder, generator = tmp_path_factory.mktemp("noises"), np.random.default_rng(0)
    for name in CLASSES:
        sounds(folder / name, 40, generator)
    return api.read_clips(folder, sample_rate=RATE)


@pytest.fixture(scope="module")
def run(clips, tmp_path_factory):
    with run_of(Planted(), clips, tmp_path_factory.mktemp("run")) as run:
        yield run


@pytest.fixture(scope="module")
def found(run, concepts):
    return ConceptVectors(concepts=str(concepts), layer=("conv",)).run(run)


def test_a_planted_direction_has_a_score_of_one_for_its_class_alone(found):
    (layer,) = found.layers
    row = found.concept_names.index("high tone")

    assert layer.score[row, found.class_names.index("high")] == 1.0
    assert layer.p_value[row, found.class_names.index("high")] == pytest.approx(2 / 1000)
    assert found.is_significant(layer)[row].tolist() == [name == "high" for name in CLASSES]


def test_a_concept_that_no_logit_reads_has_a_vector_and_moves_no_class(found):
    (layer,) = found.layers
    row = found.concept_names.index("unread tone")

    assert found.has_vector(layer)[row]
    assert layer.accuracy[row] > 0.9
    assert not found.is_significant(layer)[row].any()
    assert layer.null_mean == pytest.approx(0.5, abs=0.05)


def test_more_noise_has_no_vector_and_is_said_to_have_none(found):
    (layer,) = found.layers
    pairs, missing = found.findings

    assert found.has_vector(layer).tolist() == [True, False, True]
    assert missing.sentence.startswith("conv has no activation vector of 1 concept: ")
    assert pairs.sentence.startswith(
        "conv: 1 of 9 pairs of concept and class have a TCAV score, or"
    )
    assert "high tone for high 1.00 (random clips in its place: mean 0." in pairs.sentence


def test_activations_and_gradients_are_taken_behind_the_rectifier(found):
    """The logit is the mean over time of what it gives: every clip's gradient is the weight."""
    (layer,) = found.layers

    assert layer.reading == "conv, after batch-norm, relu"
    assert np.isin(layer.score_low, (0.0, 1.0)).all()  # one gradient for all clips of a class


def test_a_function_behind_a_layer_leaves_the_layer_itself(clips, concepts, tmp_path):
    with run_of(Planted(is_module=False), clips, tmp_path) as run:
        result = ConceptVectors(concepts=str(concepts), layer=("norm",), n_random=20).run(run)

    assert result.layers[0].reading == "norm"
    assert result.n_random == 360  # 9 pairs: 9 * 2 / 360 = 5 %


def test_layers_share_one_false_discovery_rate(run, concepts, found):
    both = ConceptVectors(concepts=str(concepts), layer=("conv", "head")).run(run)

    assert both.n_random == 999  # 18 pairs need 720
    assert [one.layer for one in both.layers] == ["conv", "head"]
    np.testing.assert_array_equal(both.layers[0].p_value, found.layers[0].p_value)
    assert (both.layers[0].q_value != found.layers[0].q_value).any()


def test_other_sounds_in_the_folder_are_another_result(run, concepts, tmp_path):
    sounds(tmp_path / "noise", 10, np.random.default_rng(5))
    analyzer = ConceptVectors(concepts=str(tmp_path))
    before = run.provenance(analyzer).digest

    soundfile.write(tmp_path / "noise" / "3.wav", np.zeros(N), RATE)

    assert run.provenance(analyzer).digest != before


def test_too_few_sounds_are_counted_in_one_line(run, tmp_path):
    sounds(tmp_path / "rain", 4, np.random.default_rng(0))
    sounds(tmp_path / "wind", 10, np.random.default_rng(0))
    (tmp_path / "empty").mkdir()

    with pytest.raises(ParameterError) as caught:
        ConceptVectors(concepts=str(tmp_path)).run(run)

    assert str(caught.value) == (
        f"sounds in concepts={str(tmp_path)!r}: empty 0, rain 4, wind 10; allowed: 10 or more for "
        "each concept in a sub-folder of its name; add sounds to empty, rain"
    )


@pytest.mark.parametrize(
    ("name", "text"),
    [("", "no folder of concepts; allowed"), ("not there", "concepts='not there' is no folder")],
)
def test_a_missing_folder_is_said(run, name, text):
    with pytest.raises(ParameterError, match=text):
        ConceptVectors(concepts=name).run(run)


def test_sounds_that_cannot_be_decoded_are_said(run, tmp_path):
    sounds(tmp_path / "rain", 10, np.random.default_rng(0))
    for k in range(4):
        (tmp_path / "rain" / f"{k}.wav").write_bytes(b"no sound")

    with pytest.raises(AudioError, match="4 of 10 files in"):
        ConceptVectors(concepts=str(tmp_path)).run(run)


def test_a_network_without_classes_is_refused(clips, concepts, run):
    spec = ModelSpec(sample_rate=RATE, n_samples=N, frontend=FrontendSpec())
    model = assemble(Planted().eval(), spec, name="planted", reference="planted")

    with pytest.raises(ParameterError, match="are no classes with names; allowed: a classifier"):
        ConceptVectors(concepts=str(concepts)).run(Run(model=model, capture=run.capture))
