"""Rates of a classifier against printed tables, scipy and hand counts."""

from dataclasses import replace

import h5py
import numpy as np
import pytest
import torch
from scipy import stats

from cnnviz import store
from cnnviz.analyzers.evaluation import ClassificationReport, to_probabilities
from cnnviz.errors import CaptureFormatError, ParameterError
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble
from cnnviz.run import Run
from tests.evaluation.nsynth import INSTRUMENTS, OPTIMIZED, PRELIMINARY, unfold


def answers(confusion):
    """Labels and one-hot logits that a confusion matrix counts."""
    labels, predictions = unfold(np.array(confusion))
    return labels, 5.0 * np.eye(len(confusion))[predictions]


def said(evaluation):
    return [finding.sentence for finding in evaluation.findings]


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
    labels, logits = answers(printed.confusion)
    capture = recorded(logits=logits, labels=labels, class_names=INSTRUMENTS)

    found = ClassificationReport().run(Run(capture=capture, model=model(INSTRUMENTS)))

    np.testing.assert_array_equal(found.confusion, printed.confusion)
    # printed to 2 digits, and as 0 where a class is never predicted
    is_predicted = printed.confusion.sum(axis=0) > 0
    np.testing.assert_allclose(
        found.precision, np.where(is_predicted, printed.precision, np.nan), atol=0.0051
    )
    np.testing.assert_allclose(found.recall, printed.recall, atol=0.0051)
    assert found.accuracy == pytest.approx(printed.accuracy, abs=1e-9)
    assert found.balanced_accuracy == pytest.approx(np.mean(printed.recall), abs=5e-3)
    assert found.support.sum() == len(labels) == found.confusion.sum()


def test_the_interval_is_that_of_scipys_bootstrap(recorded, model):
    labels, logits = answers([[40, 10], [5, 45]])
    capture = recorded(logits=logits, labels=labels, class_names=("a", "b"))

    found = (
        ClassificationReport().run(Run(capture=capture, model=model(("a", "b")))).accuracy_interval
    )

    right = (labels == logits.argmax(-1)).astype(float)
    expected = stats.bootstrap((right,), np.mean, method="percentile", rng=1).confidence_interval
    np.testing.assert_allclose(found, expected, atol=0.011)  # steps of one clip in a hundred


def test_kappa_and_calibration_are_those_counted_by_hand(recorded, model):
    # 2 x 2: observed agreement 0.7, by chance 0.5 -> kappa 0.4; every confidence is 0.9
    labels, one_hot = answers([[35, 15], [15, 35]])
    logits = one_hot / 5 * np.log(9)
    capture = recorded(logits=logits, labels=labels, class_names=("a", "b"))

    found = ClassificationReport().run(Run(capture=capture, model=model(("a", "b"))))

    assert found.kappa == pytest.approx(0.4)
    assert found.expected_calibration_error == pytest.approx(0.2)
    assert "the model is overconfident: mean confidence 90.0%, accuracy 70.0%" in said(found)[3]
    # 70 or fewer of 100 events of 0.9, both tails; off by 0.2, over the 0.05 that is no warning
    values = {one.name: one.value for one in found.findings[3].evidence}
    assert values["p of confidence that is true"] == pytest.approx(
        2 * stats.binom(100, 0.9).cdf(70), rel=1e-4
    )
    assert values["mean confidence"] - values["accuracy"] == pytest.approx(0.2)
    assert (found.findings[3].threshold, found.findings[3].severity) == (0.01, "warning")


@pytest.mark.parametrize(
    ("n_right", "verdict", "severity"),
    [
        pytest.param(17, "Neither over- nor underconfidence is shown", "note", id="by chance"),
        pytest.param(20, "Neither over- nor underconfidence is shown", "note", id="all right"),
        pytest.param(
            10, "On clips like these the model is overconfident", "warning", id="beyond chance"
        ),
    ],
)
def test_few_clips_give_a_verdict_only_where_it_is_one(n_right, verdict, severity, recorded, model):
    labels, logits = answers([[n_right, 20 - n_right], [0, 0]])
    capture = recorded(
        logits=logits / 5 * np.log(19), labels=labels, class_names=("a", "b")
    )  # every confidence is 0.95

    found = ClassificationReport().run(Run(capture=capture, model=model(("a", "b"))))

    finding = next(one for one in found.findings if one.id == "calibration:all")
    assert finding.sentence.startswith(f"{verdict}: mean confidence 95.0%")
    assert finding.severity == severity


