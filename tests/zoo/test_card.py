"""Cards are written, and read again, also those of earlier versions."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cnnviz.errors import ModelLoadError
from zoo import catalogue
from zoo.card import read_card, to_json, to_markdown
from zoo.fold_scores import FoldScore
from zoo.weights import CHECKPOINTS

CARDS = sorted(CHECKPOINTS.glob("*.json"))
SHIPPED = CHECKPOINTS / "custom_ch32-8-do0.25-bn.json"


def test_shipped_card_is_read() -> None:
    card = read_card(SHIPPED)

    assert card.name == "custom_ch32-8-do0.25-bn"
    assert card.recipe.augmentation.noise_snr_db == (5.0, 30.0)
    assert card.recipe.augmentation.time_masks == 0
    assert 0.85 < card.test.balanced_accuracy < 0.95


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.stem)
def test_a_network_that_ships_was_trained_by_the_recipe_of_its_family(path: Path) -> None:
    card = read_card(path)

    assert card.recipe == catalogue.family_of(card.name).recipe(card.name)


def test_reading_what_was_written_gives_the_same(tmp_path: Path) -> None:
    fold = FoldScore(fold="fold1", n_train=9, n_test=3, accuracy=0.5, best_epoch=2)
    card = replace(read_card(SHIPPED), folds=(fold,), remarks=("Held out.",))
    path = tmp_path / "card.json"
    path.write_text(to_json(card))

    assert read_card(path) == card


def test_card_without_validation_says_so() -> None:
    card = replace(read_card(SHIPPED), validation_accuracy=None, n_clips=(10, 0, 5))

    text = to_markdown(card)
    assert "5 clips); no validation clips." in text
    assert "were kept, the last one, because nothing chose among them" in text


def test_scores_of_several_networks_are_not_those_of_the_weights() -> None:
    folds = tuple(
        FoldScore(fold=fold, n_train=9, n_test=n_test, accuracy=accuracy, best_epoch=2)
        for fold, n_test, accuracy in (("fold1", 3, 1.0), ("fold2", 4, 0.25))
    )
    card = replace(read_card(SHIPPED), folds=folds, n_clips=(9, 0, 7))

    headline = to_markdown(card).splitlines()[2]
    assert "7 clips) of 2 networks together, each tested on the fold that it was not" in headline
    assert "of these weights alone 0.2500 (4 clips of fold2)." in headline


def test_noise_that_a_corpus_has_none_of_is_not_claimed() -> None:
    card = read_card(SHIPPED)
    names = ("background_class", "augmentation.noise_probability", "augmentation.noise_snr_db")
    background = replace(card, recipe=replace(card.recipe, background_class="rain"))

    assert card.recipe.background_class in {score.class_name for score in card.test.classes}
    assert "no noise was added" not in to_markdown(card)
    said = [row for row in to_markdown(background).splitlines() if "no noise was added" in row]
    assert [row.split(" | ")[0] for row in said] == [f"| {n}".replace("_", "\\_") for n in names]


def test_a_card_tells_of_its_frontend_what_is_no_default() -> None:
    card = read_card(CHECKPOINTS / "m5_ch32.json")

    assert 'frontend `{"kind": "waveform", "normalize": "zscore"}`' in to_markdown(card)


@pytest.mark.parametrize("text", ["{}", "[", json.dumps({"name": 1, "other": 2})])
def test_another_file_is_no_card(tmp_path: Path, text: str) -> None:
    path = tmp_path / "card.json"
    path.write_text(text)

    with pytest.raises(ModelLoadError, match=r"card\.json is not a model card"):
        read_card(path)
