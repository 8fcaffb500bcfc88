"""Marks of classes: none twice, and their colours apart for everybody."""

import re
from importlib.resources import files
from itertools import combinations

import numpy as np
import pytest

from reports.marks import N_COLOURS, N_MARKS, mark_of
from reports.svg import marks

CONES = {
    "all": np.eye(3),
    "no-red": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "no-green": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no-blue": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
"""Linear RGB as seen with these cones (Machado et al., 2009, severity 1)."""

TO_LMS = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
]
TO_LAB = [
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
]
"""Ottosson (2020), A perceptual color space for image processing."""


def linear(colour):
    values = np.array([int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def oklab(rgb):
    return np.array(TO_LAB) @ np.cbrt(np.array(TO_LMS) @ np.clip(rgb, 0, 1))


def luminance(rgb):
    return float(rgb @ [0.2126, 0.7152, 0.0722])


CSS = files("reports").joinpath("static", "report.css").read_text()


def palette(theme):
    """Card and class colours of a theme, as the style sheet has them."""
    pairs = dict(re.findall(r"--(card|c\d): light-dark\((.*?)\);", CSS))
    of_theme = {name: pair.split(", ")[theme == "dark"] for name, pair in pairs.items()}
    return of_theme["card"], [of_theme[f"c{k}"] for k in range(N_COLOURS)]


def test_no_two_classes_share_a_mark():
    assert len({mark_of(k) for k in range(N_MARKS)}) == N_MARKS == 72


def test_neighbouring_classes_differ_in_colour_and_in_shape():
    for one, other in zip(map(mark_of, range(35)), map(mark_of, range(1, 36)), strict=True):
        assert one.colour != other.colour
        assert one.shape != other.shape


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


def test_all_clips_of_a_class_are_one_element():
    drawn = marks([10, 20], [5, 5], mark_of(1))

    assert drawn.count("<path") == 1
    assert 'class="dot c1"' in drawn
    assert "M10.0 5.0m" in drawn
    assert "M20.0 5.0m" in drawn
