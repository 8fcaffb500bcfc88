"""Cross-validation by speaker or recording: how a network hears voices it was not trained on."""

from collections.abc import Callable
from dataclasses import replace

import torch

from ..card import Card
from ..corpus import Corpus
from ..fold_scores import CrossValidation, FoldScore
from ..grouped_folds import by_group
from .folds import keep_pooled, load_fold, of_fold, train_fold
from .request import Training
from .run import check, train
from .scoring import predict, score
from .single import weights_of, write_card


def cross_validate(
    training: Training,
    corpus: Corpus,
    n_folds: int,
    *,
    resume: bool = False,
    tell: Callable[[str], None] | None = None,
) -> Card:
    """Train a network, then once more per fold, and write both into its card.

    Each fold is the test of a network that was trained on the others, with all epochs of the
    recipe, since nothing is left to choose among them.

    Parameters
    ----------
    training, corpus, resume, tell
        As for `train`, which is called first.
    n_folds
        Folds of whole groups, see `zoo.grouped_folds.by_group`; they are trained in folders
        below that of the training.

    Returns
    -------
    Card
        With `cross_validation`.

    Raises
    ------
    CnnvizError, ParameterError
        As `train`, and if the corpus has too few groups.
    """
    divided = by_group(corpus, n_folds)
    training = check(training, resume=resume)
    card = train(training, corpus, resume=resume, tell=tell)
    found = card.cross_validation
    if found is not None and len(found.folds) == n_folds:
        return card
    below = of_fold(training, f"{n_folds}-fold")
    card = replace(card, cross_validation=score_folds(below, divided, tell))
    keep_pooled(below, corpus, card, weights_of(training))
    write_card(training, card)
    return card


def score_folds(
    training: Training, corpus: Corpus, tell: Callable[[str], None] | None
) -> CrossValidation:
    """Train once per fold of a corpus, in folders of their names, and score each on its test.

    What was begun goes on; folds that are done are only read.

    Parameters
    ----------
    training
        Checked by `check`.
    corpus
        Of folds, see `zoo.grouped_folds.by_group`.
    tell
        As for `train`.
    """
    folds = []
    answers = torch.empty(len(corpus.train), len(corpus.class_names))  # (clip, class)
    for fold in corpus.fold_names:
        card = train_fold(training, corpus, fold, tell)
        model = load_fold(of_fold(training, fold), corpus.class_names)
        is_held_out = torch.tensor([own == fold for own in corpus.folds])
        answers[is_held_out] = predict(model, corpus.fold(fold))
        folds.append(_fold_score(fold, card, corpus))
    test = score(answers, corpus.train, corpus.class_names, training.recipe)
    return CrossValidation(
        folds=tuple(folds),
        accuracy=test.accuracy,
        interval=test.interval,
        without_easy=test.without_easy,
    )


def _fold_score(fold: str, card: Card, corpus: Corpus) -> FoldScore:
    return FoldScore(
        fold=fold,
        n_train=card.n_clips[0],
        n_test=card.n_clips[2],
        n_groups=len(set(corpus.fold(fold).groups) - {""}),
        accuracy=card.test.accuracy,
        best_epoch=card.best_epoch,
    )
