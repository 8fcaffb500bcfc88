"""Marks of classes: none twice, and their colours apart for everybody, on pages and on paper."""

import re
from importlib.resources import files
from itertools import combinations

import numpy as np
import pytest

from cnnviz.marks import COLOURS, N_MARKS, mark_of
from tests.colour_vision import CONES, linear, luminance, oklab

CSS = files("reports").joinpath("static", "report.css").read_text()


def palette(theme):
    """Card and class colours of a theme, as the style sheet has them."""
    pairs = dict(re.findall(r"--(card|c\d): light-dark\((.*?)\);", CSS))
    of_theme = {name: pair.split(", ")[theme == "dark"] for name, pair in pairs.items()}
    return of_theme["card"], [of_theme[f"c{k}"] for k in range(len(COLOURS))]


def test_no_two_classes_share_a_mark():
    assert len({mark_of(k) for k in range(N_MARKS)}) == N_MARKS == 72


def test_neighbouring_classes_differ_in_colour_and_in_shape():
    for one, other in zip(map(mark_of, range(35)), map(mark_of, range(1, 36)), strict=True):
        assert one.colour != other.colour
        assert one.shape != other.shape


def test_figures_have_the_colours_of_light_pages():
    assert palette("light") == ("#ffffff", list(COLOURS))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("cones", CONES.values(), ids=CONES)
def test_class_colours_stay_apart_for_every_kind_of_colour_vision(cones, theme):
    _, colours = palette(theme)

    seen = [oklab(np.array(cones) @ linear(colour)) for colour in colours]

    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 0.12


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_class_colours_stand_out_from_the_card(theme):
    card, colours = palette(theme)

    for colour in colours:
        low, high = sorted((luminance(linear(card)), luminance(linear(colour))))
        assert (high + 0.05) / (low + 0.05) >= 3  # WCAG 2.2, 1.4.11
