"""Quality of maps against other libraries, shuffles and planted groups."""

import numpy as np
import pytest
from sklearn import manifold
from sklearn.decomposition import PCA

from cnnviz.analyzers import _map_quality
from cnnviz.analyzers._embedding import clip_rows, principal_components, report_layers
from cnnviz.analyzers._embedding_findings import chance_trustworthiness, describe_quality
from cnnviz.analyzers._map_quality import (
    chance_purity,
    fewer_neighbours,
    knn_purity,
    measure_quality,
    purity_neighbours,
    trustworthiness,
)
from cnnviz.analyzers.pca_embedding import PCAEmbedding
from cnnviz.analyzers.umap_embedding import UMAPEmbedding
from cnnviz.errors import LayerNotFoundError, ParameterError
from cnnviz.run import Run


def blobs(n_each=30, n_groups=4, n_columns=12, seed=0):
    generator = np.random.default_rng(seed)
    centres = 20 * generator.normal(size=(n_groups, n_columns))
    labels = np.repeat(np.arange(n_groups), n_each)
    return centres[labels] + generator.normal(size=(len(labels), n_columns)), labels


def continuity_by_the_definition(values, points, k):
    """1 - 2 / (n k (2n - 3k - 1)) sum of (rank in the plane - k) over lost neighbours."""
    n = len(values)
    apart = [np.linalg.norm(x[:, None] - x[None], axis=-1) for x in (values, points)]
    ranks = [np.argsort(np.argsort(d, axis=1), axis=1) for d in apart]  # 0 is the clip itself
    lost = (ranks[0] <= k) & (ranks[1] > k)
    return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * (ranks[1] - k)[lost].sum()


def test_continuity_is_what_its_definition_says():
    values, points = blobs()[0], np.random.default_rng(1).normal(size=(120, 2))

    found = measure_quality(values, points, np.full(120, -1), n_neighbors=7, seed=0)

    assert found.continuity == pytest.approx(continuity_by_the_definition(values, points, 7))
    assert found.trustworthiness == pytest.approx(continuity_by_the_definition(points, values, 7))


@pytest.mark.parametrize(("n_clips", "k"), [(9, 4), (40, 15), (120, 7), (1500, 15)])
def test_trustworthiness_is_that_of_scikit_learn(n_clips, k, monkeypatch):
    monkeypatch.setattr(_map_quality, "_WORKING_MIB", 1)
    generator = np.random.default_rng(n_clips)
    values = generator.normal(size=(n_clips, 12))
    points = values[:, :2] + generator.normal(size=(n_clips, 2))

    found = trustworthiness(values, points, n_neighbors=k)

    assert found == pytest.approx(manifold.trustworthiness(values, points, n_neighbors=k))


@pytest.mark.parametrize(("n_clips", "k"), [(9, 4), (40, 15), (120, 7)])
def test_a_shuffled_map_has_the_trustworthiness_of_chance(n_clips, k):
    generator = np.random.default_rng(0)
    values, points = generator.normal(size=(n_clips, 5)), generator.normal(size=(n_clips, 2))
    shuffled = [
        measure_quality(
            values, generator.permutation(points), np.full(n_clips, -1), n_neighbors=k, seed=0
        )
        for _ in range(60)
    ]

    found = [(one.trustworthiness, one.continuity) for one in shuffled]

    chance = chance_trustworthiness(n_clips, k)
    error = 4 * np.std(found, axis=0) / np.sqrt(len(found))
    np.testing.assert_array_less(np.abs(np.mean(found, axis=0) - chance), error)


def test_clips_of_one_class_count_no_more_neighbours_than_are_looked_at():
    assert purity_neighbours(15, np.zeros(20, int)) == 9 == fewer_neighbours(15, 20)


def test_nothing_is_said_of_purity_where_there_is_one_class():
    points = np.random.default_rng(0).normal(size=(20, 2))
    found = measure_quality(points, points, np.zeros(20, int), n_neighbors=5, seed=0)

    sentences = describe_quality(found, "pca:conv", n_clips=20, n_neighbors=5)

    assert [one.id for one in sentences] == ["trustworthiness:pca:conv", "continuity:pca:conv"]


