"""What the clips are: classes, durations."""

import pytest

from cnnviz.errors import ParameterError
from cnnviz.plots.clip_gallery import plot


def test_clips_are_counted_per_class_and_split(clip_gallery):
    ax = plot(clip_gallery)

    counts = {bars.get_label(): [bar.get_width() for bar in bars] for bars in ax.containers}
    assert counts == {"no split": [0, 0, 1], "test": [1, 1, 0], "train": [1, 0, 0]}
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["a", "b", "no label"]


def test_durations_count_every_clip(clip_gallery):
    assert sum(bar.get_height() for bar in plot(clip_gallery, "durations").patches) == 4


def test_the_views_are_listed_for_one_that_does_not_exist(clip_gallery):
    with pytest.raises(ParameterError, match="allowed: classes, durations"):
        plot(clip_gallery, "waveform")
