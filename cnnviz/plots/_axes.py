"""What all figures share: Axes without pyplot's global state, colour scales with units."""

from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

DIVERGING, SEQUENTIAL = "RdBu_r", "viridis"
WIDTH = 7.0
"""Inches across both columns of a paper; one column is 3.3."""
_PRINT_DPI, _SCREEN_DPI = 300, 110
_MOST_INCHES = 9.0


class ShownAxes(Axes):
    """Axes that show themselves in a notebook."""

    def _repr_png_(self) -> bytes:
        return to_png(self)


def to_png(ax: Axes) -> bytes:
    """Draw the figure of `ax` as a PNG for the screen."""
    return to_file(ax, "png", dpi=_SCREEN_DPI, metadata={"Software": None})


def to_file(ax: Axes, kind: str, **options: Any) -> bytes:
    """Bytes of the figure of `ax` as a file for print: ``"pdf"``, ``"svg"`` or ``"png"``."""
    picture = BytesIO()
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.savefig(picture, format=kind, **{"dpi": _PRINT_DPI, **options})
    return picture.getvalue()


def axes_or_new(
    ax: Axes | None, *, width: float = WIDTH, height: float | None = None, n_rows: int = 0
) -> Axes:
    """Give `ax` back, or the only axes of a new figure.

    Parameters
    ----------
    ax
        The caller's; None: new ones, which show themselves in a notebook.
    width
        Inches of the figure.
    height
        Inches; None: a flat figure.
    n_rows
        Named rows that must find room, one line of text each.
    """
    if ax is not None:
        return ax
    height = 1.35 + 0.32 * width if height is None else height
    height = min(max(height, 0.9 + 0.135 * n_rows), _MOST_INCHES)
    figure = Figure(figsize=(width, height), layout="constrained", dpi=_PRINT_DPI)
    return figure.add_subplot(axes_class=ShownAxes)


def symmetric_limit(values: np.ndarray) -> float:
    """Largest absolute finite value, for a colour map centred on zero; 1 where all is zero."""
    finite = np.abs(values[np.isfinite(values)])
    limit = float(finite.max()) if finite.size else 0.0
    return limit if limit > 0 else 1.0


def cell_edges(centres: np.ndarray) -> np.ndarray:
    """Edges (n + 1,) half-way between the centres (n,) of cells; one cell is one unit wide."""
    if len(centres) == 1:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    middles = (centres[1:] + centres[:-1]) / 2
    first, last = 2 * centres[0] - middles[0], 2 * centres[-1] - middles[-1]
    return np.concatenate([[first], middles, [last]])


def add_colour_bar(ax: Axes, mappable: ScalarMappable, label: str) -> None:
    """Add a labelled colour bar beside `ax`; `label` ends with the unit."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    bar = figure.colorbar(mappable, ax=ax, label=label, aspect=30, pad=0.02)
    for spine in bar.ax.spines.values():
        spine.set_linewidth(0.5)