def test_what_the_training_asked_for_stands_beside_confidence(recorded, model):
    labels, logits = answers([[35, 15], [15, 35]])
    capture = recorded(logits=logits, labels=labels, class_names=("a", "b"))
    smoothed = replace(model(("a", "b")), label_smoothing=0.1)

    found = ClassificationReport().run(Run(capture=capture, model=smoothed))

    # 1 - 0.1 + 0.1 / 2
    assert "Its training asked for 95.0% at most (label smoothing 0.1)." in said(found)[3]


def test_clips_of_one_speaker_are_drawn_together(recorded, model):
    labels, logits = answers([[30, 10], [0, 40]])
    groups = tuple(str(i // 10) for i in range(80))  # the third speaker is always wrong
    kept = {"logits": logits, "labels": labels, "class_names": ("a", "b")}

    by_clip, by_group = (
        ClassificationReport().run(Run(capture=recorded(**kept, groups=g), model=model(("a", "b"))))
        for g in ((), groups)
    )

    clips, speakers = (np.ptp(one.accuracy_interval) for one in (by_clip, by_group))
    # standard errors: one of 80 clips, or one of 8 speakers
    assert speakers / clips > 2.5
    assert "over 8 speakers or recordings, not clips" in said(by_group)[0]
    assert "speakers" not in said(by_clip)[0]
    assert by_group.groups == groups


def test_one_speaker_has_no_interval_and_no_verdict(recorded, model):
    labels, logits = answers([[3, 7], [0, 10]])
    capture = recorded(logits=logits, labels=labels, class_names=("a", "b"), groups=("ann",) * 20)

    found = ClassificationReport().run(Run(capture=capture, model=model(("a", "b"))))

    assert np.isnan(found.accuracy_interval).all()
    assert "no interval: all clips come from one speaker or recording" in said(found)[0]
    assert said(found)[3].startswith("One speaker or recording cannot show whether confidence")


def test_a_class_never_predicted_is_said_to_be(recorded, model):
    labels, logits = answers([[8, 0], [2, 0]])
    capture = recorded(logits=logits, labels=labels, class_names=("a", "b"))

    found = ClassificationReport().run(Run(capture=capture, model=model(("a", "b"))))

    assert np.isnan(found.precision[1])
    assert "'b' 0.00 (95 % interval 0.00 to 0.91, never predicted, recall 0.00)" in said(found)[2]


def test_averages_areas_and_bins_are_those_counted_by_hand(recorded, model):
    capture = recorded(
        logits=np.log([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]]),
        labels=np.array([0, 0, 1, 1]),
        class_names=("no", "yes"),
    )

    found = ClassificationReport().run(Run(capture=capture, model=model(("no", "yes"))))

    assert found.macro.recall == found.weighted.recall == 0.75
    assert found.macro.precision == pytest.approx((2 / 3 + 1) / 2)
    assert (found.macro_roc_auc, found.roc_auc.tolist()) == (0.75, [0.75, 0.75])
    assert found.reliability.counts.tolist() == [0] * 9 + [1, 1, 0, 1, 1, 0]


def test_notable_clips_are_positions_among_the_scored(recorded, model):
    capture = recorded(
        logits=np.log([[0.9, 0.1], [0.5, 0.5], [0.7, 0.3], [0.55, 0.45]]),
        labels=np.array([0, -1, 1, 0]),
        class_names=("no", "yes"),
    )

    found = ClassificationReport().run(Run(capture=capture, model=model(("no", "yes"))))

    assert found.clip_names == ("0.wav", "2.wav", "3.wav")
    assert found.confident_right.tolist() == [0, 2]
    assert found.confident_wrong.tolist() == [1]
    assert found.nearest_boundary.tolist() == [2, 1, 0]


def test_a_class_without_clips_has_no_area_and_says_why(recorded, model):
    capture = recorded(logits=np.eye(3)[:2], labels=np.array([0, 1]), class_names=("a", "b"))

    found = ClassificationReport().run(Run(capture=capture, model=model(("a", "b", "c"))))

    assert found.roc_auc_reasons == ("", "", "no clip of this class")
    assert (np.isnan(found.roc_auc[2]), found.macro_roc_auc) == (True, 1.0)


def test_scores_that_are_not_numbers_are_left_out_and_said(recorded, model):
    logits = np.array([[2.0, 0], [np.nan, 1], [0, 2], [np.inf, 0]])
    capture = recorded(logits=logits, labels=np.array([0, 0, 1, 1]), class_names=("a", "b"))

    found = ClassificationReport().run(Run(capture=capture, model=model(("a", "b"))))

    assert (list(found.clip_index), found.accuracy) == ([0, 2], 1.0)
    assert (
        "Left out: 2 clips that the network answered with scores that are not numbers "
        "(counted as wrong, accuracy is 50.0%)."
    ) in said(found)
    assert found.findings[4].severity == "problem"


def test_a_network_that_never_answers_a_number_is_refused(recorded, model):
    capture = recorded(
        logits=np.full((3, 2), np.nan), labels=np.array([0, 0, 1]), class_names=("a", "b")
    )

    with pytest.raises(ParameterError, match="scores of all 3 clips are not numbers"):
        ClassificationReport().run(Run(capture=capture, model=model(("a", "b"))))


def test_a_log_probability_of_nothing_is_a_number(recorded, model):
    capture = recorded(
        logits=np.array([[0.0, -np.inf], [-np.inf, 0.0]]),
        labels=np.array([0, 1]),
        class_names=("a", "b"),
    )

    found = ClassificationReport().run(
        Run(capture=capture, model=model(("a", "b"), "log_probabilities"))
    )

    assert found.probabilities.tolist() == [[1, 0], [0, 1]]


def test_classes_meet_by_name_whatever_their_order(recorded, model):
    # the clips' folders are in alphabetical order, the model's outputs are not
    capture = recorded(
        logits=np.array([[9.0, 0, 0], [0, 9, 0], [0, 0, 9]]),
        labels=np.array([2, 0, 1]),
        class_names=("Down", "_silence_", "up"),
    )

    found = ClassificationReport().run(Run(capture=capture, model=model(("up", "down", "silence"))))

    assert found.accuracy == 1.0
    assert found.class_names == ("up", "down", "silence")


def test_clips_that_cannot_be_scored_are_left_out_and_counted(recorded, model):
    capture = recorded(
        logits=np.eye(3)[[0, 1, 2, 2, 0]],
        labels=np.array([0, 1, 2, 2, -1]),
        class_names=("yes", "no", "bird"),
    )

    found = ClassificationReport().run(Run(capture=capture, model=model(("yes", "no", "stop"))))

    assert list(found.clip_index) == [0, 1]
    assert "Left out: 1 clip without a label." in said(found)
    assert "Left out: 2 clips of classes that are none of the model's (1: bird)." in said(found)
    assert "No clips of stop: their recall and F1 are not defined." in said(found)
    assert np.isnan(found.recall[2])


def test_the_test_split_is_scored_where_there_is_one(recorded, model):
    capture = recorded(
        logits=np.eye(2)[[0, 1, 1, 1]],
        labels=np.array([1, 0, 0, 1]),
        class_names=("a", "b"),
        splits=("train", "train", "test", "test"),
    )

    found = ClassificationReport().run(Run(capture=capture, model=model(("a", "b"))))
    everything = ClassificationReport(split="all").run(
        Run(capture=capture, model=model(("a", "b")))
    )

    assert (found.split, list(found.clip_index), found.accuracy) == ("test", [2, 3], 0.5)
    assert "50.0% of 2 clips of the test split are classified right" in said(found)[0]
    assert said(found)[-1] == "2 of 4 clips are scored (split: test)."
    assert (everything.split, everything.accuracy) == ("all", 0.25)


@pytest.mark.parametrize(
    ("confusion", "severity"),
    [
        pytest.param([[45, 5], [5, 45]], "note", id="far above"),
        pytest.param([[30, 20], [28, 22]], "warning", id="not told apart"),
    ],
)
def test_accuracy_is_held_against_always_answering_the_largest_class(
    confusion, severity, recorded, model
):
    labels, logits = answers(confusion)
    capture = recorded(logits=logits, labels=labels, class_names=("a", "b"))

    run = Run(capture=capture, model=model(("a", "b")))
    found = ClassificationReport().run(run).findings[0]

    assert (found.null, found.severity) == (0.5, severity)
    assert found.evidence[0].value == np.trace(confusion) / 100


def test_findings_name_confusions_and_the_weakest_class(recorded, model):
    labels, logits = answers([[8, 2, 0], [0, 10, 0], [5, 1, 4]])
    capture = recorded(logits=logits, labels=labels, class_names=("go", "no", "off"))

    found = ClassificationReport().run(Run(capture=capture, model=model(("go", "no", "off"))))

    assert said(found)[1] == (
        "Most frequent confusions: 5 of 10 'off' as 'go', 2 of 10 'go' as 'no', "
        "1 of 10 'off' as 'no'."
    )
    assert [one.value for one in found.findings[1].evidence] == [8, 5, 10, 2, 10, 1, 10]
    low, high = found.class_intervals.f1[2]
    assert said(found)[2].startswith(
        f"Lowest F1: 'off' 0.57 (95 % interval {low:.2f} to {high:.2f}, precision 1.00, "
        "recall 0.40); highest: 'no' 0.87 ("
    )


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

    assert (
        ClassificationReport().run(Run(capture=capture, model=model(("noise", "event")))).accuracy
        == 1.0
    )


def test_a_model_that_names_no_classes_takes_those_that_its_scores_confirm(recorded, model):
    labels = np.repeat(np.arange(5), 8)
    names = tuple("abcde")
    capture = recorded(logits=np.eye(5)[labels], labels=labels, class_names=names)

    found = ClassificationReport().run(Run(capture=capture, model=model(())))

    assert found.class_names == names
    assert found.accuracy == 1


@pytest.mark.parametrize("outputs", ["in another order", "of chance"])
def test_folders_that_the_scores_do_not_confirm_name_nothing(outputs, recorded, model):
    labels = np.repeat(np.arange(5), 8)
    random = np.random.default_rng(0).integers(5, size=40)
    predictions = labels[::-1] if outputs == "in another order" else random
    capture = recorded(logits=np.eye(5)[predictions], labels=labels, class_names=tuple("abcde"))

    with pytest.raises(ParameterError, match=r"A,B,\.\.\. \(a, b, c, d, e in some order\)$"):
        ClassificationReport().run(Run(capture=capture, model=model(())))


@pytest.mark.parametrize(
    ("clip_classes", "model_classes", "text"),
    [
        pytest.param(("a", "b", "c"), (), "the clips have 3 classes", id="more clips'"),
        pytest.param((), (), "the clips have no labels", id="nobody knows"),
        pytest.param(("a", "b"), ("c", "d"), "no clip of split 'all' has a label", id="no match"),
    ],
)
def test_what_cannot_be_scored_says_what_to_do(clip_classes, model_classes, text, recorded, model):
    capture = recorded(logits=np.eye(2), labels=np.array([0, 1]), class_names=clip_classes)

    with pytest.raises(ParameterError, match=f"{text}.*--classes"):
        ClassificationReport().run(Run(capture=capture, model=model(model_classes)))


def test_an_evaluation_of_an_earlier_version_asks_to_be_made_again(recorded, model, tmp_path):
    capture = recorded(logits=np.eye(2), labels=np.array([0, 1]), class_names=("a", "b"))
    path = tmp_path / "evaluation.h5"
    store.write(ClassificationReport().run(Run(capture=capture, model=model(("a", "b")))), path)
    assert store.read(path).roc_auc.tolist() == [1.0, 1.0]

    with h5py.File(path, "a") as file:
        del file["roc_auc"]

    with pytest.raises(CaptureFormatError, match=r"whole result.*run the analyzer again"):
        store.read(path)
