"""Cards of trained weights are renewed, from the clips they were trained on."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from cnnviz.errors import ModelLoadError, ParameterError
from cnnviz.model import write_checkpoint
from tests.zoo import tones
from tests.zoo.table import cards
from zoo import catalogue
from zoo.card import read_card, to_json
from zoo.corpus import Corpus
from zoo.fold_scores import FoldScore
from zoo.rescoring import rescore
from zoo.training.scoring import predict
from zoo.weights import load_weights

NAME = "custom_k9_ch8-4"


@pytest.fixture
def corpus() -> Corpus:
    found = tones.corpus()
    groups = tuple(f"speaker {i // 2}" for i in range(len(found.test)))
    return replace(found, test=replace(found.test, groups=groups))


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, corpus: Corpus) -> Path:
    """Weights and a card that says something else, as a training leaves them."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "runs" / NAME
    family = catalogue.family_of(NAME)
    torch.manual_seed(0)
    network = family.build(NAME, len(corpus.class_names)).eval()
    written = cards.write(folder, cards.card(NAME, 0.5, data_digest=corpus.digest))
    write_checkpoint(folder / f"{NAME}.safetensors", network, family.spec(NAME, corpus.class_names))
    return written


def test_scores_are_renewed_and_the_rest_stays(card: Path, corpus: Corpus) -> None:
    before = read_card(card)

    found = rescore(NAME, corpus)

    answers = predict(load_weights(NAME), corpus.test).argmax(dim=1)
    assert found.test.accuracy == int((answers == corpus.test.labels).sum()) / len(answers)
    assert found.test.groups is not None
    assert found.test.groups.n_groups == 3
    assert replace(found, test=before.test) == before
    assert read_card(card) == found
    assert f"**{found.test.accuracy:.4f}**" in card.with_suffix(".md").read_text()


def test_other_clips_are_refused(card: Path, corpus: Corpus) -> None:
    before = card.read_bytes()

    with pytest.raises(ParameterError, match=r"data=tones holds other clips .*folder of tones"):
        rescore(NAME, replace(corpus, digest="1" * 64))

    assert card.read_bytes() == before


def test_a_card_of_several_networks_is_refused(card: Path, corpus: Corpus) -> None:
    fold = FoldScore(fold="fold1", n_train=9, n_test=3, accuracy=0.5, best_epoch=2)
    card.write_text(to_json(replace(read_card(card), folds=(fold,))))

    with pytest.raises(ParameterError, match=r"pools the tests of 1 networks.*zoo train"):
        rescore(NAME, corpus)


def test_weights_without_a_card_are_refused(card: Path, corpus: Corpus) -> None:
    card.unlink()

    with pytest.raises(ParameterError, match="has no card beside it"):
        rescore(NAME, corpus)


def test_an_untrained_network_has_no_card(corpus: Corpus) -> None:
    with pytest.raises(ModelLoadError, match="has no trained weights"):
        rescore("simple_1d_net", corpus)


def test_an_older_card_is_read_without_what_was_added(card: Path) -> None:
    values = json.loads(card.read_text())
    for name in ("groups", "without_easy", "calibration_error", "calibration_interval"):
        del values["test"][name]
    for score in values["test"]["classes"]:
        for name in ("precision_interval", "recall_interval", "f1_interval"):
            del score[name]
    card.write_text(json.dumps(values))

    test = read_card(card).test

    assert (test.groups, test.without_easy, test.calibration_error) == (None, None, None)
    assert test.classes[0].recall_interval is None
