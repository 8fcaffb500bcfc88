"""Localisation against hand-made maps, and scikit-learn's area."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from cnnviz.dsp.localisation import hits, mass_share, rank_share, ranking_area

TRUTH = np.zeros((4, 5), dtype=bool)
TRUTH[1, 1:4] = True


def test_a_map_that_is_the_truth_has_all_of_it():
    values = TRUTH.astype(float)

    assert (mass_share(values, TRUTH), rank_share(values, TRUTH)) == (1, 1)
    assert hits(values, TRUTH)
    assert ranking_area(values, TRUTH) == 1


def test_shares_are_counted():
    values = np.zeros((4, 5))
    values[1, 1], values[0, 0], values[3, 3] = 3, 4, 1

    assert mass_share(values, TRUTH) == pytest.approx(3 / 8)
    assert rank_share(values, TRUTH) == pytest.approx(1 / 3)
    assert not hits(values, TRUTH)


def test_nothing_has_no_share():
    assert mass_share(np.zeros((4, 5)), TRUTH) == 0


def test_the_area_is_that_of_the_roc():
    values = np.random.default_rng(0).integers(0, 5, (4, 5)).astype(float)  # with ties

    assert ranking_area(values, TRUTH) == pytest.approx(
        roc_auc_score(TRUTH.ravel(), values.ravel())
    )
