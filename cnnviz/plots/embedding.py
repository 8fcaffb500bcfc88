"""Figures of an embedding: the map of the clips, the variance of its components."""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes

from cnnviz.errors import ShapeError
from cnnviz.plots._axes import CATEGORIES, axes_or_new, check_view
from cnnviz.results import Embedding

VIEWS = ("points", "variance")
_SQUARE_INCHES = (7.5, 5.5)
_MARKERS = "os^DvPX"  # seven, so that 140 pairs with 20 colours differ
_MOST_CLASSES = 40


def views(result: Embedding) -> tuple[str, ...]:  # noqa: ARG001 (interface)
    """Names of the figures of a result."""
    return VIEWS


def plot(
    result: Embedding,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    labels: Sequence[int] | np.ndarray | None = None,
    class_names: Sequence[str] = (),
) -> Axes:
    """Draw the map of the clips with its quality in the title.

    Parameters
    ----------
    result
        An embedding.
    view
        ``"points"`` or ``"variance"`` (share of each principal component).
    ax
        Axes to draw into; None: a new figure.
    labels
        Class index of each point, for colours and markers; -1 is grey. None: one colour.
    class_names
        Names that `labels` point into, for the legend.

    Raises
    ------
    ParameterError
        If there is no such view.
    ShapeError
        If there is not one label per point.
    """
    view = check_view(view, VIEWS)
    ax = axes_or_new(ax, size=_SQUARE_INCHES)
    if view == "variance":
        _variance(ax, result)
        return ax
    if labels is None:
        ax.scatter(result.points[:, 0], result.points[:, 1], s=14, alpha=0.8)
    else:
        _classes(ax, result.points, np.asarray(labels), class_names)
    ax.set_xlabel(_axis(result, 0))
    ax.set_ylabel(_axis(result, 1))
    ax.set_title(_title(result), fontsize="medium")
    return ax


def _axis(result: Embedding, axis: int) -> str:
    if result.method != "pca":
        return f"{result.method.upper()} {axis + 1} (arbitrary unit)"
    shares = result.explained_variance
    share = shares[axis] if axis < len(shares) else 0.0
    return f"principal component {axis + 1} ({share:.0%} of the variance)"


def _title(result: Embedding) -> str:
    pooling = "" if result.pooling == "none" else f" ({result.pooling.replace('_', ' and ')})"
    text = (
        f"{result.method.upper()} of {result.layer}{pooling}: trustworthiness "
        f"{result.trustworthiness:.2f}, continuity {result.continuity:.2f}"
    )
    if np.isnan(result.knn_purity):
        return text
    return (
        f"{text}\npurity of {result.purity_neighbors} neighbours {result.knn_purity:.2f} "
        f"(before projection {result.knn_purity_input:.2f}, chance {result.chance_purity:.2f})"
    )


def _classes(ax: Axes, points: np.ndarray, labels: np.ndarray, class_names: Sequence[str]) -> None:
    """One colour and marker per class, so that colour is never alone."""
    if labels.shape != points.shape[:1]:
        raise ShapeError(
            f"labels has shape {labels.shape}; allowed: one per point, ({len(points)},)"
        )
    pairs = colormaps[CATEGORIES].colors  # type: ignore[attr-defined]
    colours = [*pairs[::2], *pairs[1::2]]  # dark ones first
    for label in np.unique(labels):
        name = class_names[label] if 0 <= label < len(class_names) else "no label"
        x, y = points[labels == label].T
        ax.scatter(
            x,
            y,
            s=16,
            alpha=0.85,
            color="0.6" if label < 0 else colours[label % len(colours)],
            marker="." if label < 0 else _MARKERS[label % len(_MARKERS)],
            label=name if label < 0 or class_names else str(label),
        )
    if len(np.unique(labels)) <= _MOST_CLASSES:
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize="small", frameon=False)


def _variance(ax: Axes, result: Embedding) -> None:
    shares = 100 * result.explained_variance
    ax.bar(np.arange(1, len(shares) + 1), shares)
    ax.set_xlabel("principal component (number)")
    ax.set_ylabel("share of the variance (%)")
    ax.set_title(f"{result.layer}: {shares[:2].sum():.0f} % in the plane", fontsize="medium")
