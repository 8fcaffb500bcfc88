"""Folds of a corpus that share no speaker or recording."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import torch

from cnnviz.errors import ParameterError

from .corpus import Corpus, Split


def by_group(corpus: Corpus, n_folds: int) -> Corpus:
    """Divide all clips of a corpus into folds, whole groups each.

    Parameters
    ----------
    corpus
        Whose splits are put together.
    n_folds
        From 2 up to the number of groups.

    Returns
    -------
    Corpus
        With ``"fold1"`` and so on in `folds`.

    Raises
    ------
    ParameterError
        If the corpus comes in folds, or has fewer groups than that.
    """
    if corpus.folds:
        raise ParameterError(
            f"folds={n_folds} of {corpus.name}, which comes in folds of its own; allowed: these, "
            "which are trained on without being asked for; leave --folds out"
        )
    parts = (corpus.train, corpus.validation, corpus.test)
    whole = Split(
        waveforms=torch.cat([part.waveforms for part in parts]),
        labels=torch.cat([part.labels for part in parts]),
        groups=tuple(group for part in parts for group in part.groups),
    )
    n_groups = len(set(whole.groups) - {""})
    if not 2 <= n_folds <= n_groups:
        raise ParameterError(
            f"folds={n_folds} of {corpus.name}, which names {n_groups} speakers or recordings; "
            "allowed: 2 up to that number; a manifest can name them in its column group"
        )
    nothing = whole.take(torch.arange(0))
    folds = deal(whole.groups, n_folds)
    return replace(corpus, train=whole, validation=nothing, test=nothing, folds=folds)


def deal(groups: Sequence[str], n_folds: int) -> tuple[str, ...]:
    """Fold of each clip; nothing is drawn.

    The largest group goes first, each to the fold that has the fewest clips. Clips without a
    group, ``""``, go to the folds in turn.

    Examples
    --------
    >>> deal(["ann", "ben", "ann", "", "cid", ""], 2)
    ('fold1', 'fold2', 'fold1', 'fold1', 'fold2', 'fold2')
    """
    sizes = Counter(group for group in groups if group)
    filled = [0] * n_folds
    fold_of = {}
    for group, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
        fold_of[group] = filled.index(min(filled))
        filled[fold_of[group]] += size
    turns = iter(range(len(groups)))
    dealt = [fold_of[group] if group else next(turns) % n_folds for group in groups]
    return tuple(f"fold{fold + 1}" for fold in dealt)
