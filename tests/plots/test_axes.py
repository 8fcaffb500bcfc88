"""Every figure: labels with units, the caller's axes, no global state, clear refusals."""

from importlib import import_module

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from cnnviz.errors import ParameterError
from cnnviz.plots._axes import axes_or_new, cell_edges, symmetric_limit

DRAWN = ["attribution", "clip_gallery", "embedding", "evaluation", "feature_maps"]
DRAWN = [*DRAWN, "layer_statistics", "unit_exemplars"]
VIEWS = [(name, view) for name in DRAWN for view in import_module(f"cnnviz.plots.{name}").VIEWS]


def settings():
    """All settings but the backend, which matplotlib looks up when it is read."""
    return {k: v for k, v in matplotlib.rcParams.items() if k != "backend"}


@pytest.mark.parametrize(("name", "view"), VIEWS, ids=[f"{n}-{v}" for n, v in VIEWS])
def test_both_axes_carry_a_quantity_and_a_unit_or_are_names(name, view, request):
    ax = request.getfixturevalue(name).plot(view)

    for label in (ax.get_xlabel(), ax.get_ylabel()):
        assert "(" in label or label in {"layer", "class", "true class", "predicted class"}


@pytest.mark.parametrize(("name", "view"), VIEWS, ids=[f"{n}-{v}" for n, v in VIEWS])
def test_a_figure_draws_into_the_axes_it_is_given_and_changes_no_setting(name, view, request):
    figure, before = Figure(), settings()
    ax = figure.add_subplot()

    drawn = request.getfixturevalue(name).plot(view, ax=ax)

    assert drawn is ax
    assert settings() == before
    figure.draw_without_rendering()


@pytest.mark.parametrize("name", DRAWN)
def test_an_unknown_view_lists_the_known_ones(name, request):
    first = next(view for drawn, view in VIEWS if drawn == name)

    with pytest.raises(ParameterError, match=rf"view='spiral'; allowed: {first}"):
        request.getfixturevalue(name).plot("spiral")


def test_new_axes_belong_to_a_figure_of_their_own():
    first, second = axes_or_new(None), axes_or_new(None, width=3, height=2)

    assert first.figure is not second.figure
    assert second.figure.get_size_inches().tolist() == [3, 2]


@pytest.mark.parametrize(
    ("values", "limit"),
    [([-3.0, 2.0], 3), ([np.nan, 1.0, -np.inf], 1), ([0.0, 0.0], 1), ([], 1)],
)
def test_a_diverging_scale_is_symmetric_whatever_the_values(values, limit):
    assert symmetric_limit(np.array(values)) == limit


@pytest.mark.parametrize(
    ("centres", "edges"),
    [([1.0, 2.0, 4.0], [0.5, 1.5, 3.0, 5.0]), ([7.0], [6.5, 7.5])],
)
def test_cells_end_half_way_between_their_centres(centres, edges):
    assert cell_edges(np.array(centres)).tolist() == edges
