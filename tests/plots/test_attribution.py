"""Relevance is drawn where it is, in both signs."""

from dataclasses import replace

import numpy as np
import pytest

from cnnviz.errors import ParameterError
from cnnviz.plots.attribution import plot


def test_the_plane_is_centred_on_zero_with_a_unit_on_its_colour_bar(attribution):
    ax = plot(attribution)

    (image,) = ax.images
    bar = ax.figure.axes[-1]
    assert image.norm.vmin == -image.norm.vmax
    assert image.norm.vmax <= np.abs(attribution.plane.values[0]).max()
    assert bar.get_ylabel() == "relevance (logit per cell)"
    left, right, bottom, top = image.get_extent()
    assert (left, right) == pytest.approx((-0.5 / 39 / 2, 0.5 + 0.5 / 39 / 2))
    assert (bottom, top) == pytest.approx((-31.25, 4031.25))


def test_the_title_says_what_for_and_how_complete(attribution):
    assert plot(attribution).get_title() == (
        "integrated gradients for 'yes': +4 logit over silence (all samples 0)\n"
        "completeness error 0.10%"
    )
    assert plot(attribution, clip=9).get_title().endswith("20.00%, not converged")


def test_the_title_names_the_layer_whose_cells_are_drawn(attribution):
    cells = replace(attribution.plane, domain="layer", layer="conv4")
    title = plot(replace(attribution, maps=(cells,))).get_title()

    assert title.startswith("integrated gradients of conv4 for 'yes'")


def test_the_spectrum_peaks_at_the_hertz_it_should(attribution):
    (line, *_) = plot(attribution, "frequency").lines

    assert line.get_xdata()[line.get_ydata().argmax()] == 1000


def test_the_waveform_runs_over_the_length_of_the_clip_in_seconds(attribution):
    ax = plot(attribution, "waveform")

    assert ax.lines[0].get_xdata()[-1] == pytest.approx(3999 / 8000)
    assert ax.get_ylim()[0] == -ax.get_ylim()[1]


def test_a_clip_that_was_not_explained_is_refused(attribution):
    with pytest.raises(ParameterError, match="clip=2; allowed: 3, 9"):
        plot(attribution, clip=2)
