"""Roles of outputs: recognised by shape, values and last steps, and said in one line."""

import pytest
import torch
from torch import Tensor

from cnnviz.errors import ParameterError, ShapeError
from cnnviz.model import AudioModel
from cnnviz.model.reading import MEAN
from tests.loaders.outputs import N_SAMPLES, loaded, network

CLIPS = torch.randn(3, N_SAMPLES, generator=torch.Generator().manual_seed(1))
CHANGE = "(--output ROLE changes it)"
OPEN = "; --output ROLE says which it is"
POOLED = "the network pools probabilities; its scores are probabilities, not logits"
STEPS = "the output keeps a time axis (200 steps of"


def raw(name: str, clips: Tensor = CLIPS) -> Tensor:
    with torch.no_grad():
        return network(name)(clips[:, None])


def scores(model: AudioModel, clips: Tensor = CLIPS) -> Tensor:
    with torch.no_grad():
        return model.scores(clips)


@pytest.mark.parametrize(
    ("name", "role", "output", "line"),
    [
        (
            "linear",
            "unknown",
            "logits",
            "5 numbers per clip without softmax, sigmoid or names may be classes, a regression or "
            f"an embedding{OPEN}",
        ),
        (
            "softmax",
            "classes",
            "probabilities",
            f"the network ends in softmax; its scores are probabilities; read as classes {CHANGE}",
        ),
        (
            "log-softmax",
            "classes",
            "log_probabilities",
            "the network ends in log-softmax; its scores are log-probabilities; read as classes "
            f"{CHANGE}",
        ),
        (
            "sigmoid",
            "tags",
            "sigmoid",
            "the network ends in a sigmoid; its scores are independent tags; read as tags "
            f"{CHANGE}",
        ),
        (
            "one sigmoid",
            "tags",
            "sigmoid",
            "the network ends in a sigmoid; its score is one tag, yes or no; read as tags "
            f"{CHANGE}",
        ),
        (
            "one number",
            "unknown",
            "logits",
            f"1 number per clip may be a regression or the logit of two classes{OPEN}",
        ),
        (
            "two numbers",
            "unknown",
            "logits",
            "2 numbers per clip without softmax, sigmoid or names may be classes, a regression or "
            f"an embedding{OPEN}",
        ),
        (
            "tanh",
            "unknown",
            "logits",
            f"2 numbers per clip after tanh may be a regression or an embedding{OPEN}",
        ),
        (
            "unit vector",
            "embedding",
            "values",
            f"the 5 numbers per clip have length 1 (L2 norm); read as embedding {CHANGE}",
        ),
        (
            "frames (B, C, T)",
            "frames",
            "log_probabilities",
            f"{STEPS} 5 probabilities), of which the mean of log-probabilities over time is kept; "
            f"read as frames {CHANGE}",
        ),
        (
            "frames (B, T, C)",
            "frames",
            "log_probabilities",
            f"{STEPS} 5 probabilities), of which the mean over time is kept; read as frames "
            f"{CHANGE}",
        ),
        (
            "recurrent frames",
            "frames",
            "logits",
            f"{STEPS} 5 numbers), of which the mean over time is kept; read as frames {CHANGE}",
        ),
        (
            "frames of tags",
            "frames",
            "sigmoid",
            f"{STEPS} 5 tags), of which the maximum over time is kept; read as frames {CHANGE}",
        ),
        (
            "one tag, (B, T)",
            "frames",
            "sigmoid",
            f"{STEPS} 1 tag), of which the maximum over time is kept; read as frames {CHANGE}",
        ),
        (
            "two sources",
            "waveform",
            "values",
            "the output is as long as the clip (2 sounds of 800 of 800 samples), of which the mean "
            f"square over time is kept; read as waveform {CHANGE}",
        ),
        (
            "one sound, (B, T)",
            "waveform",
            "values",
            "the output is as long as the clip (800 of 800 samples), of which the mean square over "
            f"time is kept; read as waveform {CHANGE}",
        ),
        (
            "sound by a matrix",
            "waveform",
            "values",
            "the output is as long as the clip (800 of 800 samples), of which the mean square over "
            f"time is kept; read as waveform {CHANGE}",
        ),
        (
            "mean of sigmoids",
            "tags",
            "probabilities",
            f"the network gives one probability per clip; read as tags {CHANGE}",
        ),
        (
            "mean of softmax",
            "classes",
            "probabilities",
            "the network pools a softmax; its scores are probabilities, not logits; read as "
            f"classes {CHANGE}",
        ),
        ("maximum of sigmoids", "tags", "probabilities", f"{POOLED}; read as tags {CHANGE}"),
        ("attention over sigmoids", "tags", "probabilities", f"{POOLED}; read as tags {CHANGE}"),
        (
            "several frames",
            "frames",
            "sigmoid",
            "one of 2 outputs keeps a time axis (200 steps of 5 tags), of which the maximum over "
            f"time is kept; read as frames {CHANGE}",
        ),
    ],
)
def test_the_role_is_recognised_and_said_in_one_line(
    name: str, role: str, output: str, line: str
) -> None:
    model = loaded(name)

    assert (model.role, model.output) == (role, output)
    assert model.notices == (line,)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("frames (B, C, T)", lambda output: output.log().mean(2)),
        ("frames (B, T, C)", lambda output: output.mean(1)),
        ("recurrent frames", lambda output: output.mean(1)),
        ("frames of tags", lambda output: output.amax(1)),
        ("one tag, (B, T)", lambda output: output.amax(1, keepdim=True)),
        ("two sources", lambda output: (output**2).mean(2)),
        ("one sound, (B, T)", lambda output: (output**2).mean(1, keepdim=True)),
        ("sound by a matrix", lambda output: (output**2).mean(1, keepdim=True)),
        ("several frames", lambda output: output["onset"].amax(2)),
    ],
)
def test_time_is_pooled_by_the_rule_that_is_named(name, expected) -> None:
    model = loaded(name)

    assert torch.allclose(scores(model), expected(raw(name)), atol=1e-6)
    assert torch.allclose(scores(model, CLIPS[:1]), expected(raw(name, CLIPS[:1])), atol=1e-6)


