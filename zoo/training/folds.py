"""Training by folds: each fold is the test of a network that was trained on the others.

J. Salamon, C. Jacoby and J. P. Bello, "A Dataset and Taxonomy for Urban Sound Research", 2014:
clips of one recording share a fold, so folds are kept as they are given.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from cnnviz.files import write_whole
from cnnviz.model import AudioModel, read_checkpoint

from .. import catalogue
from ..card import Card, read_card
from ..corpus import Corpus
from ..fold_scores import FoldScore
from .request import CARD, REQUEST, Training, claim
from .scoring import predict, score
from .single import fresh_model, train_single, weights_of, write_card
from .tracking import parameters_of, tracked


def train_folds(
    training: Training,
    corpus: Corpus,
    *,
    resume: bool,
    tell: Callable[[str], None] | None,
) -> Card:
    """Train once per fold, in a folder of its name, and pool the predictions of all tests."""
    claim(training, corpus, resume=resume)
    if (training.folder / CARD).exists():
        return read_card(training.folder / CARD)
    cards = [train_fold(training, corpus, fold, tell) for fold in corpus.fold_names]
    last = of_fold(training, corpus.fold_names[-1]).folder
    for name in (f"{training.name}.init.safetensors", f"{training.name}.safetensors"):
        write_whole(training.folder / name, (last / name).read_bytes())
    card = _pool(training, corpus, cards)
    keep_pooled(training, corpus, card, weights_of(training))
    write_card(training, card)
    return card


def keep_pooled(training: Training, corpus: Corpus, card: Card, weights: Path) -> None:
    """Let trackers keep what all folds came to, as a run beside those of the folds."""
    if training.tracking is None:
        return
    model = fresh_model(
        training, catalogue.family_of(training.name).spec(training.name, corpus.class_names)
    )
    with tracked(training, parameters_of(training, model, corpus)) as trackers:
        trackers.keep(card, weights)


def train_fold(
    training: Training, corpus: Corpus, fold: str, tell: Callable[[str], None] | None
) -> Card:
    """Train on all folds but one, in a folder of its name; what was begun there goes on."""
    part = of_fold(training, fold)
    started = (part.folder / REQUEST).exists()
    report = None if tell is None else _prefixed(tell, fold)
    return train_single(part, corpus.holding_out(fold), resume=started, tell=report)


def of_fold(training: Training, fold: str) -> Training:
    """The training that holds out a fold."""
    tracking = training.tracking and training.tracking.part(fold)
    return replace(training, folder=training.folder / fold, tracking=tracking)


def _prefixed(tell: Callable[[str], None], fold: str) -> Callable[[str], None]:
    return lambda line: tell(f"{fold}: {line}")


def _pool(training: Training, corpus: Corpus, cards: list[Card]) -> Card:
    """The card of the last fold, with the tests of all folds as one."""
    tests = [corpus.fold(fold) for fold in corpus.fold_names]
    models = [load_fold(of_fold(training, fold), corpus.class_names) for fold in corpus.fold_names]
    answers = [predict(model, test) for model, test in zip(models, tests, strict=True)]
    last, fold = cards[-1], corpus.fold_names[-1]
    return replace(
        last,
        data=corpus.name,
        n_clips=(last.n_clips[0], last.n_clips[1], len(corpus.train)),
        test=score(
            torch.cat(answers),
            corpus.in_order_of_folds,
            corpus.class_names,
            training.recipe,
            trained_groups=_in_several_folds(corpus),
        ),
        folds=tuple(map(_fold_score, corpus.fold_names, cards)),
        remarks=(
            *corpus.remarks,
            f"Each of the {len(cards)} folds was the test of a network that was trained on the "
            f"others; these weights are of the training that held out {fold}.",
        ),
    )


def load_fold(training: Training, class_names: tuple[str, ...]) -> AudioModel:
    """What a finished fold wrote, in evaluation mode."""
    path = weights_of(training)
    checkpoint = read_checkpoint(path)
    assert checkpoint is not None, path
    tensors, _ = checkpoint
    spec = catalogue.family_of(training.name).spec(training.name, class_names)
    model = fresh_model(training, spec)
    model.network.load_state_dict(tensors)
    model.network.eval()
    return model


def _in_several_folds(corpus: Corpus) -> tuple[str, ...]:
    """Speakers or recordings that do not keep to one fold."""
    places = set(zip(corpus.train.groups, corpus.folds, strict=True)) if corpus.train.groups else ()
    return tuple(group for group, n in Counter(group for group, _ in places).items() if n > 1)


def _fold_score(fold: str, card: Card) -> FoldScore:
    return FoldScore(
        fold=fold,
        n_train=card.n_clips[0],
        n_test=card.n_clips[2],
        accuracy=card.test.accuracy,
        best_epoch=card.best_epoch,
    )
