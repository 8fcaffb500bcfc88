"""Words for classes, and the scores that come of them."""

import numpy as np
import pytest
import torch

from cnnviz.attribution.attribute import attribute
from cnnviz.attribution.methods.input_x_gradient import InputXGradient
from cnnviz.attribution.targets import RUNNER_UP, class_index, classes_of, rivals_of
from cnnviz.errors import ParameterError

from .explaining import coefficients
from .tiny_models import Linear, convolutional

SCORES = np.array([[1.0, 5.0, 2.0], [4.0, 3.0, 0.0]])
LABELS, NAMES = np.array([2, -1]), ("yes", "no", "up")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("predicted", [1, 0]),
        ("top1", [1, 0]),
        ("top2", [2, 1]),
        ("top3", [0, 2]),
        ("label", [2, 0]),
        ("no", [1, 1]),
        ("2", [2, 2]),
    ],
)
def test_a_word_stands_for_a_class_of_each_clip(word, expected):
    found = classes_of(word, SCORES, LABELS, NAMES, parameter="target")

    assert found.tolist() == expected


def test_a_class_named_like_a_rank_is_found_by_its_name_first():
    found = classes_of("top2", SCORES, LABELS, ("top2", "no", "up"), parameter="target")

    assert found.tolist() == [0, 0]


def test_a_rank_beyond_the_outputs_is_refused():
    with pytest.raises(ParameterError, match="target='top4'; allowed: top1 to top3"):
        classes_of("top4", SCORES, LABELS, NAMES, parameter="target")


def test_a_class_named_like_a_number_is_found_by_its_name_first():
    assert class_index("0", ("7", "0", "1"), 3, parameter="target") == 1


@pytest.mark.parametrize("names", [("yes", "", "up"), ("yes",), ()])
def test_a_class_without_a_name_is_found_as_pages_show_it(names):
    assert class_index("class 1", names, 3, parameter="true") == 1


def test_a_class_with_a_name_is_not_found_by_its_number_in_words():
    with pytest.raises(ParameterError, match="true='class 1'; allowed: an index from 0 to 2"):
        class_index("class 1", NAMES, 3, parameter="true")


@pytest.mark.parametrize(
    ("word", "expected"),
    [("runner_up", [RUNNER_UP] * 2), ("label", [2, RUNNER_UP]), ("yes", [0, RUNNER_UP])],
)
def test_a_rival_that_is_the_target_itself_gives_way_to_the_runner_up(word, expected):
    assert rivals_of(word, np.array([1, 0]), SCORES, LABELS, NAMES).tolist() == expected


@pytest.mark.parametrize(
    ("word", "parameter", "text"),
    [
        ("3", "target", "target=3; allowed: 0 to 2, the outputs of the network"),
        (
            "maybe",
            "against",
            "against='maybe'; allowed: runner_up, predicted, label, an index from 0 to 2, or one "
            "of yes, no, up",
        ),
        ("maybe", "true", "true='maybe'; allowed: an index from 0 to 2, or one of yes, no, up"),
    ],
)
def test_a_class_that_does_not_exist_is_refused_with_those_that_do(word, parameter, text):
    with pytest.raises(ParameterError) as refusal:
        class_index(word, NAMES, 3, parameter=parameter)

    assert str(refusal.value) == text


def weights():
    return torch.randn(3, 50, dtype=torch.float64, generator=torch.manual_seed(0))


def test_a_contrast_to_a_given_class_takes_its_gradient_away(audio_model):
    weight, waveforms = weights(), np.random.default_rng(0).normal(size=(2, 50))

    found = attribute(
        InputXGradient(score="contrast"),
        audio_model(Linear(weight)),
        waveforms,
        np.array([0, 0]),
        rivals=np.array([1, 2]),
    )

    expected = weight[0].numpy() - weight[[1, 2]].numpy()
    np.testing.assert_allclose(coefficients(found), expected, rtol=1e-6)
    assert found.rivals.tolist() == [1, 2]


def test_log_odds_are_those_of_the_softmax(audio_model):
    network = convolutional()
    model, waveforms = audio_model(network), np.random.default_rng(0).normal(size=(3, 400))
    targets = np.arange(3)

    found = attribute(
        InputXGradient(score="log_odds"), model, waveforms.astype(np.float32), targets
    )

    network.eval()
    x = torch.tensor(waveforms).float()[:, None].requires_grad_()
    p = network(x).softmax(-1)[range(3), targets]
    odds = (p / (1 - p)).log()
    (slopes,) = torch.autograd.grad(odds.sum(), x)
    np.testing.assert_allclose(found.scores, odds.detach().numpy(), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(coefficients(found), slopes[:, 0].numpy(), rtol=1e-3, atol=1e-6)
    assert found.has_odds
    assert found.rivals is None