def test_the_identity_is_perfectly_trustworthy():
    points = np.random.default_rng(0).normal(size=(50, 2))

    found = measure_quality(points, points, np.zeros(50, int), n_neighbors=5, seed=0)

    assert (found.trustworthiness, found.continuity) == (1.0, 1.0)


def test_purity_of_separate_groups_is_one_and_of_random_labels_that_of_chance():
    values, labels = blobs()
    shuffled = np.random.default_rng(0).permutation(labels)

    assert knn_purity(values, labels, n_neighbors=15) >= 0.99
    assert knn_purity(values, shuffled, n_neighbors=15) == pytest.approx(
        chance_purity(labels), abs=0.05
    )


def test_chance_purity_is_the_mean_over_shuffles():
    values, labels = blobs(n_each=10)
    labels = np.minimum(labels, 2)  # groups of 10, 10 and 20
    generator = np.random.default_rng(0)

    shuffles = [
        knn_purity(values, generator.permutation(labels), n_neighbors=5) for _ in range(400)
    ]

    assert chance_purity(labels) == pytest.approx(np.mean(shuffles), abs=0.01)


def test_clips_without_a_label_take_no_part_in_purity():
    values, labels = blobs()
    labels = labels.copy()
    labels[::2] = -1

    found = measure_quality(values, values[:, :2], labels, n_neighbors=5, seed=0)

    assert found.knn_purity_input >= 0.99


def test_without_labels_purity_is_not_a_number():
    values = blobs()[0]

    found = measure_quality(values, values[:, :2], np.full(120, -1), n_neighbors=5, seed=0)

    assert np.isnan([found.knn_purity, found.knn_purity_input, found.chance_purity]).all()
    assert 0 <= found.trustworthiness <= 1


def test_one_class_has_no_purity():
    values = blobs()[0]

    found = measure_quality(values, values[:, :2], np.zeros(120, int), n_neighbors=5, seed=0)

    assert np.isnan([found.knn_purity, found.knn_purity_input, found.chance_purity]).all()


def test_principal_components_are_those_of_the_covariance():
    values = blobs()[0]

    points, shares = principal_components(values, 5)

    variances, axes = np.linalg.eigh(np.cov(values.T))
    order = np.argsort(variances)[::-1][:5]
    expected = (values - values.mean(0)) @ axes[:, order]
    np.testing.assert_allclose(np.abs(points), np.abs(expected), atol=1e-8)
    np.testing.assert_allclose(shares, variances[order] / variances.sum())
    assert PCA(5).fit(values).explained_variance_ratio_ == pytest.approx(shares)


@pytest.mark.parametrize(("n", "expected"), [(4, 1), (10, 4), (31, 15), (500, 15)])
def test_neighbours_are_fewer_than_half_the_clips(n, expected):
    assert fewer_neighbours(15, n) == expected


@pytest.mark.parametrize(
    ("sizes", "expected"), [((40, 40), 15), ((5, 5, 5), 4), ((1, 1), 1), ((), 1)]
)
def test_purity_asks_for_no_more_neighbours_than_a_class_has(sizes, expected):
    assert purity_neighbours(15, np.repeat(np.arange(len(sizes)), sizes)) == expected


def test_small_but_separate_groups_are_pure():
    values, labels = blobs(n_each=5, n_groups=8)

    found = measure_quality(values, values[:, :2], labels, n_neighbors=15, seed=0)

    assert found.purity_neighbors == 4
    assert found.knn_purity_input >= 0.99


def test_clips_of_the_training_split_are_in_no_purity():
    values, labels = blobs(n_each=20, n_groups=3)
    shuffled = np.random.default_rng(1).permutation(labels)
    is_training = np.tile([False, True], 30)
    is_mixed = np.where(is_training, labels, shuffled)  # the network knows what it was trained on

    found = measure_quality(
        values, values[:, :2], is_mixed, n_neighbors=5, seed=0, is_training=is_training
    )
    alone = measure_quality(values[::2], values[::2, :2], shuffled[::2], n_neighbors=5, seed=0)

    assert found.n_left_out == 30
    assert found.knn_purity_input == alone.knn_purity_input
    assert found.chance_purity == alone.chance_purity


