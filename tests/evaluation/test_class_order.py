"""Names of folders are those of the outputs only where the scores say so."""

import numpy as np
import pytest

from cnnviz.evaluation.class_order import FEWEST_CLASSES, compare_order


def answers(generator, labels, order, *, accuracy):
    """Largest scores of a network whose output order[k] stands for class k."""
    random = generator.integers(len(order), size=len(labels))
    return np.where(generator.random(len(labels)) < accuracy, order[labels], random)


@pytest.mark.parametrize("n_classes", [4, 5, 12])
@pytest.mark.parametrize("accuracy", [0.0, 0.3, 0.9])
def test_other_orders_are_taken_in_at_most_five_percent(n_classes, accuracy):
    generator = np.random.default_rng(n_classes)
    n_taken, n_trials = 0, 100

    for _ in range(n_trials):
        labels = generator.integers(n_classes, size=60)
        order = generator.permutation(n_classes)
        test = compare_order(
            labels, answers(generator, labels, order, accuracy=accuracy), n_classes
        )
        n_taken += test.is_confirmed

    assert n_taken <= 0.05 * n_trials + 2 * np.sqrt(0.05 * 0.95 * n_trials)


@pytest.mark.parametrize("n_classes", [4, 12, 50])
def test_the_true_order_of_a_trained_network_is_confirmed(n_classes):
    generator = np.random.default_rng(0)
    labels = np.repeat(np.arange(n_classes), 10)

    test = compare_order(
        labels, answers(generator, labels, np.arange(n_classes), accuracy=0.9), n_classes
    )

    assert test.is_confirmed
    assert test.accuracy == test.best_accuracy > 0.8
    assert test.p_value == 1 / 200


def test_two_outputs_that_change_places_are_enough_to_refuse():
    labels = np.repeat(np.arange(6), 10)
    order = np.array([0, 1, 2, 3, 5, 4])

    test = compare_order(labels, order[labels], 6)

    assert not test.is_confirmed
    assert test.accuracy == pytest.approx(4 / 6)
    assert test.best_accuracy == 1


def test_two_classes_that_no_clip_reaches_leave_their_order_open():
    labels = np.repeat(np.arange(6), 10)
    predictions = np.where(labels < 4, labels, 0)

    assert not compare_order(labels, predictions, 6).is_confirmed
    assert compare_order(labels, np.where(labels < 5, labels, 0), 6).is_confirmed


@pytest.mark.parametrize("n_classes", range(2, FEWEST_CLASSES))
def test_so_few_classes_are_never_confirmed_by_their_order(n_classes):
    labels = np.repeat(np.arange(n_classes), 50)

    assert not compare_order(labels, labels, n_classes).is_confirmed


def test_clips_without_a_label_do_not_count():
    labels = np.repeat(np.arange(5), 20)
    unknown = np.full(1_000, -1)

    test = compare_order(np.append(labels, unknown), np.append(labels, unknown + 1), 5)

    assert test.accuracy == 1
    assert test.is_confirmed
