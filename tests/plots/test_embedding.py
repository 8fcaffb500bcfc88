"""The map of the clips says how far it can be trusted."""

from dataclasses import replace

import numpy as np
import pytest

from cnnviz.errors import ShapeError
from cnnviz.plots.embedding import plot


def test_quality_stands_in_the_title(embedding):
    assert plot(embedding).get_title() == (
        "PCA of conv2 (mean and max): trustworthiness 0.91, continuity 0.93\n"
        "purity of 5 neighbours 0.80 (before projection 0.85, chance 0.30)"
    )


def test_without_labels_no_purity_is_claimed(embedding):
    bare = replace(embedding, knn_purity=np.nan)

    assert "purity" not in plot(bare).get_title()


def test_components_say_their_share_and_umap_that_its_axes_mean_nothing(embedding):
    assert plot(embedding).get_xlabel() == "principal component 1 (60% of the variance)"
    assert plot(replace(embedding, method="umap")).get_xlabel() == "UMAP 1 (arbitrary unit)"


def test_classes_differ_in_colour_or_marker_and_have_names(embedding):
    labels = np.resize(np.arange(-1, 2), 30)

    ax = plot(replace(embedding, class_names=("yes", "no")), labels=labels)

    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert names == ["no label", "yes", "no"]
    assert [len(c.get_offsets()) for c in ax.collections] == [10, 10, 10]
    assert len({tuple(c.get_facecolor()[0]) for c in ax.collections}) == 3


def test_labels_must_fit_the_points(embedding):
    with pytest.raises(ShapeError, match=r"labels has shape \(3,\); allowed: one per point, \(30,"):
        plot(embedding, labels=[0, 1, 2])
