"""The filters chapter: every filter is shown, addressed and described in its units."""

import re
from dataclasses import replace

import numpy as np
import pytest
from synthetic import bank, gabors, responses, second_bank, spectrogram_bank, table

from cnnviz.dsp.coverage import measure_coverage
from cnnviz.run import Run
from reports import parts
from reports.page import walk
from reports.sections._filter_charts import charts, overview
from reports.sections._filter_tiles import tiles
from reports.sections.filter_responses import N_TILES, section


def _found(chapter, kind):
    return [part for part in walk(chapter.parts) if isinstance(part, kind)]


def test_without_filters_there_is_no_chapter():
    assert section(Run(results=[])) is None


@pytest.mark.parametrize("make", [bank, second_bank, spectrogram_bank])
def test_every_filter_has_a_row_a_tile_and_a_view(make):
    given = make()
    result = responses(given)
    fragments = {result.fragment(f"filter={given.layer}:{k}") for k in range(len(given.order))}

    chapter = section(Run(results=[result]))

    (table_part,) = _found(chapter, parts.Table)
    (detail,) = _found(chapter, parts.Interactive)
    assert {row[0].target for row in table_part.rows} == fragments
    assert set(detail.views) == fragments
    assert {part.target for part in _found(chapter, parts.Vector) if part.target} == fragments


def test_rows_are_in_the_order_of_the_bank():
    given = bank()

    (shown,) = _found(section(Run(results=[responses(given)])), parts.Table)

    assert [row[0].text for row in shown.rows] == [str(k) for k in given.order]


def test_columns_that_hold_nothing_are_left_out():
    numbers = {name: getattr(table(8), name) for name in table(8).__dataclass_fields__}
    empty = numbers | {"peak_hz": np.full(8, np.nan)}
    given = spectrogram_bank()
    without = bank(
        np.ones((8, 5)),
        table=type(given.table)(**empty),
        order=np.arange(8),
    )

    (shown,) = _found(section(Run(results=[responses(without)])), parts.Table)

    assert "Peak" not in [column.name for column in shown.columns]


def test_dead_untuned_and_repeating_filters_carry_badges():
    (shown,) = _found(section(Run(results=[responses(bank())])), parts.Table)

    badges = {cell.text: cell.tone for row in shown.rows for cell in row if hasattr(cell, "tone")}
    assert badges["dead"] == "bad"
    assert badges["untuned"] == "warn"
    assert badges["0 (r = 0.98)"] == "warn"


def test_the_centroid_is_written_in_milliseconds():
    given = bank()

    (shown,) = _found(section(Run(results=[responses(given)])), parts.Table)

    column = [c.name for c in shown.columns].index("Centroid")
    assert shown.columns[column].unit == "ms"
    values = [row[column] for row in shown.rows]
    np.testing.assert_allclose(values, 1000 * given.table.centroid_seconds[given.order])


def test_the_overview_peaks_at_each_filters_centre():
    given = bank()

    raster = overview(given, given.responses)

    centres = given.responses.frequencies[given.responses.magnitudes_db.argmax(axis=1)][given.order]
    live = ~given.table.dead[given.order]
    column = raster.values.argmax(axis=1) * raster.x.stop / raster.values.shape[1]
    assert np.abs(column - centres)[live].max() <= 2 * raster.x.stop / raster.values.shape[1]
    assert np.nanmax(raster.values) == 0.0
    assert np.isnan(raster.values[~live]).all()


def test_two_filters_of_one_response_cover_three_decibels_more():
    taps = gabors(1)
    once, twice = bank(taps), bank(np.repeat(taps, 2, axis=0))

    levels = [
        measure_coverage(b.responses.magnitudes_db, b.responses.frequencies).levels_db
        for b in (once, twice)
    ]
    np.testing.assert_allclose(levels[1] - levels[0], 3.0103, atol=1e-3)


def _coverage_caption(taps):
    given = bank(taps)
    return charts(given, given.responses)[-1].caption


def test_what_nobody_hears_is_named():
    impulse = np.zeros((1, 64))
    impulse[0, 0] = 1.0
    notch = np.zeros((1, 3))
    notch[0] = [1, 0, 1]  # zero at a quarter of the sample rate, 4 kHz

    assert _coverage_caption(impulse).endswith("none.")
    assert re.search(r"3,\d{3} to 4,\d{3} Hz", _coverage_caption(notch))


def test_a_notch_narrower_than_a_hundredth_of_the_axis_is_no_hole():
    given = bank()
    levels = np.zeros_like(given.responses.magnitudes_db)
    levels[:, 500:505] = -60.0  # 31 Hz of 8,000

    coverage = charts(given, replace(given.responses, magnitudes_db=levels))[-1]

    assert coverage.caption.endswith(
        "10 dB below its median in the pass bands, dashed, over 1% of the axis or more): none."
    )


def test_hundreds_of_filters_stay_light():
    given = bank(gabors(300))

    pictures = tiles(given, range(300))

    assert max(len(picture.svg) for picture in pictures) < 2900
    assert sum(picture.svg.count("<") for picture in pictures) < 300 * 12


def test_more_filters_than_tiles_are_announced():
    given = bank(gabors(N_TILES + 20))

    multiples = _found(section(Run(results=[responses(given)])), parts.Multiples)[0]

    assert len(multiples.parts) == N_TILES
    assert f"Showing {N_TILES} of {N_TILES + 20} filters" in multiples.caption


def test_the_policy_and_units_that_are_not_known_are_said():
    chapter = section(Run(results=[responses(second_bank(), spectrogram_bank())]))

    texts = [part.text for part in _found(chapter, parts.Paragraph)]
    captions = [part.caption for part in _found(chapter, parts.Interactive)]
    assert any("ReLU taken as gain 1" in text for text in texts)
    assert "cycles/octave at 1,000 Hz" in captions[0]
    assert "cycles/channel" in captions[1]


def test_a_bank_of_dead_filters_has_a_chapter():
    nothing = np.full((4, 33), np.nan, np.float32)
    given = bank(np.ones((4, 8)))
    silent = replace(
        given.responses,
        magnitudes_db=nothing,
        phases=nothing,
        group_delays=nothing,
        frequencies=np.linspace(0, 8000, 33),
    )

    assert section(Run(results=[responses(replace(given, responses=silent))])) is not None
