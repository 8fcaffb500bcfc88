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


def test_layers_of_unknown_silence_are_shown_by_their_activations_alone(layer_statistics):
    unknown = replace(layer_statistics.channels[0], layer="gru", fraction_silent=np.full(3, np.nan))
    both = replace(layer_statistics, channels=(unknown, *layer_statistics.channels))

    (line,) = plot(both, "silence").lines

    assert line.get_label() == "conv1"
    assert both.views["silence"] == {"layer": ("conv1",)}
    assert both.views["channels"] == {"layer": ("gru", "conv1")}
    with pytest.raises(ParameterError, match="layer='gru'; allowed: 'conv1'"):
        plot(both, "silence", layer="gru")


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