def test_the_maximum_of_tags_is_the_sigmoid_of_the_maximal_logit() -> None:
    net = network("frames of tags")
    with torch.no_grad():
        logits = net.linear(net.second(net.first(CLIPS[:, None]).relu()).mT)

    assert torch.allclose(scores(loaded("frames of tags")), logits.amax(1).sigmoid(), atol=1e-6)


@pytest.mark.parametrize("role", ["classes", "tags", "regression", "embedding"])
def test_a_role_that_is_given_is_taken_without_a_word(role: str) -> None:
    model = loaded("two numbers", role=role)

    assert model.role == role
    assert model.notices == ()
    assert model.output == ("values" if role in ("regression", "embedding") else "logits")


def test_a_given_role_decides_how_time_is_pooled_and_that_is_said() -> None:
    model = loaded("two sources", role="embedding")

    assert model.reading.pooling == MEAN
    assert torch.allclose(scores(model), raw("two sources").mean(2), atol=1e-6)
    assert model.notices == (
        "the output is as long as the clip (2 sounds of 800 of 800 samples), of which the mean "
        "over time is kept; read as embedding, as was asked",
    )


def test_names_of_classes_say_what_the_numbers_are() -> None:
    model = loaded("two numbers", class_names=("no", "yes"))

    assert (model.role, model.has_classes, model.notices) == ("classes", True, ())


def test_frames_have_classes_where_these_are_named() -> None:
    names = ("a", "b", "c", "d", "e")

    assert not loaded("frames (B, C, T)").has_classes
    assert loaded("frames (B, C, T)", class_names=names).has_classes


def test_names_must_fit_the_pooled_scores() -> None:
    with pytest.raises(ParameterError, match=r"class_names has 2 names; .* gives 5 scores"):
        loaded("frames (B, C, T)", class_names=("no", "yes"))


def test_two_outputs_that_nothing_tells_apart_are_refused_before_clips_are_read() -> None:
    model = loaded("two outputs")

    assert model.notices[-1].startswith("no scores: network returns 2 tensors")
    with pytest.raises(ShapeError, match="with 5, 2 columns; name the classes with --classes"):
        model.require_scores()


def test_a_role_that_is_none_is_refused() -> None:
    with pytest.raises(ParameterError, match="role='clusters'; allowed: classes, tags, frames"):
        loaded("linear", role="clusters")


def test_a_role_in_the_place_of_the_kind_of_scores_is_refused_with_its_place() -> None:
    with pytest.raises(ParameterError, match=r"output='embedding'; .*a role stands under role"):
        loaded("linear", output="embedding")
