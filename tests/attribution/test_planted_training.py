"""Networks that learned planted evidence, and one that learned a shortcut to it."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.attribution.differentiable_scores import differentiable_scores
from cnnviz.attribution.methods.deeplift import DeepLIFT
from cnnviz.attribution.methods.input_x_gradient import InputXGradient
from cnnviz.attribution.methods.integrated_gradients import IntegratedGradients
from cnnviz.attribution.methods.lrp import LRP
from cnnviz.attribution.methods.saliency import Saliency
from cnnviz.attribution.planted import networks
from cnnviz.attribution.planted.benchmark import localise
from cnnviz.attribution.planted.dense_path import dense_coefficients
from cnnviz.attribution.planted.networks import planted_model
from cnnviz.attribution.planted.sounds import HUMMING, N_SAMPLES, planted_clips
from cnnviz.attribution.planted.trained import trained_cnn
from tests.cli.commands import exit_code

INTEGRATED = {score: IntegratedGradients(score=score) for score in ("logit", "contrast")}
OTHERS = {one.__name__: one(score="logit") for one in (DeepLIFT, InputXGradient, LRP, Saliency)}


@pytest.fixture(scope="module")
def trained():
    return planted_model("trained")


@pytest.fixture(scope="module")
def shortcut():
    return planted_model("shortcut")


def scores(model, clips):
    with torch.no_grad():
        return model.scores(torch.tensor(clips.waveforms)).numpy()


def test_training_finds_the_class_of_clips_with_other_distractors(trained):
    clips = planted_clips(64, labels=np.arange(64) % 4, seed=9)

    right = scores(trained, clips).argmax(1) == clips.labels

    assert right.mean() > 0.95


def test_integrated_gradients_find_what_a_network_learned(trained):
    energy, _, *rows = localise(trained, INTEGRATED, n_clips=4)

    for row in rows:
        assert row.positive_share >= 0.9
        assert row.pointing == 1
        assert row.is_useful
        assert row.path_error < 0.05
    assert energy.positive_share < 0.05


def test_no_method_is_better_than_energy_before_the_training():
    methods = OTHERS | {"IntegratedGradients": INTEGRATED["logit"]}

    energy, _, *rows = localise(planted_model("untrained"), methods, n_clips=4)

    assert [row.method for row in rows if row.is_useful] == []
    assert max(row.positive_share for row in rows) < energy.positive_share + 0.1


def test_a_shortcut_is_revealed_by_the_method_and_by_its_removal(trained, shortcut):
    with_hum, without = (
        planted_clips(2, labels=HUMMING, seed=0, has_hum=has_hum) for has_hum in (True, False)
    )
    share, moved = {}, {}

    for name, model in (("shortcut", shortcut), ("honest", replace(trained, name="shortcut"))):
        *_, row = localise(model, {"integrated_gradients": INTEGRATED["logit"]}, n_clips=2)
        share[name] = row.shortcut_share
        humming, quiet = (scores(model, clips)[:, HUMMING] for clips in (with_hum, without))
        with torch.no_grad():
            silence = float(model.scores(torch.zeros(1, N_SAMPLES))[0, HUMMING])
        moved[name] = ((humming - quiet) / (humming - silence)).mean()

    assert moved["shortcut"] > 0.5
    assert share["shortcut"] > 0.5
    assert abs(moved["honest"]) < 0.1
    assert share["honest"] < 0.1


def test_a_training_repeats_itself_and_draws_nothing_from_the_caller():
    state = torch.get_rng_state()

    one, other = (trained_cnn(hum_share=0.9, n_steps=2).state_dict() for _ in range(2))

    assert all(torch.equal(value, other[name]) for name, value in one.items())
    assert torch.equal(torch.get_rng_state(), state)


class LogEnergy(nn.Module):
    def forward(self, x):
        return (x.square().sum((1, 2)) + 1e-6).log()[:, None]


def test_the_dense_path_of_a_logarithm_is_its_closed_form(audio_model):
    waveform = np.random.default_rng(0).normal(size=(1, 64)).astype(np.float32)

    with differentiable_scores(
        audio_model(LogEnergy(), output="logits"), waveform, np.array([0])
    ) as of_model:
        found = dense_coefficients(of_model, 0, torch.tensor(waveform[0])).numpy()

    energy = np.square(waveform[0], dtype=float).sum()
    exact = waveform[0] * np.log1p(energy / 1e-6) / energy  # of x log(1 + a^2 E / eps) / E
    np.testing.assert_allclose(found, exact, rtol=2e-3)


def test_a_coarse_path_is_far_from_the_dense_one():
    methods = {
        "coarse": IntegratedGradients(score="logit", n_steps=2, n_max=2),
        "whole": IntegratedGradients(score="logit"),
    }

    *_, coarse, whole = localise(planted_model("log_mel"), methods, n_clips=1)

    assert coarse.path_error > 0.02
    assert coarse.path_error > 4 * whole.path_error


def test_the_command_names_methods_that_are_not_better_than_energy(capsys):
    words = ("--planted", "untrained", "--method", "input_x_gradient")
    assert exit_code("explain", *words) == 0

    out = capsys.readouterr().out
    assert "not better than energy: input_x_gradient" in out
    assert "R+ in hum" not in out


def test_the_command_tells_of_a_training(monkeypatch, capsys):
    monkeypatch.setattr(networks, "trained_cnn", partial(trained_cnn, n_steps=2))
    words = ("--planted", "shortcut", "--method", "input_x_gradient")
    assert exit_code("explain", *words) == 0

    told = capsys.readouterr()
    assert "training a small CNN: 10 to 20 seconds of one core" in told.err
    assert "training: " in told.err
    assert "R+ in hum" in told.out
