"""What an evaluation says of classes follows from the counts, also of ties and of one class."""

import numpy as np

from cnnviz.analyzers._class_findings import describe_confusions, describe_weakest
from cnnviz.analyzers._evaluation_findings import describe_accuracy
from cnnviz.evaluation import Scores, evaluate
from tests.evaluation.nsynth import unfold


def scores_of(confusion: list[list[int]]) -> Scores:
    """Scores of predictions that a confusion matrix counts."""
    names = ("go", "no", "off")[: len(confusion)]
    return evaluate(*unfold(np.array(confusion)), names, seed=0, n_resamples=99)


def test_confusions_as_frequent_as_the_last_that_is_named_are_counted() -> None:
    found = describe_confusions(scores_of([[6, 1, 1], [1, 6, 1], [1, 1, 6]]), "all")

    assert found.sentence.endswith(", and 3 more as often as the last.")
    assert found.evidence[-1].value == 3


def test_classes_of_one_f1_are_not_ranked() -> None:
    (found,) = describe_weakest(scores_of([[4, 1], [1, 4]]), "all")

    assert found.id == "equal_classes:all"
    assert found.sentence == "F1 is 0.80 in each of 2 classes."


def test_classes_of_the_same_lowest_f1_are_counted() -> None:
    (found,) = describe_weakest(scores_of([[4, 0, 0], [0, 0, 2], [0, 2, 0]]), "all")

    assert found.sentence.startswith("Lowest F1: 'no' 0.00 (")
    assert "), and 1 more as low; highest: 'go' 1.00 (" in found.sentence


def test_one_class_alone_is_neither_lowest_nor_highest() -> None:
    assert describe_weakest(scores_of([[4, 1], [0, 0]]), "all") == ()


def test_clips_of_unknown_speakers_are_told_from_those_of_known_ones() -> None:
    labels, predictions = np.array([0, 0, 1, 1, 0]), np.array([0, 1, 1, 1, 0])
    groups = ("ann", "ann", "bob", "", "")

    found = describe_accuracy(evaluate(labels, predictions, ("a", "b"), groups=groups, seed=0), "")

    assert "over 2 speakers or recordings and 2 clips of unknown ones, not clips" in found.sentence
