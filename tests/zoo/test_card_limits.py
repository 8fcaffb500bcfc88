"""What a card says against its network."""

from dataclasses import replace

import numpy as np
import pytest

from zoo.card import read_card
from zoo.evaluation import evaluate
from zoo.weights import CHECKPOINTS

CARD = read_card(CHECKPOINTS / "custom_ch32-8-do0.25-bn.json")
NAMES = ("no", "yes")


def test_worst_class_and_commonest_mistake_are_named() -> None:
    labels, predicted = np.array([0, 0, 0, 1, 1, 1, 1]), np.array([0, 1, 1, 1, 1, 1, 0])
    test = evaluate(predicted, labels, NAMES, seed=0)

    limits = replace(CARD, test=test, n_clips=(9, 3, 7)).limits

    assert "no is found least often: 33% of its clips." in limits
    assert "Its commonest mistake is yes for no: 2 clips." in limits


@pytest.mark.parametrize("n_clips", [20, 300])
def test_no_mistake_is_bounded_by_the_exact_interval(n_clips: int) -> None:
    labels = np.arange(n_clips) % 2
    test = evaluate(labels, labels, NAMES, seed=0)
    lowest = 0.025 ** (1 / n_clips)  # (1 - coverage) / 2 = p^n

    limits = replace(CARD, test=test, n_clips=(9, 3, n_clips)).limits

    assert f"{lowest:.1%} to 100.0% are to be expected (the exact binomial" in limits[0]
    assert len(limits) == 2  # nothing is found least often
