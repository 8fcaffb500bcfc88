"""What a card says against its network."""

from dataclasses import replace

import numpy as np
import pytest

from zoo.card import read_card, to_markdown
from zoo.evaluation import evaluate
from zoo.weights import CHECKPOINTS

CARD = read_card(CHECKPOINTS / "custom_ch32-8-do0.25-bn.json")
NAMES = ("no", "yes")


def test_worst_class_and_commonest_mistake_are_named() -> None:
    labels, predicted = np.array([0, 0, 0, 1, 1, 1, 1]), np.array([0, 1, 1, 1, 1, 1, 0])
    test = evaluate(predicted, labels, NAMES, seed=0)

    limits = replace(CARD, test=test, n_clips=(9, 3, 7)).limits

    assert "Found least often: no, 33% of its clips." in limits
    assert "Most frequent confusion: 2 clips of no as yes." in limits


@pytest.mark.parametrize("n_clips", [20, 300])
def test_no_mistake_is_bounded_by_the_exact_interval(n_clips: int) -> None:
    labels = np.arange(n_clips) % 2
    test = evaluate(labels, labels, NAMES, seed=0)
    lowest = 0.025 ** (1 / n_clips)  # (1 - coverage) / 2 = p^n

    limits = replace(CARD, test=test, n_clips=(9, 3, n_clips)).limits

    assert f"the 95 % interval (exact binomial) is {lowest:.1%} to 100.0%" in limits[0]
    assert len(limits) == 2  # nothing is found least often


def test_speakers_are_what_the_interval_draws() -> None:
    labels, groups = np.arange(60) % 2, tuple(f"speaker {i // 6}" for i in range(60))
    predicted = np.where(np.arange(60) < 6, 1 - labels, labels)  # the first speaker is missed
    test = evaluate(predicted, labels, NAMES, groups=groups, seed=0)
    card = replace(CARD, test=test, n_clips=(9, 3, 60))

    assert "60 clips of 10 speakers or recordings of one corpus" in card.limits[0]
    assert "covers the choice of speakers or recordings in this corpus, and no" in card.limits[0]
    text = to_markdown(card)
    assert "| share of all clips from the largest | 10.0% |" in text
    assert "| accuracy of the lowest | 0.000 |" in text


def test_speakers_that_were_trained_on_are_said_to_be() -> None:
    labels, groups = np.arange(8) % 2, tuple("aabbccdd")
    test = replace(evaluate(labels, labels, NAMES, groups=groups, seed=0), n_trained_groups=4)

    limits = replace(CARD, test=test, n_clips=(9, 3, 8)).limits

    assert "4 of them were trained on: new ones are not covered." in limits[0]
    # (1 - coverage) / 2 = p^4: each speaker counts once
    assert f"is {0.025 ** (1 / 4):.1%} to 100.0%" in limits[0]


def test_without_speakers_clips_are_said_to_be_taken_for_independent() -> None:
    labels = np.arange(20) % 2
    test = evaluate(labels, labels, NAMES, seed=0)

    limits = replace(CARD, test=test, n_clips=(9, 3, 20)).limits

    assert "taken for independent, which those of one speaker or recording are not" in limits[0]


def test_the_score_without_the_easy_class_stands_in_the_first_line() -> None:
    labels, predicted = np.array([0] * 6 + [1] * 4), np.array([0] * 6 + [1, 1, 1, 0])
    test = evaluate(predicted, labels, NAMES, seed=0, easy_class="no")

    text = to_markdown(replace(CARD, test=test, n_clips=(9, 3, 10)))

    assert "Without `no`: 0.7500 (" in text.splitlines()[2]
