"""Evidence that was planted, and what methods must find of it."""

import json

import numpy as np
import pytest

from cnnviz.attribution.methods.input_x_gradient import InputXGradient
from cnnviz.attribution.methods.integrated_gradients import IntegratedGradients
from cnnviz.attribution.methods.saliency import Saliency
from cnnviz.attribution.planted.benchmark import localise
from cnnviz.attribution.planted.networks import KINDS, planted_model
from cnnviz.attribution.planted.sounds import TARGETS_HZ, planted_clips
from cnnviz.cli import explain
from tests.cli.commands import exit_code

METHODS = {
    "integrated_gradients": IntegratedGradients(score="logit"),
    "input_x_gradient": InputXGradient(score="logit"),
    "saliency": Saliency(score="logit"),
}
BARS = {  # least share of |R|, and of R where it is positive, for integrated gradients
    "relu_max": (0.99, 0.99),
    "relu_mean": (0.99, 0.99),
    "log_energy": (0.99, 0.99),
    "contrast": (0.9, 0.98),
    "log_mel": (0.4, 0.75),
}


def test_the_burst_is_ten_decibels_below_every_other():
    clips = planted_clips(6, labels=np.arange(6) % 4, seed=3)

    for waveform, start, label in zip(clips.waveforms, clips.starts, clips.labels, strict=True):
        powers = np.square(waveform.reshape(-1, 640), dtype=float).sum(1)
        loudest = np.sort(powers)[::-1]
        assert powers[start // 640] == pytest.approx(loudest[4], rel=1e-6)
        assert 10 * np.log10(loudest[3] / loudest[4]) == pytest.approx(10, abs=0.3)
        spectrum = np.abs(np.fft.rfft(waveform[start : start + 640]))
        assert spectrum.argmax() * 16000 / 640 == pytest.approx(TARGETS_HZ[label], abs=25)


@pytest.mark.parametrize("kind", BARS)
def test_integrated_gradients_find_what_was_planted(kind):
    energy, random, *found = localise(planted_model(kind), METHODS, n_clips=8)

    of = {row.method: row for row in found}
    share, positive = BARS[kind]
    assert of["integrated_gradients"].share >= share
    assert of["integrated_gradients"].positive_share >= positive
    assert of["integrated_gradients"].pointing == 1
    assert of["integrated_gradients"].is_useful
    assert of["integrated_gradients"].path_error < 0.05
    assert np.isnan(of["saliency"].path_error)
    assert energy.positive_share < 0.05
    assert random.positive_share < 0.02
    assert random.ranking_area == pytest.approx(0.5, abs=0.02)
    assert not energy.is_useful


def test_a_method_that_fails_is_shown_as_failing():
    methods = {"saliency": METHODS["saliency"]}

    (*_, saliency) = localise(planted_model("log_mel"), methods, n_clips=4)

    assert saliency.method == "saliency"
    assert not saliency.is_useful


def test_the_command_ranks_methods(capsys):
    words = ("--planted", "relu_max", "--method", "input_x_gradient", "--json")
    assert exit_code("explain", *words) == 0

    rows = json.loads(capsys.readouterr().out)
    assert [row["method"] for row in rows] == ["energy", "random", "input_x_gradient"]
    assert rows[2]["is_useful"]


def test_the_command_offers_every_kind(capsys):
    assert explain.KINDS == KINDS
    assert exit_code("explain") == 2
    assert "--planted KIND" in capsys.readouterr().err
