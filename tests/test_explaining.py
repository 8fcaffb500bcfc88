"""``cnnviz.explain``: a model or a module, and arrays."""

import re

import numpy as np
import pytest
import torch
from torch import nn

import cnnviz
from cnnviz.errors import ParameterError, ShapeError, UnknownNameError

RATE, N = 8000, 2000


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv1d(1, 6, 32, stride=4), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(),
        nn.Linear(6, 3),
    )  # fmt: skip


@pytest.fixture(scope="module")
def sounds():
    return np.random.default_rng(0).normal(size=(2, N))


def test_a_module_is_explained_on_a_sound(network, sounds):
    found = cnnviz.explain(network, sounds[0], sample_rate=RATE, score="logit")

    with torch.no_grad():
        silence, scores = (
            network(torch.zeros(1, 1, N))[0],
            network(torch.tensor(sounds)[:1, None].float())[0],
        )
    target = int(scores.argmax())
    assert found.target.words == (str(target),)
    assert found.waveform.sum() == pytest.approx(float(scores[target] - silence[target]), rel=0.01)
    assert found.time_frequency.shape == (1, len(found.frequencies), len(found.times))
    assert found.frequencies[-1] == RATE / 2
    assert found.checks.converged.tolist() == [True]
    assert found.plot().get_ylabel() == "frequency (Hz)"


def test_what_is_asked_for_is_what_is_explained(network, sounds):
    found = cnnviz.explain(
        network, sounds, sample_rate=RATE, method="input_x_gradient", target="label",
        labels=[2, 0], against="1",
    )  # fmt: skip

    assert found.target.words == ("2 rather than 1", "0 rather than 1")
    assert found.true_classes == ("2", "0")
    assert found.id.startswith("input_x_gradient-")


def test_other_sounds_give_another_id(network, sounds):
    options = {"sample_rate": RATE, "method": "input_x_gradient"}
    first, again, other = (
        cnnviz.explain(network, sound, **options).id for sound in (sounds[0], sounds[0], sounds[1])
    )

    assert first == again != other


def test_the_module_is_left_as_it_was(network, sounds):
    network.train()
    before = {name: value.clone() for name, value in network.state_dict().items()}

    cnnviz.explain(network, sounds, sample_rate=RATE)

    assert network.training
    network.eval()
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert all(p.requires_grad and p.grad is None for p in network.parameters())


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"sample_rate": None}, ParameterError, "a module has no sample rate; add sample_rate=HZ"),
        ({"method": "guess"}, UnknownNameError, "'guess' is not one of the methods: .*saliency"),
        (
            {"target": "best"},
            ParameterError,
            "target='best'; allowed: predicted, top2, label, an index",
        ),
        ({"n_draws": 3}, ParameterError, "has no parameter 'n_draws'"),
        ({"labels": [1]}, ParameterError, "1 labels for 2 sounds; allowed: one for each"),
    ],
)
def test_what_cannot_be_is_refused(network, sounds, changes, error, text):
    with pytest.raises(error, match=text):
        cnnviz.explain(network, sounds, **{"sample_rate": RATE, **changes})


@pytest.mark.parametrize("waveform", [np.zeros((1, 1, 9)), np.array([]), np.array([np.nan, 1])])
def test_what_is_no_sound_is_refused(network, waveform):
    with pytest.raises(ShapeError, match=r"allowed: finite numbers, \(samples,\)"):
        cnnviz.explain(network, waveform, sample_rate=RATE)


def test_a_function_of_the_scores_is_explained_like_a_score(network, sounds):
    def odds_of_the_first(scores):
        return scores[:, 0] - scores[:, 1:].logsumexp(1)

    found = cnnviz.explain(network, sounds, sample_rate=RATE, target=odds_of_the_first, proof=True)

    same = cnnviz.explain(network, sounds, sample_rate=RATE, target=0, score="log_odds", proof=True)
    assert found.target.kind == "callable"
    assert found.target.words == ("odds_of_the_first",) * 2
    assert found.target.class_index is None
    np.testing.assert_allclose(found.scores, same.scores, rtol=1e-5)
    np.testing.assert_allclose(found.waveform, same.waveform, rtol=1e-3, atol=1e-7)
    deletion = [one.proof.of("deletion", "untrained") for one in (found, same)]
    np.testing.assert_allclose(*deletion, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    ("function", "given"),
    [(lambda scores: scores, "(1, 3)"), (lambda scores: 3.0, "float")],
    ids=["scores", "number"],
)
def test_a_function_gives_one_number_per_clip(network, sounds, function, given):
    text = rf"function gives {re.escape(given)} for the scores of 1 clips; allowed: a tensor"
    with pytest.raises(ParameterError, match=text):
        cnnviz.explain(network, sounds[0], sample_rate=RATE, target=function)
