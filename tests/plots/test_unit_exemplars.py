"""Exemplars stand at their seconds, units by selectivity, layers by sparseness."""

from dataclasses import replace

import numpy as np
import pytest

from cnnviz.errors import ParameterError
from cnnviz.plots.unit_exemplars import plot


def test_exemplars_lie_where_they_sound_with_rank_clip_and_class(unit_exemplars):
    ax = plot(unit_exemplars, layer="conv2", index=1)

    (bars,) = ax.collections
    boxes = [path.get_extents() for path in bars.get_paths()]
    assert [box.x0 for box in boxes] == pytest.approx([0.2, 0.3, 0.1, 0.0])
    assert [box.width for box in boxes] == pytest.approx([0.3] * 4)
    assert bars.get_array().tolist() == [6, 5, 1, 1]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [
        "top 1: clip 2, $no_",
        "top 2: clip 3, $no_",
        "median: clip 1, yes",
        "least: clip 0, yes",
    ]


def test_the_unit_most_worth_a_look_comes_first(unit_exemplars):
    assert unit_exemplars.views["exemplars"] == {"layer": ("conv1", "conv2"), "index": (0, 1, 2)}
    assert plot(unit_exemplars).get_title() == "conv1, unit 0: clips it responds to"


def test_selective_units_are_told_from_others_and_the_silent_left_out(unit_exemplars):
    selective, others = plot(unit_exemplars, "selectivity").collections

    assert selective.get_offsets().tolist() == [[0, 0.8], [1, 0.69]]
    assert others.get_offsets().tolist() == [[2, 0.2]]


def test_sparseness_has_medians_of_units_and_of_clips(unit_exemplars):
    lines = plot(unit_exemplars, "sparseness").lines

    medians = [line.get_xdata()[0] for line in lines if line.get_marker() in "os"]
    assert medians == pytest.approx([0.4, 0.4])


def test_without_classes_there_is_no_selectivity(unit_exemplars):
    layers = tuple(replace(one, selectivity=None) for one in unit_exemplars.layers)

    with pytest.raises(ParameterError, match="fewer than two classes of clips are known"):
        plot(replace(unit_exemplars, layers=layers), "selectivity")


def test_a_silent_unit_has_no_exemplars(unit_exemplars):
    with pytest.raises(ParameterError, match="index=3; allowed: 0, 1, 2"):
        plot(unit_exemplars, "exemplars", index=3)


def test_the_table_has_one_row_per_unit(unit_exemplars):
    table = unit_exemplars.to_dataframe()

    assert len(table) == 8
    row = table.iloc[1]
    assert (row["layer"], row["channel"], row["best_class"]) == ("conv1", 1, "$no_")
    assert (row["top_1_clip"], row["least_clip"]) == (2, 0)
    assert row["top_1_value"] == 6
    assert np.isnan(table.iloc[3]["selectivity"])
