"""Maps lie at the centres of receptive fields, sorted by what the channels listen to."""

import numpy as np
import pytest

from cnnviz.errors import ParameterError
from cnnviz.plots.feature_maps import plot


def test_channels_are_sorted_and_named_by_centre_frequency(feature_maps):
    ax = plot(feature_maps, clip=5)

    (mesh,) = ax.collections
    np.testing.assert_array_equal(mesh.get_array(), feature_maps.layers[0].maps[1][[2, 0, 3, 1]])
    labels = [tick.get_text() for tick in ax.get_yticklabels()]
    assert labels == ["100", "400", "900", "none"]
    assert ax.get_xlim() == pytest.approx((0, 0.2))


def test_maps_without_negative_values_start_at_zero(feature_maps):
    (mesh,) = plot(feature_maps).collections

    assert (mesh.norm.vmin, mesh.cmap.name) == (0, "viridis")


def test_signed_maps_are_centred_on_zero_over_hertz(feature_maps):
    ax = plot(feature_maps, "frequency", layer="conv2", index=2)

    (mesh,) = ax.collections
    assert mesh.norm.vmin == -mesh.norm.vmax
    assert ax.get_ylabel() == "frequency (Hz)"
    assert ax.get_ylim() == pytest.approx((50, 2000))


def test_a_spectral_layer_shows_the_largest_of_its_channels_or_frequencies(feature_maps):
    maps = feature_maps.layers[1].maps[0]  # (channel, frequency, time)

    (over_channels,) = plot(feature_maps, "frequency").collections
    (over_frequencies,) = plot(feature_maps, "channels", layer="conv2").collections

    np.testing.assert_array_equal(np.abs(over_channels.get_array()), np.abs(maps).max(axis=0))
    np.testing.assert_array_equal(np.abs(over_frequencies.get_array()), np.abs(maps).max(axis=1))


@pytest.mark.parametrize(
    ("places", "text"),
    [
        ({"clip": 2}, "clip=2; allowed: 0, 5"),
        ({"index": 3}, "index=3; allowed: 0 to 2"),
        ({"layer": "conv1"}, "layer='conv1'; allowed: 'conv2'"),
    ],
    ids=["clip", "index", "layer"],
)
def test_what_was_not_kept_is_refused(places, text, feature_maps):
    with pytest.raises(ParameterError, match=text):
        plot(feature_maps, "frequency", **places)
