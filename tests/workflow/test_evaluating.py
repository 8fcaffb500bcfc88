"""Evaluations by name: of clips, of classes, and of two models."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

import cnnviz
from cnnviz.errors import ParameterError, UnsupportedModelError
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, WeightsOnly, assemble

RATE = 8000
NAMES = ("high", "low", "middle")


class Loudness(torch.nn.Module):
    """Scores that tell three levels apart: -|level - centre| of each class."""

    def __init__(self, *centres: float) -> None:
        super().__init__()
        self.centres = torch.nn.Parameter(torch.tensor(centres))

    def forward(self, waveforms):
        level = waveforms.abs().amax(dim=(1, 2))[:, None]  # (clip, 1)
        return -20 * (level - self.centres).abs()  # (clip, class)


def loudness(class_names=NAMES, centres=(0.9, 0.1, 0.5), **contract):
    spec = ModelSpec(sample_rate=RATE, frontend=FrontendSpec(), class_names=class_names, **contract)
    return assemble(Loudness(*centres), spec, name="loudness", reference="loudness")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four clips of each level, the last of each class at another one."""
    home = tmp_path_factory.mktemp("levels")
    levels = {"high": (0.9, 0.8, 0.95, 0.5), "low": (0.1, 0.2, 0.15, 0.5), "middle": (0.5,) * 4}
    for name, peaks in levels.items():
        (home / name).mkdir()
        for index, peak in enumerate(peaks):
            tone = peak * np.sin(np.pi / 2 * (1 + np.arange(400)))
            soundfile.write(home / name / f"{index}.wav", tone, RATE, subtype="FLOAT")
    return home


@pytest.fixture(scope="module")
def clips(folder):
    return cnnviz.read_clips(folder).screened()


def test_a_model_is_scored_on_a_folder(folder):
    found = cnnviz.evaluate(loudness(), folder)

    assert found.confusion.tolist() == [[3, 0, 1], [0, 3, 1], [0, 0, 4]]
    assert found.accuracy == 10 / 12
    assert found.clip_names[3] == "high/3.wav"
    assert found.provenance.model_name == "loudness"
    assert found.provenance.created


def test_the_model_is_given_back_as_it_was(clips):
    model = loudness()
    model.network.train()

    cnnviz.evaluate(model, clips)

    assert model.network.training
    assert model.network.centres.grad is None


def test_scores_do_not_depend_on_the_batch(clips):
    from cnnviz import workflow

    found = [workflow.evaluate(loudness(), clips, batch_size=size) for size in (1, 5, 12)]

    np.testing.assert_array_equal(found[0].probabilities, found[1].probabilities)
    np.testing.assert_array_equal(found[0].probabilities, found[2].probabilities)


def test_progress_counts_clips(clips):
    from cnnviz import workflow

    told = []
    workflow.evaluate(loudness(), clips, batch_size=5, progress=lambda *at: told.append(at))

    assert told == [(5, 12), (10, 12), (12, 12)]


def test_only_the_split_is_run(clips):
    splits = ("train", "test", "test", "train") * 3
    divided = replace(clips, splits=splits)

    assert cnnviz.evaluate(loudness(), divided).split == "test"
    assert len(cnnviz.evaluate(loudness(), divided).clip_names) == 6
    assert len(cnnviz.evaluate(loudness(), divided, split="all").clip_names) == 12


def test_a_split_that_is_not_there_is_named_with_those_that_are(clips):
    divided = replace(clips, splits=("train", "test", "test", "train") * 3)

    with pytest.raises(ParameterError, match="split='tset' has no clip; allowed: all, test, train"):
        cnnviz.evaluate(loudness(), divided, split="tset")


def test_labels_that_match_no_class_are_refused_before_the_model_runs(clips):
    model = loudness(("cat", "dog", "bird"))
    model.network.forward = None  # would fail if called

    with pytest.raises(ParameterError, match=r"high, low, middle\) is a class .*class_names"):
        cnnviz.evaluate(model, clips)


def test_clips_without_labels_are_refused(clips):
    bare = replace(clips, labels=np.full(12, -1))

    with pytest.raises(ParameterError, match=r"none of 12 clips has a label; .*folder per class"):
        cnnviz.evaluate(loudness(), bare)


def test_weights_without_a_network_are_refused(clips):
    spec = ModelSpec(sample_rate=RATE, class_names=NAMES)
    model = assemble(WeightsOnly({}, "name the network"), spec, name="bare", reference="bare")

    with pytest.raises(UnsupportedModelError, match="name the network"):
        cnnviz.evaluate(model, clips)


def test_two_models_are_compared_clip_by_clip(clips):
    deaf = cnnviz.evaluate(loudness(centres=(0.9, 0.3, 5.0)), clips)  # hears no middle

    found = cnnviz.compare(cnnviz.evaluate(loudness(), clips), deaf)

    # the first gets the four 'middle' right, the other one more of 'low'
    assert (found.accuracy, found.other_accuracy) == (10 / 12, 7 / 12)
    assert found.only_first_right.tolist() == [8, 9, 10, 11]
    assert found.only_other_right.tolist() == [7]
    assert found.better[0].other == 4


def test_classes_meet_by_name_whatever_their_order(clips):
    turned = loudness(("middle", "high", "low"), centres=(0.5, 0.9, 0.1))

    found = cnnviz.compare(cnnviz.evaluate(loudness(), clips), cnnviz.evaluate(turned, clips))

    assert (found.n_both_right, found.difference) == (10, 0.0)
    assert not found.confusion_change.any()


def test_clips_meet_by_name_whatever_their_order(clips):
    turned = cnnviz.evaluate(loudness(), clips.take(np.arange(12)[::-1]))

    found = cnnviz.compare(cnnviz.evaluate(loudness(), clips), turned)

    assert (found.n_both_right, found.n_both_wrong) == (10, 2)


def test_models_of_other_classes_are_not_compared(clips):
    model = loudness(("high", "low", "medium"), centres=(0.9, 0.1, 0.5))
    first, other = cnnviz.evaluate(loudness(), clips), cnnviz.evaluate(model, clips)

    with pytest.raises(ParameterError, match=r"only the first: middle; only the other: medium"):
        cnnviz.compare(first, other)


def test_evaluations_of_other_clips_are_not_compared(clips):
    first = cnnviz.evaluate(loudness(), clips)
    fewer = cnnviz.evaluate(loudness(), clips.take(range(11)))

    with pytest.raises(ParameterError, match=r"different clips \(only the first: middle/3.wav; "):
        cnnviz.compare(first, fewer)


def test_evaluations_with_other_labels_are_not_compared(clips):
    first = cnnviz.evaluate(loudness(), clips)
    moved = replace(clips, labels=np.roll(clips.labels, 1))

    with pytest.raises(ParameterError, match="the same clips other labels"):
        cnnviz.compare(first, cnnviz.evaluate(loudness(), moved))
