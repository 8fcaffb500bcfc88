"""Planted selective units are found, and no more of the others than chance allows."""

import numpy as np
import pytest
from scipy import stats

from cnnviz.evaluation.groups import number_groups
from cnnviz.evaluation.selectivity import (
    BETWEEN,
    CLIPS,
    WITHIN,
    class_means,
    class_selectivity,
    rejected,
    selectivity_index,
    shuffled,
    what_is_exchanged,
)

N_CLASSES, N_SPEAKERS = 5, 8
LABELS = np.tile(np.arange(N_CLASSES), 2 * N_SPEAKERS)
SPEAKERS = np.repeat(np.arange(N_SPEAKERS), 2 * N_CLASSES)
ALONE = number_groups((), len(LABELS))


def noise(n_units, seed=0):
    return np.random.default_rng(seed).gamma(2.0, size=(len(LABELS), n_units))


def measured(responses, labels=LABELS, groups=ALONE):
    return class_selectivity(responses, labels, groups, seed=0, n_permutations=499)


def test_means_and_index_equal_their_definition() -> None:
    responses = noise(3)

    means = class_means(responses, LABELS, N_CLASSES)

    for unit in range(3):
        by_class = [responses[k == LABELS, unit].mean() for k in range(N_CLASSES)]
        best = max(by_class)
        rest = np.mean(sorted(by_class)[:-1])
        np.testing.assert_allclose(means[:, unit], by_class)
        assert selectivity_index(means)[unit] == pytest.approx((best - rest) / (best + rest))


@pytest.mark.parametrize(("gain", "index"), [(0.0, 0.0), (1.0, 1 / 3), (np.inf, 1.0)])
def test_a_unit_that_answers_to_its_class_so_many_times_more_has_a_known_index(gain, index) -> None:
    others = 0.0 if np.isinf(gain) else 1.0
    responses = np.where(LABELS == 2, 1 + np.nan_to_num(gain, posinf=0), others)[:, None]

    assert measured(responses).index[0] == pytest.approx(index)


def test_planted_units_are_found_and_few_others() -> None:
    responses = noise(100)
    for unit in range(20):
        responses[unit % N_CLASSES == LABELS, unit] *= 3

    found = measured(responses)

    assert found.is_selective[:20].all()
    assert found.best_class[:20].tolist() == [unit % N_CLASSES for unit in range(20)]
    assert found.is_selective[20:].sum() <= 3
    assert (found.index > found.null_quantile)[found.is_selective].all()


def test_without_selective_units_p_is_uniform_and_few_are_called_so() -> None:
    found = measured(noise(1000))

    assert stats.kstest(found.p, "uniform").pvalue > 0.001
    assert 0.03 < np.mean(found.index > found.null_quantile) < 0.07
    assert found.is_selective.sum() <= 2
    assert found.expected_by_chance < 2


def test_a_unit_that_knows_speakers_is_not_selective_for_the_words_they_say_most() -> None:
    # most clips of a class are of one speaker, to whom the unit answers
    random = np.random.default_rng(0)
    speakers = np.repeat(np.arange(5), 40)
    labels = np.where(random.random(200) < 0.7, speakers, random.integers(0, 5, 200))
    gains = np.array([1.0, 1.0, 1.0, 1.0, 4.0])[speakers]
    responses = gains[:, None] * random.gamma(8.0, size=(200, 40))

    by_clip = measured(responses, labels, np.arange(200))
    by_speaker = measured(responses, labels, speakers)

    assert by_clip.is_selective.all()
    assert by_speaker.is_selective.sum() <= 2


def test_where_recordings_are_of_one_class_whole_recordings_exchange_labels() -> None:
    # ten excerpts of a recording sound alike: 4 recordings of each of 3 classes say little
    random = np.random.default_rng(0)
    recordings = np.repeat(np.arange(12), 10)
    labels = (np.arange(12) % 3)[recordings]
    levels = random.gamma(2.0, size=(12, 200))
    responses = levels[recordings] * random.gamma(50.0, 1 / 50, size=(120, 200))

    by_recording = measured(responses, labels, recordings)

    assert measured(responses, labels, np.arange(120)).is_selective.mean() > 0.5
    assert by_recording.exchanged == BETWEEN
    assert by_recording.is_selective.sum() <= 5


def test_a_class_of_other_groups_than_the_rest_cannot_be_tested_within_groups() -> None:
    labels = np.concatenate([LABELS, np.full(10, N_CLASSES)])
    groups = np.concatenate([SPEAKERS, np.full(10, N_SPEAKERS)])  # silence, say
    responses = np.concatenate([noise(2), np.full((10, 2), [50.0, 0.0])])

    found = measured(responses, labels, groups)

    assert found.best_class[0] == N_CLASSES
    assert np.isnan([found.p[0], found.null_quantile[0]]).all()
    assert not found.is_selective[0]
    assert np.isfinite(found.p[1])


@pytest.mark.parametrize(
    ("groups", "kind"),
    [(ALONE, CLIPS), (np.zeros_like(LABELS), CLIPS), (SPEAKERS, WITHIN), (LABELS, BETWEEN)],
)
def test_what_is_exchanged_follows_from_groups(groups, kind) -> None:
    assert what_is_exchanged(LABELS, groups) == kind


def test_within_groups_each_keeps_its_labels_and_single_clips_exchange_theirs() -> None:
    groups = np.concatenate([np.zeros(10, int), np.full(10, 1), np.arange(2, 12)])
    codes = np.arange(30) % 5
    moved = [shuffled(codes, groups, np.random.default_rng(seed)) for seed in range(20)]

    for part in (slice(0, 10), slice(10, 20), slice(20, 30)):
        assert all(sorted(one[part]) == sorted(codes[part]) for one in moved)
        assert any((one[part] != codes[part]).any() for one in moved)


def test_rejections_equal_those_of_adjusted_p() -> None:
    random = np.random.default_rng(0)
    for share in (0.0, 0.3, 1.0):
        p = np.where(random.random(200) < share, random.random(200) ** 6, random.random(200))

        assert np.array_equal(rejected(p), stats.false_discovery_control(p) <= 0.05)


def test_the_interval_holds_the_mean_of_new_clips_in_95_of_100_cases() -> None:
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1], [30, 30])
    responses = np.where(labels[:, None] == 0, random.gamma(2.0, size=(60, 400)), 0.0)

    low, high = measured(responses, labels, np.arange(60)).interval.T

    assert 0.91 < np.mean((low < 2) & (high > 2)) < 0.98


def test_means_of_speakers_who_differ_have_a_wider_interval() -> None:
    gains = np.random.default_rng(1).gamma(1.0, size=N_SPEAKERS)[SPEAKERS]
    responses = gains[:, None] * np.where(LABELS[:, None] == 0, 10.0, 0.0)

    alone, grouped = (np.diff(measured(responses, LABELS, g).interval) for g in (ALONE, SPEAKERS))

    assert grouped[0] > 1.2 * alone[0]


def test_units_that_never_respond_have_no_class() -> None:
    responses = noise(2)
    responses[:, 1] = 0

    found = measured(responses)

    assert found.best_class[1] == -1
    assert np.isnan([found.index[1], found.p[1], found.best_mean[1]]).all()
    assert not found.is_selective[1]
