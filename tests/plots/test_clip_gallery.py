"""What the clips are: classes, durations, sound."""

from dataclasses import replace

import numpy as np
import pytest

from cnnviz.errors import ParameterError
from cnnviz.plots.clip_gallery import plot


def test_clips_are_counted_per_class_and_split(clip_gallery):
    ax = plot(clip_gallery)

    counts = {bars.get_label(): [bar.get_width() for bar in bars] for bars in ax.containers}
    assert counts == {"no split": [0, 0, 1], "test": [1, 1, 0], "train": [1, 0, 0]}
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["a", "b", "no label"]


def test_a_waveform_is_in_seconds_and_full_scale(clip_gallery):
    ax = plot(clip_gallery, "waveform", clip=1)

    assert ax.get_title() == "4.wav"
    assert ax.lines[0].get_xdata()[-1] == pytest.approx(3999 / 8000)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), clip_gallery.waveforms[1])


def test_durations_count_every_clip(clip_gallery):
    assert sum(bar.get_height() for bar in plot(clip_gallery, "durations").patches) == 4


def test_without_audio_it_says_what_can_be_drawn(clip_gallery):
    silent = replace(
        clip_gallery, audio_index=np.empty(0, int), waveforms=np.empty((0, 0), np.float32)
    )

    with pytest.raises(ParameterError, match="no audio is kept; allowed: view='classes'"):
        plot(silent, "waveform")
