"""What came of a training, as trackers take it: named numbers, and a table of confusions."""

from collections.abc import Mapping

from cnnviz.csv_text import to_csv

from ..card import Card


def scores(card: Card) -> dict[str, float]:
    """Scores of the kept weights by name; those that are not known are left out.

    Test scores are of the test clips; by folds: of all folds together.
    """
    test, crossed = card.test, card.cross_validation
    low, high = test.interval
    values: Mapping[str, float | None] = {
        "test_accuracy": test.accuracy,
        "test_accuracy_low": low,
        "test_accuracy_high": high,
        "test_balanced_accuracy": test.balanced_accuracy,
        "test_kappa": test.kappa,
        "test_roc_auc": test.roc_auc,
        "test_calibration_error": test.calibration_error,
        "best_validation_accuracy": card.validation_accuracy,
        "best_epoch": card.best_epoch,
        "cross_validated_accuracy": None if crossed is None else crossed.accuracy,
    }
    return {name: float(value) for name, value in values.items() if value is not None}


def class_names(card: Card) -> list[str]:
    """In order of the outputs."""
    return [score.class_name for score in card.test.classes]


def confusion_csv(card: Card) -> str:
    """Rows are the true classes, columns the predicted ones, in clips."""
    names = class_names(card)
    rows = zip(names, card.test.confusion, strict=True)
    return to_csv([["true", *names], *([name, *row] for name, row in rows)])
