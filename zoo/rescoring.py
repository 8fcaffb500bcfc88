"""Trained weights scored once more, and their card renewed: what training wrote stays."""

from dataclasses import replace
from pathlib import Path

from cnnviz.errors import ParameterError
from cnnviz.files import write_whole

from .card import Card, read_card, to_json, to_markdown
from .corpus import Corpus
from .training.scoring import predict, score
from .weights import find, find_card, load_weights


def card_of(name: str) -> Path:
    """Where the card of trained weights is.

    Raises
    ------
    UnknownNameError, ModelLoadError
        If there is no such architecture, or no weights of it.
    ParameterError
        If the weights have no card.
    """
    load_weights(name)
    weights = find(name)
    path = None if weights is None else find_card(weights)
    if path is None:
        raise ParameterError(
            f"{weights} has no card beside it; train it: cnnviz zoo train {name} --data DIR"
        )
    return path


def rescore(name: str, corpus: Corpus) -> Card:
    """Score trained weights on the test clips of the corpus that their card names.

    The scores of the card are replaced; recipe, validation and epochs stay.

    Parameters
    ----------
    name
        An architecture whose weights are at hand.
    corpus
        The clips it was trained on, at its rate and length.

    Raises
    ------
    ParameterError
        If these are other clips, or the card pools the tests of several networks.
    """
    path = card_of(name)
    card = read_card(path)
    if corpus.digest != card.data_digest:
        raise ParameterError(
            f"data={corpus.name} holds other clips or splits (SHA-256 {corpus.digest[:12]}) than "
            f"{name} was trained on ({card.data_digest[:12]}); give the folder of {card.data}"
        )
    if card.folds:
        raise ParameterError(
            f"the card of {name} pools the tests of {len(card.folds)} networks, of which one is at "
            f"hand; train it again: cnnviz zoo train {name} --data DIR"
        )
    model = load_weights(name)
    test = score(
        predict(model, corpus.test),
        corpus.test,
        corpus.class_names,
        card.recipe,
        trained_groups=corpus.train.groups,
    )
    card = replace(card, test=test)
    write_whole(path.with_suffix(".md"), to_markdown(card))
    write_whole(path, to_json(card))
    return card
