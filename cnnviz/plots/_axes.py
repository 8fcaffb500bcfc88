"""What all figures share: an Axes without pyplot's global state, colour scales with units."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from cnnviz.errors import ParameterError

DIVERGING, SEQUENTIAL, CATEGORIES = "RdBu_r", "viridis", "tab20"
_FIGURE_INCHES = (8.0, 3.6)


def axes_or_new(ax: Axes | None, *, size: tuple[float, float] = _FIGURE_INCHES) -> Axes:
    """Give `ax` back, or the only axes of a new figure of `size` inches."""
    if ax is not None:
        return ax
    return Figure(figsize=size, layout="constrained").add_subplot()


def check_view(view: str | None, views: tuple[str, ...]) -> str:
    """Give the view to draw; None is the first.

    Raises
    ------
    ParameterError
        If the result type has no such view.
    """
    if view is None:
        return views[0]
    if view not in views:
        raise ParameterError(f"view={view!r}; allowed: {', '.join(views)}")
    return view


def check_index(name: str, index: int, n: int) -> int:
    """Give an index back.

    Raises
    ------
    ParameterError
        If it is not in 0 ... n - 1.
    """
    if not 0 <= index < n:
        raise ParameterError(f"{name}={index}; allowed: 0 to {n - 1}")
    return index


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
    ax.get_figure(root=True).colorbar(mappable, ax=ax, label=label)  # type: ignore[union-attr]
