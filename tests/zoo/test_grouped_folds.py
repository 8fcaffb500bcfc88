"""Folds share no speaker, hold about as many clips, and leave no clip out."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from cnnviz.errors import ParameterError
from tests.zoo import tones
from zoo.corpus import Corpus
from zoo.grouped_folds import by_group, deal


def _corpus() -> Corpus:
    """24, 6 and 6 tones by four speakers, the last of each split by nobody."""
    whole = tones.corpus()
    parts = {
        name: replace(part, groups=(*(f"voice {i % 4}" for i in range(len(part) - 1)), ""))
        for name, part in (("train", whole.train), ("test", whole.test))
    }
    silent = replace(whole.validation, groups=("",) * 6)
    return replace(whole, validation=silent, **parts)


def test_large_groups_go_first_and_each_to_the_emptiest_fold() -> None:
    groups = ["a"] * 5 + ["b"] * 4 + ["c"] * 3 + ["d"] * 3

    folds = deal(groups, 2)

    # a: 5 | 0, b: 5 | 4, c: 5 | 7, d: 8 | 7
    assert folds == ("fold1",) * 5 + ("fold2",) * 4 + ("fold2",) * 3 + ("fold1",) * 3


def test_no_group_is_in_two_folds_and_folds_are_of_like_size() -> None:
    generator = np.random.default_rng(0)
    groups = [f"voice {i}" for i in generator.zipf(1.5, 2000).clip(max=150)]

    folds = deal(groups, 5)

    assert len(set(zip(groups, folds, strict=True))) == len(set(groups))
    largest = max(Counter(groups).values())
    sizes = Counter(folds).values()
    assert max(sizes) <= max(largest, 2000 / 5 + 2)


def test_clips_of_nobody_go_to_the_folds_in_turn() -> None:
    assert deal(["", "", "", ""], 3) == ("fold1", "fold2", "fold3", "fold1")


def test_folds_hold_every_clip_of_every_split_once() -> None:
    corpus = _corpus()

    divided = by_group(corpus, 3)

    before = sorted(
        clip.tobytes()
        for part in (corpus.train, corpus.validation, corpus.test)
        for clip in part.waveforms.numpy()
    )
    after = sorted(
        clip.tobytes()
        for fold in divided.fold_names
        for clip in divided.fold(fold).waveforms.numpy()
    )
    assert before == after
    assert len(divided.validation) == len(divided.test) == 0


def test_labels_and_groups_stay_with_their_clips() -> None:
    corpus = _corpus()
    known = {
        clip.tobytes(): (int(label), group)
        for part in (corpus.train, corpus.validation, corpus.test)
        for clip, label, group in zip(part.waveforms.numpy(), part.labels, part.groups, strict=True)
    }

    fold = by_group(corpus, 2).fold("fold2")

    rows = zip(fold.waveforms.numpy(), fold.labels, fold.groups, strict=True)
    assert all(known[clip.tobytes()] == (int(label), group) for clip, label, group in rows)


@pytest.mark.parametrize("n_folds", [1, 5])
def test_more_folds_than_groups_are_refused(n_folds: int) -> None:
    with pytest.raises(
        ParameterError, match=rf"folds={n_folds} of tones, which names 4 speakers .*; allowed: 2 up"
    ):
        by_group(_corpus(), n_folds)


def test_a_corpus_of_folds_keeps_its_own() -> None:
    corpus = replace(_corpus(), folds=("fold1",) * 24)

    with pytest.raises(ParameterError, match=r"comes in folds of its own; .* leave --folds out"):
        by_group(corpus, 2)
