"""Cross-validation: every clip is scored once, by a network that does not know its speaker."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from cnnviz.evaluation import evaluate
from tests.zoo import tones
from zoo.card import Card, read_card
from zoo.corpus import Corpus, to_float
from zoo.grouped_folds import by_group
from zoo.recipe import Recipe
from zoo.training import Training, cross_validate, train
from zoo.training.folds import load_fold

NAME = "custom_ch4-5-bn"
RECIPE = Recipe(epochs=2, batch_size=6, learning_rate=1e-2, average_decay=0.5)


def _corpus() -> Corpus:
    """Tones of three voices."""
    whole = tones.corpus()
    parts = {
        name: replace(part, groups=tuple(f"voice {i // 3 % 3}" for i in range(len(part))))
        for name, part in (
            ("train", whole.train),
            ("validation", whole.validation),
            ("test", whole.test),
        )
    }
    return replace(whole, **parts)


def _training(folder: Path) -> Training:
    return Training(name=NAME, recipe=RECIPE, folder=folder, device="cpu", precision="32")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cross") / "run"
    cross_validate(_training(folder), _corpus(), 3, tell=lambda line: None)
    return folder


def _card(folder: Path) -> Card:
    return read_card(folder / "card.json")


def test_each_clip_is_scored_by_a_network_that_does_not_know_its_voice(finished: Path) -> None:
    divided = by_group(_corpus(), 3)
    found = _card(finished).cross_validation
    assert found is not None

    hits = []
    for fold in divided.fold_names:
        model = load_fold(_training(finished / "3-fold" / fold), divided.class_names)
        test = divided.fold(fold)
        with torch.no_grad():
            scores = model.scores(to_float(test.waveforms))
        hits.append((scores.argmax(dim=1) == test.labels).float())

    assert [f.accuracy for f in found.folds] == [pytest.approx(float(h.mean())) for h in hits]
    assert found.accuracy == pytest.approx(float(torch.cat(hits).mean()))
    assert [(f.n_groups, f.n_train + f.n_test) for f in found.folds] == [(1, 36)] * 3


def test_the_network_itself_is_trained_on_the_split_of_the_corpus(
    finished: Path, tmp_path: Path
) -> None:
    alone = train(_training(tmp_path / "alone"), _corpus(), tell=lambda line: None)

    assert replace(_card(finished), cross_validation=None) == alone


def test_a_trained_network_is_cross_validated_later(finished: Path, tmp_path: Path) -> None:
    training, corpus, lines = _training(tmp_path / "run"), _corpus(), []
    train(training, corpus, tell=lambda line: None)

    cross_validate(training, corpus, 3, resume=True, tell=lines.append)

    assert [line.partition(":")[0] for line in lines] == [
        f"fold{i}" for i in (1, 2, 3) for _ in range(RECIPE.epochs)
    ]
    assert (tmp_path / "run" / "card.json").read_text() == (finished / "card.json").read_text()


def test_what_is_done_is_only_read(finished: Path) -> None:
    lines: list[str] = []

    card = cross_validate(_training(finished), _corpus(), 3, resume=True, tell=lines.append)

    assert lines == []
    assert card == _card(finished)


def test_card_tells_folds_mean_and_spread(finished: Path) -> None:
    values = json.loads((finished / "card.json").read_text())["cross_validation"]
    each = [fold["accuracy"] for fold in values["folds"]]

    text = (finished / "card.md").read_text()

    assert "## Cross-validation by group" in text
    assert f"mean of the folds {np.mean(each):.4f}" in text
    assert f"standard deviation {np.std(each, ddof=1):.4f}" in text


def test_interval_draws_whole_voices(finished: Path) -> None:
    found = _card(finished).cross_validation
    assert found is not None
    folds = found.folds  # a voice each
    hits = np.concatenate([np.arange(f.n_test) < round(f.accuracy * f.n_test) for f in folds])
    voices = [f.fold for f in folds for _ in range(f.n_test)]

    scores = evaluate(np.ones(36, int), hits.astype(int), ("no", "yes"), groups=voices, seed=0)

    expected = scores.intervals.accuracy
    assert found.interval == pytest.approx(tuple(expected), abs=1e-9)
