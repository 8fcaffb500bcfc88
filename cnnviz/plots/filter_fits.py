"""Figures of parametric fits: how well each family fits, and one filter with its fit."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.plots._axes import WIDTH, axes_or_new
from cnnviz.plots._choices import Views, check_choice, check_view
from cnnviz.plots._fit import finish
from cnnviz.plots._marks import add_legend, colour, marker
from cnnviz.results.filter_fits import NONE, FilterFits

VIEWS = ("r2", "fit")


def views(result: FilterFits) -> Views:
    """Views, with the filters that were fitted."""
    return {"r2": {}, "fit": {"index": tuple(result.filter_index.tolist())}}


def plot(
    result: FilterFits,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
    index: int | None = None,
) -> Axes:
    """Draw the fits of a layer's filters.

    Parameters
    ----------
    result
        Filter fits.
    view
        ``"r2"``: share of energy that each family takes, of all filters, full marks beyond
        chance; ``"fit"``: taps of one filter and its best fit. None: the first.
    ax
        Axes to draw into; None: new ones.
    width
        Inches of a new figure.
    index
        Number of a fitted filter in its layer; None: the one of the highest R2.

    Raises
    ------
    ParameterError
        If there is no such view or filter.
    """
    view = check_view(view, views(result))
    numbers = result.filter_index.tolist()
    if index is not None:
        check_choice("index", index, numbers)
    ax = axes_or_new(ax, width=width)
    if view == "r2":
        _all(ax, result)
    else:
        _one(ax, result, _clearest(result) if index is None else numbers.index(index))
    return finish(ax)


def _all(ax: Axes, result: FilterFits) -> None:
    order = np.argsort(-np.max([np.nan_to_num(fit.r2) for fit in result.fits], axis=0))
    handles, names = [], []
    for k, fit in enumerate(result.fits):
        r2, is_beyond = fit.r2[order], (fit.r2 > fit.limit)[order]
        ranks = np.arange(len(r2))
        shape, hue = marker(k), colour(k)
        rest = r2[~is_beyond]
        ax.plot(ranks[~is_beyond], rest, ls="", marker=shape, ms=3.5, color=hue, mfc="none")
        handles += ax.plot(ranks[is_beyond], r2[is_beyond], ls="", marker=shape, ms=3.5, color=hue)
        names.append(fit.family)
    ax.set_ylim(-0.03, 1.03)
    ax.set_xlabel("filter, best fit first (hollow: not beyond shuffled taps)")
    ax.set_ylabel("R² of the fit")
    ax.set_title(f"{result.layer}: parametric fits")
    add_legend(ax, handles, names)


def _one(ax: Axes, result: FilterFits, row: int) -> None:
    milliseconds = 1000 * np.arange(result.taps.shape[1]) / result.sample_rate
    (own,) = ax.plot(milliseconds, result.taps[row], color=colour(0), lw=1)
    (fitted,) = ax.plot(milliseconds, result.fitted[row], "--", color=colour(1), lw=1)
    best = result.best(row)
    words = best.family if result.chosen[row] != NONE else f"{best.family}, not beyond chance"
    ax.set_xlabel("time (ms)")
    ax.set_ylabel("weight")
    number, r2 = result.filter_index[row], best.r2[row]
    ax.set_title(f"{result.layer}, filter {number}: {words} (R² = {r2:.2f})")
    add_legend(ax, [own, fitted], ["taps", "fit"])


def _clearest(result: FilterFits) -> int:
    return int(np.argmax([np.nan_to_num(result.best(k).r2[k]) for k in range(len(result.chosen))]))