@pytest.mark.parametrize(
    ("splits", "expected"),
    [
        pytest.param(
            ("train", "test"),
            "Left out of these shares: 20 clips of the training split.",
            id="some",
        ),
        pytest.param(
            ("train", "train"),
            "Left out: 40 clips of the training split, so that no share",
            id="all",
        ),
    ],
)
def test_how_many_training_clips_are_left_out_is_said(recorded, splits, expected):
    values, labels = blobs(n_each=10)

    found = PCAEmbedding().run(
        Run(capture=recorded(logits=values, labels=labels, splits=splits * 20))
    )

    assert found.findings[-2].sentence.startswith(expected)
    assert found.n_left_out == 20 * splits.count("train")
    assert np.isfinite(found.knn_purity) == ("test" in splits)


def test_a_report_embeds_the_output_and_the_last_layer(recorded):
    capture = capture_of(recorded)

    assert report_layers(Run(capture=capture)) == (None, "conv2")
    assert report_layers(Run(capture=capture_of(recorded, n_scores=2))) == (None,)


def test_a_layer_of_one_cell_is_not_pooled(recorded):
    capture = capture_of(recorded)
    capture.activations["conv2", "max"] = capture.activations["conv2", "mean"]

    rows = clip_rows(capture, layer="conv2", pooling="mean_max")

    assert (rows.pooling, rows.values.shape) == ("none", (8, 6))


def capture_of(recorded, n=8, n_scores=5):
    generator = np.random.default_rng(0)
    pooled = {("conv2", how): generator.normal(size=(n, 6)) for how in ("mean", "max", "rms")}
    return recorded(
        logits=generator.normal(size=(n, n_scores)),
        labels=np.zeros(n, int),
        layers=("conv1", "conv2"),
        activations=pooled,
    )


@pytest.mark.parametrize(
    ("layer", "n_scores", "pooling", "expected"),
    [
        pytest.param(None, 5, "mean", ("logits", "none", 5), id="logits by default"),
        pytest.param(None, 2, "mean_max", ("conv2", "mean_max", 12), id="two scores say little"),
        pytest.param("conv2", 5, "rms", ("conv2", "rms", 6), id="a layer by name"),
    ],
)
def test_rows_are_standardised_and_named(layer, n_scores, pooling, expected, recorded):
    rows = clip_rows(capture_of(recorded, n_scores=n_scores), layer=layer, pooling=pooling)

    assert (rows.layer, rows.pooling, rows.values.shape[1]) == expected
    np.testing.assert_allclose(rows.values.mean(0), 0, atol=1e-12)
    np.testing.assert_allclose(rows.values.std(0), 1)


def test_columns_that_never_change_are_dropped(recorded):
    capture = capture_of(recorded)
    capture.activations["conv2", "mean"][:, 2] = 7.0

    assert clip_rows(capture, layer="conv2", pooling="mean").values.shape == (8, 5)


def test_a_layer_that_was_not_captured_is_named(recorded):
    with pytest.raises(LayerNotFoundError, match=r"'conv9'.*layers: logits, conv1, conv2"):
        clip_rows(capture_of(recorded), layer="conv9", pooling="mean")


def test_too_few_clips_cannot_be_embedded(recorded):
    with pytest.raises(ParameterError, match=r"n_clips=3 is too few.*4 or more"):
        clip_rows(capture_of(recorded, n=3), layer=None, pooling="mean")


@pytest.mark.parametrize("kind", [PCAEmbedding, UMAPEmbedding])
def test_a_pooling_that_is_not_known_is_refused(kind):
    with pytest.raises(ParameterError, match="pooling='median'; allowed: mean, max, rms, mean_max"):
        kind(pooling="median")


def test_clips_that_are_all_the_same_are_refused(recorded):
    capture = recorded(logits=np.ones((8, 5)), labels=np.zeros(8, int))

    with pytest.raises(ParameterError, match="same numbers for all clips"):
        clip_rows(capture, layer=None, pooling="mean")
