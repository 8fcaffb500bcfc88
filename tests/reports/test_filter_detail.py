"""The detail figure holds axes; its views hold the numbers of each filter."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic import bank, second_bank, spectrogram_bank

from reports.figures.filter_detail import filter_detail, response_grid, views
from reports.figures.kernels import drawn_points, plane, plane_axes
from reports.predicted import predict
from reports.predicted import restored as corrected
from reports.quantised import restored
from reports.sections.filter_responses import _detail_caption


def _names(item):
    found = []

    def visit(value):
        if isinstance(value, dict):
            if "name" in value.get("attributes", {}):
                found.append(value["attributes"]["name"])
            for entry in value.values():
                visit(entry)
        elif isinstance(value, list):
            for entry in value:
                visit(entry)

    visit(item)
    return found


def _curve(given, index, name):
    """A curve as the page's script reads it: from the taps on the page, corrected."""
    sources = views(given, [index])[index]
    computed = predict(restored(sources["taps"]["y"]), response_grid(given.responses))
    return corrected(sources["response"][name], computed[name])


def test_a_view_gives_the_magnitudes_back():
    given = bank()

    drawn = _curve(given, 7, "db")

    np.testing.assert_allclose(
        drawn, given.responses.magnitudes_db[7, drawn_points(given.responses)], atol=0.0051
    )


def test_a_view_gives_the_taps_back():
    given = bank()

    drawn = restored(views(given, [7])[7]["taps"]["y"])

    np.testing.assert_allclose(drawn, given.taps[7, 0], atol=1e-5)


def test_group_delay_is_in_milliseconds_and_masked_where_it_is_not_known():
    given = bank()

    drawn = _curve(given, 0, "delay")

    np.testing.assert_allclose(
        drawn, 1000 * given.responses.group_delays[0, drawn_points(given.responses)], atol=0.01
    )
    assert np.isnan(drawn).any()


def test_both_ends_of_the_frequency_axis_are_drawn():
    assert drawn_points(bank().responses)[[0, -1]].tolist() == [0, 1024]


@pytest.mark.parametrize(
    ("make", "sources"),
    [
        (bank, {"taps", "response"}),
        (second_bank, {"taps", "response", "plane", "modulation"}),
        (spectrogram_bank, {"plane", "modulation"}),
    ],
)
def test_every_view_names_a_source_of_the_figure(make, sources):
    given = make()

    names = set(_names(filter_detail(given, "f")))

    assert sources <= names
    assert set(views(given, [0])[0]) <= names


def test_planes_are_sorted_by_centre_frequency():
    given = second_bank()

    rows = plane(given, 0)

    np.testing.assert_array_equal(rows, given.taps[0, given.channels.index])
    assert plane_axes(given).row_ticks[0][1] == "150"


def test_a_quadrature_pair_shares_a_row_and_is_said_to():
    given = second_bank()
    order = replace(given.channels, row=np.r_[0, 0, np.arange(1, 31)])
    given = replace(given, channels=order)

    rows = plane(given, 0)

    first, second = given.taps[0, order.index[:2]]
    np.testing.assert_allclose(np.abs(rows[0]), np.hypot(first, second))
    np.testing.assert_array_equal(rows[1:], given.taps[0, order.index[2:]])
    assert plane_axes(given).n_rows == 31
    assert "1 pair of input channels in quadrature shares a row: the root" in _detail_caption(given)


def test_many_input_channels_are_averaged_in_groups():
    taps = np.arange(512.0)[None, :, None] * np.ones((1, 512, 3))
    given = second_bank()
    wide = bank(given.responses.kernels.taps[:1], taps=taps, order=np.zeros(1, int))

    rows = plane(wide, 0)

    assert rows.shape == (128, 3)
    np.testing.assert_allclose(rows[:, 0], np.arange(128) * 4 + 1.5)


def test_without_a_sample_rate_taps_are_counted():
    known = bank()
    kernels = replace(known.responses.kernels, seconds=None)
    responses = replace(known.responses, kernels=kernels)
    given = replace(known, tap_seconds=None, responses=responses, sample_rate=None)

    assert '"Tap"' in str(filter_detail(given, "f")).replace("'", '"')
