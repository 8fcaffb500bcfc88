"""Bootstrap intervals of means against scipy and the theory of means."""

import numpy as np
import pytest
from scipy import stats

from cnnviz.evaluation.means import mean_intervals


def test_intervals_are_scipys():
    values = np.random.default_rng(0).exponential(size=(30, 2))

    low, high = mean_intervals(values, np.arange(30), seed=0, n_resamples=20_000)

    # few clips vary too little from resample to resample: Student's width instead of the normal
    level = 1 - 2 * stats.norm.cdf(np.sqrt(30 / 29) * stats.t.ppf(0.025, 29))
    expected = stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=20_000,
        method="percentile",
        confidence_level=level,
        rng=np.random.default_rng(1),
    ).confidence_interval
    np.testing.assert_allclose(low, expected.low, rtol=0.01)
    np.testing.assert_allclose(high, expected.high, rtol=0.01)


def test_clips_of_one_speaker_count_once():
    values = np.repeat(np.random.default_rng(0).normal(size=(20, 1)), 10, axis=0)
    groups = np.repeat(np.arange(20), 10)

    as_groups = mean_intervals(values, groups, seed=0)
    as_clips = mean_intervals(values, np.arange(200), seed=0)

    assert np.ptp(as_groups) == pytest.approx(np.sqrt(10) * np.ptp(as_clips), rel=0.15)


def test_one_group_has_no_interval():
    assert np.isnan(mean_intervals(np.ones((3, 2)), np.zeros(3, int), seed=0)).all()
