"""Which clips are explained."""

from types import SimpleNamespace

import numpy as np
import pytest

from cnnviz.attribution.clips_by_class import clips_of_classes
from cnnviz.attribution.selection import choose_clips, spread_clips
from cnnviz.errors import ParameterError


def scored(labels, predicted, margins):
    """Scores with a given winner and distance to the next."""
    scores = np.zeros((len(labels), 4))
    scores[np.arange(len(labels)), predicted] = margins
    return scores, np.array(labels)


def test_the_most_confident_right_clip_of_each_class_comes_first():
    scores, labels = scored([0, 0, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2], [1, 5, 4, 2, 3, 9])

    chosen = spread_clips(scores, labels, np.arange(6), n_clips=3)

    assert chosen.tolist() == [1, 2, 5]


def test_a_third_are_confident_mistakes_of_different_classes():
    labels, predicted = [0, 1, 2, 3, 0, 0, 1], [0, 1, 2, 3, 1, 2, 3]
    scores, labels = scored(labels, predicted, [1, 1, 1, 1, 5, 9, 2])

    chosen = spread_clips(scores, labels, np.arange(7), n_clips=6)

    assert chosen.tolist() == [0, 1, 2, 3, 5, 6]  # 4 is another mistake on class 0


def test_mistakes_fill_up_where_right_clips_are_few():
    scores, labels = scored([0, 0, 0, 0], [0, 1, 2, 3], [1, 2, 3, 4])

    assert spread_clips(scores, labels, np.arange(4), n_clips=4).tolist() == [0, 1, 2, 3]


def test_without_labels_clips_are_spread_over_predictions():
    scores, labels = scored([-1] * 4, [0, 0, 1, 1], [1, 2, 3, 4])

    assert spread_clips(scores, labels, np.arange(4), n_clips=2).tolist() == [1, 3]


def test_only_clips_whose_audio_is_kept_are_chosen():
    scores, labels = scored([0, 0, 1, 1], [0, 0, 1, 1], [9, 1, 9, 1])

    assert spread_clips(scores, labels, np.array([1, 3]), n_clips=4).tolist() == [1, 3]


def test_a_single_score_is_its_own_confidence():
    scores = np.array([[1.0], [3.0], [2.0]])

    assert spread_clips(scores, np.full(3, -1), np.arange(3), n_clips=1).tolist() == [1]


def test_no_audio_at_all_is_said():
    with pytest.raises(ParameterError, match="keeps no audio to explain"):
        spread_clips(np.zeros((2, 2)), np.zeros(2, int), np.array([], int), n_clips=2)


class Recorded:
    """Just what a choice of clips asks of a run."""

    clips = SimpleNamespace(groups=("ann", "bob", "ann", "eve"))

    role, has_classes = "classes", True
    labels, class_names = np.array([1, 0, -1, 1]), ("no", "yes")
    logits = np.array([[0.0, 1.0], [0.0, 2.0], [3.0, 0.0], [0.0, 4.0]])
    audio_index, sample_rate = np.array([0, 1, 2]), 8000

    @property
    def network(self):
        return self

    capture = model = network

    def waveforms(self, index):
        return np.zeros((len(index), 5))


def test_clips_that_are_named_are_explained_with_their_true_class_and_the_answer():
    chosen = choose_clips(Recorded(), n_clips=1, target="predicted", clip_index=(2, 1, 1))

    assert chosen.clip_index.tolist() == [1, 2]
    assert chosen.target_names == ("yes", "no")
    assert chosen.names_of(chosen.labels) == ("no", "")
    assert chosen.names_of(chosen.predictions) == ("yes", "no")


def test_a_clip_without_audio_is_refused():
    with pytest.raises(ParameterError, match=r"clip_index=3 has no audio.*the 3 clips"):
        choose_clips(Recorded(), n_clips=1, target="predicted", clip_index=(3,))


def test_clips_of_a_class_that_were_answered_with_another_come_clearest_first():
    run = SimpleNamespace(capture=Recorded(), model=Recorded())  # true 1 0 - 1, answered 1 1 0 1

    assert clips_of_classes(run, "yes", None) == [0]  # the other one has no audio
    assert clips_of_classes(run, None, "yes") == [1, 0]
    assert clips_of_classes(run, "no", "1") == [1]
    assert clips_of_classes(run, "yes", "no") == []
    with pytest.raises(ParameterError, match="true='maybe'; allowed: an index from 0 to 1, or"):
        clips_of_classes(run, "maybe", None)
