"""Rates of a classifier against printed tables, scipy and hand counts."""

import numpy as np
import pytest
import torch
from scipy import stats

from cnnviz.analyzers.evaluation import ClassificationReport, to_probabilities
from cnnviz.errors import ParameterError
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble

INSTRUMENTS = (
    *("bass", "brass", "flute", "guitar", "keyboard"),
    *("mallet", "organ", "reed", "string", "vocal"),
)
# Two networks on the NSynth test split: rows are true classes; rates as printed beside them.
PRELIMINARY = (
    [
        [461, 14, 5, 4, 317, 0, 24, 12, 4, 2],
        [9, 153, 7, 0, 77, 0, 8, 14, 0, 1],
        [44, 43, 7, 0, 84, 0, 2, 0, 0, 0],
        [77, 25, 9, 13, 482, 0, 22, 9, 15, 0],
        [99, 12, 0, 38, 612, 0, 3, 0, 2, 0],
        [44, 0, 0, 8, 150, 0, 0, 0, 0, 0],
        [29, 82, 11, 1, 97, 0, 242, 25, 6, 9],
        [1, 62, 1, 0, 100, 0, 19, 51, 0, 1],
        [48, 44, 0, 4, 126, 0, 34, 2, 38, 10],
        [0, 10, 0, 0, 3, 0, 16, 8, 0, 104],
    ],
    [0.57, 0.34, 0.17, 0.19, 0.3, 0.0, 0.65, 0.42, 0.58, 0.82],
    [0.55, 0.57, 0.04, 0.02, 0.8, 0.0, 0.48, 0.22, 0.12, 0.74],
    0.410400390625,
)
OPTIMIZED = (
    [
        [813, 0, 0, 6, 14, 8, 2, 0, 0, 0],
        [0, 214, 4, 2, 1, 0, 16, 25, 3, 4],
        [0, 2, 163, 0, 1, 0, 11, 1, 1, 1],
        [3, 0, 0, 597, 42, 6, 1, 0, 0, 3],
        [13, 0, 0, 50, 678, 15, 6, 1, 3, 0],
        [8, 0, 0, 3, 20, 166, 5, 0, 0, 0],
        [1, 2, 3, 4, 4, 0, 456, 15, 3, 14],
        [0, 17, 1, 0, 2, 0, 11, 199, 3, 2],
        [6, 4, 1, 4, 5, 2, 10, 6, 268, 0],
        [0, 0, 0, 0, 0, 0, 2, 0, 0, 139],
    ],
    [0.96, 0.9, 0.95, 0.9, 0.88, 0.84, 0.88, 0.81, 0.95, 0.85],
    [0.96, 0.8, 0.91, 0.92, 0.89, 0.82, 0.91, 0.85, 0.88, 0.99],
    0.901611328125,
)


def answers(confusion):
    """Labels and one-hot logits that a confusion matrix counts."""
    confusion = np.array(confusion)
    true, predicted = np.indices(confusion.shape).reshape(2, -1)
    labels = np.repeat(true, confusion.ravel())
    return labels, 5.0 * np.eye(len(confusion))[np.repeat(predicted, confusion.ravel())]


@pytest.fixture
def model():
    def build(class_names, output="logits"):
        spec = ModelSpec(
            sample_rate=8000, frontend=FrontendSpec(), class_names=class_names, output=output
        )
        return assemble(torch.nn.Identity(), spec, name="tiny", reference="tiny")

    return build


@pytest.mark.parametrize("printed", [PRELIMINARY, OPTIMIZED], ids=["preliminary", "optimized"])
def test_printed_rates_are_reproduced(printed, recorded, model):
    confusion, precision, recall, accuracy = printed
    labels, logits = answers(confusion)
    capture = recorded(logits=logits, labels=labels, class_names=INSTRUMENTS)

    found = ClassificationReport().run(capture, model(INSTRUMENTS))

    np.testing.assert_array_equal(found.confusion, confusion)
    np.testing.assert_allclose(found.precision, precision, atol=0.0051)  # printed to 2 digits
    np.testing.assert_allclose(found.recall, recall, atol=0.0051)
    assert found.accuracy == pytest.approx(accuracy, abs=1e-9)
    assert found.balanced_accuracy == pytest.approx(np.mean(recall), abs=5e-3)
    assert found.support.sum() == len(labels) == found.confusion.sum()


def test_the_interval_is_that_of_scipys_bootstrap(recorded, model):
    labels, logits = answers([[40, 10], [5, 45]])
    capture = recorded(logits=logits, labels=labels, class_names=("a", "b"))

    found = ClassificationReport().run(capture, model(("a", "b"))).accuracy_interval

    right = (labels == logits.argmax(-1)).astype(float)
    expected = stats.bootstrap((right,), np.mean, method="percentile", rng=1).confidence_interval
    np.testing.assert_allclose(found, expected, atol=0.011)  # steps of one clip in a hundred


