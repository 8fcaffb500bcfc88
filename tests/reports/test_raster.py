"""Rasters: pixels have the colours of the values, row 0 lies at the bottom."""

import io

import numpy as np
import pytest
from matplotlib import colormaps
from PIL import Image

from cnnviz.errors import ParameterError
from reports.raster import colours, limits, png


def pixels(encoded: bytes) -> np.ndarray:
    """Decoded picture uint8 (row, column, 4)."""
    return np.asarray(Image.open(io.BytesIO(encoded)).convert("RGBA"))


@pytest.mark.parametrize("palette", ["viridis", "magma", "cividis"])
def test_colours_are_those_of_matplotlib(palette: str) -> None:
    expected = colormaps[palette](np.linspace(0, 1, 255))[:, :3] * 255

    # 17 anchors with linear steps: no channel is off by more than 5 % of its range
    assert np.abs(colours(palette).astype(float) - expected).max() <= 12


def test_values_become_the_colours_of_their_share() -> None:
    values = np.array([[0.0, 1.0], [2.0, np.nan]])
    table = colours("viridis")

    drawn = pixels(png(values, lowest=0.0, highest=2.0, palette="viridis"))

    assert drawn[1, 0, :3].tolist() == table[0].tolist()
    assert drawn[1, 1, :3].tolist() == table[127].tolist()
    assert drawn[0, 0, :3].tolist() == table[254].tolist()
    assert drawn[..., 3].tolist() == [[255, 0], [255, 255]]


def test_a_diverging_map_is_centred_on_zero() -> None:
    assert limits(np.array([-1.0, 3.0]), None, None, "diverging") == (-3.0, 3.0)


def test_constant_and_empty_values_have_a_range() -> None:
    assert limits(np.array([2.0]), None, None, "viridis") == (2.0, 3.0)
    assert limits(np.array([np.nan]), None, None, "viridis") == (0.0, 1.0)


def test_an_unknown_palette_is_named() -> None:
    with pytest.raises(ParameterError, match="palette='jet'; allowed: viridis, magma"):
        colours("jet")
