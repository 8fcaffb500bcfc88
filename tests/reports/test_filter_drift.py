"""The charts of drift: what stands in their numbers, and that older files have none."""

from dataclasses import replace

import numpy as np
from synthetic import bank, responses

from cnnviz.results import FilterDrift
from reports.sections._filter_drift import drift


def moved(n: int) -> FilterDrift:
    changes = np.zeros(n)
    changes[2] = 2.0
    return FilterDrift(
        initial_centre_hz=np.geomspace(200, 4000, n),
        centre_change_hz=100 * changes,
        centre_change_erbs=changes,
        erb_change_hz=changes,
        spectral_distance=changes / 4,
        norm_ratio=np.ones(n),
        moved_share=1 / n,
    )


def test_a_file_of_an_earlier_version_has_no_chart() -> None:
    assert drift(bank()) == ()


def test_each_filter_has_a_row_with_its_changes() -> None:
    given = bank()
    n = len(given.order)

    (charts,) = drift(replace(given, drift=moved(n)))

    heads, *rows = [line.split(",") for line in charts.data.text.splitlines()]
    assert heads[:4] == ["filter", "drift_cosine", "initial_centre_hz", "centre_change_hz"]
    assert len(rows) == n
    assert rows[2][3:5] == ["200", "2"]
    centres, distances = charts.parts
    n_live = int((~given.table.dead).sum())
    assert centres.svg.count("h0") == distances.svg.count("h0") == n_live


def test_both_views_are_drawn() -> None:
    given = bank()
    result = replace(responses(), banks=(replace(given, drift=moved(len(given.order))),))

    ax = result.plot("drift")
    assert len(ax.lines[0].get_xdata()) == int((~given.table.dead).sum())
    assert result.plot("spectral_drift").get_ylabel().startswith("Jensen-Shannon")
    assert "drift" not in responses().views
