"""The linear map of planted groups."""

import numpy as np
import pytest

from cnnviz import workflow
from cnnviz.analyzers import pca_embedding, umap_embedding
from cnnviz.analyzers.pca_embedding import PCAEmbedding
from cnnviz.errors import ParameterError
from cnnviz.run import Run


def test_planted_groups_stay_apart(recorded):
    labels = np.repeat(np.arange(3), 40)
    logits = 30 * np.eye(3)[labels] + np.random.default_rng(0).normal(size=(120, 3))
    capture = recorded(logits=logits, labels=labels)

    found = PCAEmbedding().run(Run(capture=capture))

    assert (found.method, found.layer, found.pooling) == ("pca", "logits", "none")
    assert found.points.shape == (120, 2)
    assert found.knn_purity >= 0.99
    assert found.trustworthiness >= 0.95
    assert found.chance_purity == pytest.approx(1 / 3, abs=0.01)
    assert found.explained_variance.sum() == pytest.approx(1)
    assert found.provenance.model_name == "tiny"


@pytest.mark.parametrize("n_clips", [4, 5, 9])
def test_a_handful_of_clips_is_enough(n_clips, recorded):
    logits = np.random.default_rng(0).normal(size=(n_clips, 3))

    found = PCAEmbedding().run(Run(capture=recorded(logits=logits, labels=np.zeros(n_clips, int))))

    assert np.isfinite(found.points).all()
    assert found.n_neighbors < n_clips / 2


@pytest.mark.parametrize(("n_clips", "n_pca", "n_umap"), [(3, 1, 0), (7, 1, 0), (8, 2, 2)])
def test_a_report_of_few_clips_has_fewer_maps(n_clips, n_pca, n_umap, recorded):
    labels = np.zeros(n_clips, int)
    run = Run(capture=recorded(logits=np.eye(n_clips, 3), labels=labels, layers=("average",)))

    assert len(pca_embedding.in_report(run)) == n_pca
    assert len(umap_embedding.in_report(run)) == n_umap


def test_clips_too_few_for_a_map_are_said(recorded):
    run, said = Run(capture=recorded(logits=np.eye(3), labels=np.zeros(3, int))), []

    assert workflow.analyze(run, pca_embedding.in_report(run), left_out=said.append) == ()
    assert said == [
        "pca_embedding: n_clips=3 is too few for an embedding; allowed: 4 or more; "
        "capture more clips"
    ]


def test_one_column_gives_a_line(recorded):
    logits = np.arange(8.0)[:, None] * [[1, 0, 0]]

    found = PCAEmbedding().run(Run(capture=recorded(logits=logits, labels=np.zeros(8, int))))

    assert np.ptp(found.points, axis=0) == pytest.approx([np.ptp(found.points[:, 0]), 0])


def test_without_a_capture_it_says_how_to_make_one():
    with pytest.raises(ParameterError, match=r"has no capture.*cnnviz capture MODEL CLIPS"):
        PCAEmbedding().run(Run(model=None))
