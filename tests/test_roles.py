"""What follows from the role of an output: names, digests, captures, who may be scored."""

from dataclasses import replace

import numpy as np
import pytest

from cnnviz import workflow
from cnnviz.capture import Choices, prepare, record
from cnnviz.capture.spec import CaptureSpec
from cnnviz.errors import CaptureFormatError, ParameterError
from cnnviz.loaders import ModelReference
from cnnviz.provenance import Provenance
from cnnviz.roles import has_classes, is_same_role
from cnnviz.run import Run
from tests.capture.recordings import write_clips
from tests.loaders.outputs import loaded


@pytest.mark.parametrize(
    ("role", "names", "expected"),
    [
        ("classes", (), True),
        ("unknown", (), False),
        ("unknown", ("a", "b"), True),
        ("frames", (), False),
        ("frames", ("a", "b"), True),
        ("tags", ("a", "b"), False),
        ("embedding", ("a", "b"), False),
    ],
)
def test_names_make_classes_of_scores_alone(role, names, expected):
    assert has_classes(role, names) == expected


def test_a_role_makes_another_result_of_the_same_question_but_not_for_classifiers():
    before = Provenance(model_digest="ab", clips_digest="cd")

    assert replace(before, output_role="classes").digest == before.digest
    assert replace(before, output_role="embedding").digest != before.digest


@pytest.mark.parametrize(
    ("of_result", "of_capture", "expected"),
    [
        ("classes", "classes", True),
        ("classes", "embedding", False),
        ("classes", "unknown", True),
        ("embedding", "unknown", False),
        ("", "embedding", True),
        ("classes", "", True),
    ],
)
def test_a_page_shows_no_result_of_another_role(of_result, of_capture, expected):
    assert is_same_role(of_result, of_capture) == expected


def test_an_unknown_output_is_scored_when_it_is_asked_for():
    assert workflow.as_classifier(loaded("two numbers")).role == "classes"


@pytest.mark.parametrize("name", ["unit vector", "two sources", "sigmoid", "frames of tags"])
def test_an_output_of_another_role_is_not_scored(name):
    with pytest.raises(ParameterError, match="no clip has one right answer; allowed: classes"):
        workflow.as_classifier(loaded(name))


def test_frames_of_named_classes_are_scored():
    model = loaded("frames (B, C, T)", class_names=tuple("abcde"))

    assert workflow.as_classifier(model) is model


def test_names_give_an_unknown_output_the_role_of_classes_and_no_names_do_not():
    model = loaded("two numbers")

    assert model.with_classes(("no", "yes")).role == "classes"
    assert model.with_classes(()).role == "unknown"
    assert loaded("unit vector").with_classes(tuple("abcde")).role == "embedding"


def test_another_process_reads_the_output_in_the_same_role():
    model = loaded("frames of tags", role="embedding")
    reference = ModelReference.of(model)

    assert reference.role == "embedding"
    assert ModelReference.of(loaded("two numbers")).role is None


def test_a_capture_holds_the_pooled_output_its_role_and_its_rule(tmp_path):
    model, clips = loaded("two sources"), write_clips(tmp_path / "clips", 4)

    with record(model, clips, out=tmp_path / "run", choices=Choices(layers=("first",))) as capture:
        waveforms = capture.waveforms(np.arange(4))
        run = Run(capture=capture)

        assert (run.role, run.has_classes) == ("waveform", False)
        assert "best_output" not in capture.to_dataframe().columns
        assert np.allclose(capture.logits, _mean_squares(model, waveforms), atol=1e-6)


def test_a_capture_pooled_otherwise_is_another_capture(tmp_path):
    clips = write_clips(tmp_path / "clips", 4)
    choices = Choices(layers=("first",))
    record(loaded("two sources"), clips, out=tmp_path / "run", choices=choices).close()

    with pytest.raises(CaptureFormatError, match=r"different: pooling of the output"):
        record(
            loaded("two sources", role="embedding"), clips, out=tmp_path / "run", choices=choices
        )


def test_a_plan_carries_the_rule_of_pooling_to_other_processes(tmp_path):
    plan = prepare(loaded("two sources"), write_clips(tmp_path / "clips", 4))

    again = CaptureSpec.from_json(plan.spec.to_json(), source="spec.json")

    assert (again.pooling, again.model.role) == ("mean square", "waveform")
    assert "pooling of the output" in again.identity()


def _mean_squares(model, waveforms):
    import torch

    with torch.no_grad():
        sources = model.network(torch.tensor(waveforms)[:, None])  # (clip, source, time)
    return (sources**2).mean(-1).numpy()