def test_kappa_and_calibration_are_those_counted_by_hand(recorded, model):
    # 2 x 2: observed agreement 0.7, by chance 0.5 -> kappa 0.4; every confidence is 0.9
    labels, one_hot = answers([[35, 15], [15, 35]])
    logits = one_hot / 5 * np.log(9)
    capture = recorded(logits=logits, labels=labels, class_names=("a", "b"))

    found = ClassificationReport().run(capture, model(("a", "b")))

    assert found.kappa == pytest.approx(0.4)
    assert found.expected_calibration_error == pytest.approx(0.2)
    assert "The model is overconfident: mean confidence 90.0%, accuracy 70.0%" in found.findings[3]


def test_classes_meet_by_name_whatever_their_order(recorded, model):
    # the clips' folders are in alphabetical order, the model's outputs are not
    capture = recorded(
        logits=np.array([[9.0, 0, 0], [0, 9, 0], [0, 0, 9]]),
        labels=np.array([2, 0, 1]),
        class_names=("Down", "_silence_", "up"),
    )

    found = ClassificationReport().run(capture, model(("up", "down", "silence")))

    assert found.accuracy == 1.0
    assert found.class_names == ("up", "down", "silence")


def test_clips_that_cannot_be_scored_are_left_out_and_counted(recorded, model):
    capture = recorded(
        logits=np.eye(3)[[0, 1, 2, 2, 0]],
        labels=np.array([0, 1, 2, 2, -1]),
        class_names=("yes", "no", "bird"),
    )

    found = ClassificationReport().run(capture, model(("yes", "no", "stop")))

    assert list(found.clip_index) == [0, 1]
    assert "1 clips have no label and are left out" in found.findings
    assert "2 clips of 1 classes that the model does not know (bird) are left out" in found.findings
    assert "no clips of stop: their rates are not defined" in found.findings
    assert np.isnan(found.recall[2])


def test_the_test_split_is_scored_where_there_is_one(recorded, model):
    capture = recorded(
        logits=np.eye(2)[[0, 1, 1, 1]],
        labels=np.array([1, 0, 0, 1]),
        class_names=("a", "b"),
        splits=("train", "train", "test", "test"),
    )

    found = ClassificationReport().run(capture, model(("a", "b")))
    everything = ClassificationReport(split="all").run(capture, model(("a", "b")))

    assert (found.split, list(found.clip_index), found.accuracy) == ("test", [2, 3], 0.5)
    assert "50.0% of 2 clips of the test split are classified right" in found.findings[0]
    assert (everything.split, everything.accuracy) == ("all", 0.25)


def test_findings_name_confusions_and_the_weakest_class(recorded, model):
    labels, logits = answers([[8, 2, 0], [0, 10, 0], [5, 1, 4]])
    capture = recorded(logits=logits, labels=labels, class_names=("go", "no", "off"))

    found = ClassificationReport().run(capture, model(("go", "no", "off"))).findings

    assert found[1] == (
        "Most frequent confusions: 5 of 10 'off' as 'go', 2 of 10 'go' as 'no', "
        "1 of 10 'off' as 'no'"
    )
    assert found[2].startswith("Weakest class: 'off' (F1 0.57, precision 1.00, recall 0.40)")


@pytest.mark.parametrize(
    ("output", "scores"),
    [
        ("logits", [[np.log(3.0), 0.0]]),
        ("log_probabilities", [[np.log(0.75), np.log(0.25)]]),
        ("probabilities", [[0.75, 0.25]]),
        ("sigmoid", [[0.75, 0.25]]),
    ],
)
def test_every_kind_of_output_becomes_a_probability(output, scores):
    np.testing.assert_allclose(to_probabilities(np.array(scores), output), [[0.75, 0.25]])


def test_a_single_score_is_the_second_of_two_classes(recorded, model):
    capture = recorded(
        logits=np.array([[2.0], [-2.0]]), labels=np.array([1, 0]), class_names=("noise", "event")
    )

    assert ClassificationReport().run(capture, model(("noise", "event"))).accuracy == 1.0


def test_a_model_that_names_no_classes_takes_those_of_the_clips(recorded, model):
    capture = recorded(logits=np.eye(2), labels=np.array([0, 1]), class_names=("a", "b"))

    assert ClassificationReport().run(capture, model(())).class_names == ("a", "b")


@pytest.mark.parametrize(
    ("clip_classes", "model_classes", "text"),
    [
        pytest.param(("a", "b", "c"), (), "gives 2 scores, but there are 3", id="more clips'"),
        pytest.param((), (), "classes of the model are not known", id="nobody knows"),
        pytest.param(("a", "b"), ("c", "d"), "no clip of split 'all' has a label", id="no match"),
    ],
)
def test_what_cannot_be_scored_says_what_to_do(clip_classes, model_classes, text, recorded, model):
    capture = recorded(logits=np.eye(2), labels=np.array([0, 1]), class_names=clip_classes)

    with pytest.raises(ParameterError, match=f"{text}.*--classes"):
        ClassificationReport().run(capture, model(model_classes))
