"""A figure's JSON depends on the figure alone."""

import json

import numpy as np
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure

from reports.figures import json_item


def _line():
    plot = figure(width=300, height=200)
    source = ColumnDataSource({"x": np.arange(3.0), "y": np.array([1.0, np.nan, 2.0])}, name="a")
    plot.line("x", "y", source=source)
    return plot


def _ids(value):
    if isinstance(value, list):
        return [i for entry in value for i in _ids(entry)]
    if isinstance(value, dict):
        own = [value["id"]] if "id" in value else []
        return own + [i for entry in value.values() for i in _ids(entry)]
    return []


def test_equal_figures_give_equal_text():
    first, second = json_item(_line(), "f"), json_item(_line(), "f")

    assert json.dumps(first) == json.dumps(second)


def test_figures_of_different_names_share_no_id():
    first, second = json_item(_line(), "f"), json_item(_line(), "g")

    assert not set(_ids(first)) & set(_ids(second))


def test_ids_are_renamed_one_to_one():
    item = json_item(_line(), "f")

    assert all(i.startswith("f-") for i in _ids(item))
    assert item["root_id"] == item["doc"]["roots"][0]["id"]


def test_text_is_strict_json_even_with_nan():
    item = json_item(_line(), "f")

    assert json.loads(json.dumps(item, allow_nan=False)) == item
