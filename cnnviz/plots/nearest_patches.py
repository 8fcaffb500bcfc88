"""Figure of the patches that are nearest to decisive stretches."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.plots._axes import WIDTH, axes_or_new
from cnnviz.plots._choices import Views, check_view
from cnnviz.plots._fit import finish
from cnnviz.plots._marks import GREY, add_legend, colour
from cnnviz.results.nearest_patches import NearestPatches

VIEWS = ("cosines",)


def views(result: NearestPatches) -> Views:  # noqa: ARG001 (what every plot takes)
    """Views of a result; the one shows all explained clips."""
    return {view: {} for view in VIEWS}


def plot(
    result: NearestPatches,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
) -> Axes:
    """Draw how near the nearest patches of other clips are.

    Parameters
    ----------
    result
        Decisive stretches and their nearest patches.
    view
        ``"cosines"``: of each explained clip, beside what random times give. None: that.
    ax
        Axes to draw into; None: new ones.
    width
        Inches of a new figure.

    Raises
    ------
    ParameterError
        If there is no such view.
    """
    check_view(view, views(result))
    rows = np.arange(len(result.cosines))
    ax = axes_or_new(ax, width=width, n_rows=len(rows))
    n_ranks = result.cosines.shape[1]
    (near,) = ax.plot(
        result.cosines.ravel(), np.repeat(rows, n_ranks), ls="", marker="o", ms=4, color=colour(0)
    )
    (own,) = ax.plot(result.stretches_95, rows, ls="", marker="|", ms=12, color=colour(1))
    (pairs,) = ax.plot(result.pairs_95, rows, ls="", marker="|", ms=12, color=GREY)
    ax.set_yticks(rows, [result.name_of(int(clip)) for clip in result.decisive.clip_index])
    ax.invert_yaxis()
    ax.set_xlabel("cosine with the decisive patch")
    ax.set_title(f"{result.layer}: patches nearest to decisive stretches", parse_math=False)
    names = ("nearest patches", "95 % of stretches of the clip", "95 % of pairs at random times")
    add_legend(ax, [near, own, pairs], names)
    return finish(ax)
