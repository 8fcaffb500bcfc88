"""Figures of an embedding: the map of the clips, the variance of its components."""

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from cnnviz.errors import ShapeError
from cnnviz.marks import N_MARKS
from cnnviz.plots._axes import WIDTH, axes_or_new
from cnnviz.plots._choices import Views, check_view
from cnnviz.plots._fit import finish
from cnnviz.plots._marks import GREY, add_legend, colour, marker
from cnnviz.results import Embedding

VIEWS = ("points", "variance")
_ABSENT = MappingProxyType({"variance": "its method has no components with shares of it"})
_MANY_POINTS = 1000
_NO_LABEL = "no label"


def views(result: Embedding) -> Views:
    """Views of a result; `labels` are one per point, and those listed are its own classes."""
    points = {"points": {"labels": result.class_names}}
    has_shares = result.method == "pca" and len(result.explained_variance) > 0
    return {**points, **({"variance": {}} if has_shares else {})}


def plot(
    result: Embedding,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
    labels: Sequence[int] | Sequence[str] | np.ndarray | None = None,
) -> Axes:
    """Draw the map of the clips with its quality in the title.

    Parameters
    ----------
    result
        An embedding.
    view
        ``"points"`` or ``"variance"`` (share of each principal component).
    ax
        Axes to draw into; None: new ones.
    width
        Inches of a new figure.
    labels
        Of each point, for colours and markers: a name (empty: none), or the number of a class
        of the result (-1: none); None: the classes of the clips.

    Raises
    ------
    ParameterError
        If there is no such view.
    ShapeError
        If there is not one label per point.
    """
    view = check_view(view, views(result), _ABSENT)
    if view == "variance":
        ax = axes_or_new(ax, width=width)
        _variance(ax, result)
        return finish(ax)
    ax = axes_or_new(ax, width=width, height=min(0.6 + 0.72 * width, 4.8))
    names = _names(result, labels)
    if any(names):
        _classes(ax, result.points, names, order=result.class_names)
    else:
        x, y = result.points.T
        ax.scatter(x, y, s=_area(len(x)), alpha=0.8, color=colour(0), lw=0)
    ax.set_xlabel(_axis(result, 0))
    ax.set_ylabel(_axis(result, 1))
    ax.set_title(_title(result))
    return finish(ax)


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


def _names(
    result: Embedding, labels: Sequence[int] | Sequence[str] | np.ndarray | None
) -> tuple[str, ...]:
    """Name of each point's class, empty without one; () where nothing is known."""
    given = np.asarray(result.labels if labels is None else labels)
    if labels is None and result.labels is None:
        return ()
    if given.shape != result.points.shape[:1]:
        raise ShapeError(
            f"labels has shape {given.shape}; allowed: one per point, ({len(result.points)},)"
        )
    if given.dtype.kind not in "iub":
        return tuple(map(str, given))
    classes = result.class_names
    return tuple(
        "" if k < 0 else classes[k] if k < len(classes) else f"class {k}" for k in given.tolist()
    )


def _classes(ax: Axes, points: np.ndarray, names: Sequence[str], *, order: Sequence[str]) -> None:
    """One colour and marker per class, so that colour is never alone; what has none is grey.

    A class of the result has the mark that it has on a page. Of more classes than there are marks,
    those with most points are told apart.
    """
    of_point = np.asarray(names)
    classes, counts = np.unique(of_point[of_point != ""], return_counts=True)
    rank = {name: k for k, name in enumerate(order)}
    most = classes[np.argsort(-counts, kind="stable")[:N_MARKS]].tolist()
    told = sorted(most, key=lambda name: (rank.get(name, len(rank)), name))
    others = ~np.isin(of_point, told)
    area, handles, shown = _area(len(points)), [], []
    if others.any():
        x, y = points[others].T
        shown.append("others" if len(told) < len(classes) else _NO_LABEL)
        handles.append(ax.scatter(x, y, s=area / 2, color=GREY, marker=".", lw=0))
    is_known = len(rank) <= N_MARKS and rank.keys() >= set(told)
    for k, name in enumerate(told):
        number = rank[name] if is_known else k
        x, y = points[of_point == name].T
        look = {"color": colour(number), "marker": marker(number), "label": name}
        handles.append(ax.scatter(x, y, s=area, alpha=0.85, lw=0.7, **look))
        shown.append(name)
    add_legend(ax, handles, shown)


def _area(n_points: int) -> float:
    """Size of a mark in square points."""
    return 14.0 if n_points <= _MANY_POINTS else 5.0


def _variance(ax: Axes, result: Embedding) -> None:
    shares = 100 * result.explained_variance
    ax.bar(np.arange(1, len(shares) + 1), shares, color=colour(0))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("principal component (number)")
    ax.set_ylabel("share of the variance (%)")
    ax.set_title(f"{result.layer}: {shares[:2].sum():.0f} % in the plane")
