"""Segments in two contexts: the same at the same place, with neighbours that differ."""

import numpy as np
import pytest

from cnnviz.probing.contexts import two_contexts


@pytest.mark.parametrize("n_segment", [7, 40, 150])
def test_segments_are_equal_in_both_contexts_and_their_neighbours_are_not(n_segment):
    clips = np.random.default_rng(0).normal(size=(3, 200))

    made = two_contexts(
        clips, n_segment, n_segments=8, n_margin=30, generator=np.random.default_rng(1)
    )

    assert made.one.shape == made.other.shape == (8, 60 + n_segment)
    inside = slice(made.start, made.stop)
    np.testing.assert_array_equal(made.one[:, inside], made.other[:, inside])
    differs = made.one[:, : made.start] != made.other[:, : made.start]
    assert differs.any(axis=1).mean() > 0.5
    assert not any(
        np.array_equal(sound[made.start - n : made.start], sound[made.stop - n : made.stop])
        for sound in made.one
        for n in [min(n_segment, 30)]
    )
