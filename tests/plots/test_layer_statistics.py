"""Receptive fields in milliseconds, silence in percent."""

from dataclasses import replace

import numpy as np
import pytest

from cnnviz.errors import ParameterError
from cnnviz.plots.layer_statistics import plot


def test_fields_are_in_milliseconds_and_unknown_ones_left_out(layer_statistics):
    ax = plot(layer_statistics)

    assert [bar.get_width() for bar in ax.patches] == [10.0, 30.0]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["conv1", "conv2"]
    assert "dashed: the clip, 1,000 ms" in ax.get_xlabel()


def test_channels_are_ranked_by_silence(layer_statistics):
    (line,) = plot(layer_statistics, "silence").lines

    np.testing.assert_array_equal(line.get_ydata(), [100, 25, 0])


@pytest.mark.parametrize(
    ("view", "emptied", "text"),
    [
        ("silence", {"channels": ()}, "no layer was captured"),
        ("receptive_fields", {"layers": ()}, "no layer has a known receptive field"),
    ],
)
def test_nothing_to_draw_is_said(view, emptied, text, layer_statistics):
    with pytest.raises(ParameterError, match=text):
        plot(replace(layer_statistics, **emptied), view)
