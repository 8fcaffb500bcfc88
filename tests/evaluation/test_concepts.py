"""A planted direction is found, an orthogonal one is not, and chance is told from neither."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from cnnviz.evaluation.concepts import ClipSlopes, ridge_classifiers, score_concepts

N_CLIPS, N_FEATURES, N_SOUNDS = 120, 16, 20


def drawn(seed=0, *, n_classes=3):
    """Clips of three classes; the gradient of class k is that of feature k."""
    generator = np.random.default_rng(seed)
    clips = generator.normal(size=(N_CLIPS, N_FEATURES)) * np.arange(1, N_FEATURES + 1)
    labels = np.arange(N_CLIPS) % 3
    gradients = np.eye(N_FEATURES)[labels]
    return generator, ClipSlopes(
        activations=clips, gradients=gradients, labels=labels, n_classes=n_classes
    )


def along(generator, feature, sign=1.0):
    """Sounds that differ from clips by three standard deviations of one feature."""
    sounds = generator.normal(size=(N_SOUNDS, N_FEATURES))
    sounds[:, feature] += 3 * sign
    return sounds * np.arange(1, N_FEATURES + 1)


def scored(seed=0, **options):
    generator, clips = drawn(seed, n_classes=4)
    concepts = [along(generator, 0), along(generator, 1, -1.0), along(generator, 9)]
    return score_concepts(clips, concepts, **options)


def test_a_planted_direction_has_a_score_of_one_and_is_told_from_random_clips():
    found = scored()

    assert found.score[0, 0] == 1.0
    assert found.score[1, 1] == 0.0
    assert found.p_value[0, 0] == pytest.approx(2 / 1000)
    assert found.p_value[1, 1] == pytest.approx(2 / 1000)
    assert found.accuracy[:3] == pytest.approx(0.92, abs=0.06)  # Phi(1.5) = .933 with all known
    assert found.accuracy_p == pytest.approx(1 / 1000)


def test_an_orthogonal_concept_is_told_apart_but_raises_no_class():
    """Over 20 draws: each score is 0 or 1 by chance here, about one half on average."""
    found = [scored(seed, n_random=99) for seed in range(20)]

    scores = np.array([one.score[2, :3] for one in found])
    p = np.array([one.p_value[2, :3] for one in found])
    assert scores.mean() == pytest.approx(0.5, abs=0.15)
    assert (p <= 0.05).mean() <= 0.1
    assert max(one.accuracy_p[2] for one in found) <= 0.05


def test_a_concept_of_random_clips_is_significant_in_five_percent_of_draws():
    """120 draws of a concept from the distribution of the clips, three classes each."""
    p, accuracy_p = [], []
    for seed in range(120):
        generator, clips = drawn(seed)
        concept = generator.normal(size=(N_SOUNDS, N_FEATURES)) * np.arange(1, N_FEATURES + 1)
        found = score_concepts(clips, [concept], n_random=99, n_counter=5, seed=seed)
        p.append(found.p_value[0])
        accuracy_p.append(found.accuracy_p[0])

    assert np.mean(np.array(p) <= 0.05) <= 0.075  # 360 at 5 %: standard error 1.1 %
    assert np.mean(np.array(accuracy_p) <= 0.05) <= 0.11


def test_a_class_without_clips_has_no_score():
    found = scored(n_random=20)

    assert np.isnan(found.score[:, 3]).all()
    assert np.isnan(found.p_value[:, 3]).all()


def test_the_classifier_and_its_folds_are_those_of_ridge_regression():
    generator = np.random.default_rng(3)
    sounds = generator.normal(size=(24, 7)) + np.repeat([[0.4], [-0.4]], 12, axis=0)
    y = np.repeat([1.0, -1.0], 12)

    weights, accuracy = ridge_classifiers((sounds @ sounds.T)[None])

    np.testing.assert_allclose(weights[0] @ sounds, Ridge(alpha=1.0).fit(sounds, y).coef_)
    right = 0
    for part in np.array_split(np.arange(12), 5):
        left = np.concatenate([part, part + 12])
        rest = np.setdiff1d(np.arange(24), left)
        fitted = Ridge(alpha=1.0).fit(sounds[rest], y[rest])
        right += (fitted.predict(sounds[left]) * y[left] > 0).sum()
    assert accuracy[0] == right / 24


def test_scales_of_features_change_nothing():
    generator, clips = drawn()
    scales = np.geomspace(1e-3, 1e3, N_FEATURES)
    concept = along(generator, 0)

    one = score_concepts(clips, [concept], n_random=50)
    scaled = replace(
        clips, activations=clips.activations * scales, gradients=clips.gradients / scales
    )
    other = score_concepts(scaled, [concept * scales], n_random=50)

    np.testing.assert_allclose(one.score, other.score)
    np.testing.assert_array_equal(one.p_value, other.p_value)


def test_few_clips_make_smaller_sets():
    generator, clips = drawn()

    few = {name: getattr(clips, name)[:12] for name in ("activations", "gradients", "labels")}

    found = score_concepts(replace(clips, **few), [along(generator, 0)], n_random=20)

    assert found.n_used.tolist() == [6]
