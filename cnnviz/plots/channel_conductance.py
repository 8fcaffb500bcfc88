"""Figures of conductance: the mean over clips by frequency, and single clips."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.plots._axes import WIDTH, axes_or_new
from cnnviz.plots._choices import Views, check_choice, check_view
from cnnviz.plots._fit import finish
from cnnviz.plots._marks import colour
from cnnviz.results.channel_conductance import ChannelConductance

VIEWS = ("mean", "clip")


def views(result: ChannelConductance) -> Views:
    """Views of a result, with the clips that were explained."""
    return {"mean": {}, "clip": {"clip": tuple(result.clip_index.tolist())}}


def plot(
    result: ChannelConductance,
    view: str | None = None,
    *,
    ax: Axes | None = None,
    width: float = WIDTH,
    clip: int | None = None,
) -> Axes:
    """Draw the conductance of channels over their centre frequency.

    Parameters
    ----------
    result
        Channel conductance.
    view
        ``"mean"`` over clips with its 95 % interval, or one ``"clip"``. None: the first.
    ax
        Axes to draw into; None: new ones.
    width
        Inches of a new figure.
    clip
        An explained clip, by its number in the run; None: the first.

    Raises
    ------
    ParameterError
        If there is no such view or clip.
    """
    view = check_view(view, views(result))
    clips = result.clip_index.tolist()
    ax = axes_or_new(ax, width=width)
    if view == "mean":
        values, of = result.mean, f"mean over {len(clips)} clips, bars: 95 % by resampling them"
        ax.vlines(result.centre_hz, result.low, result.high, color="0.75", lw=1)
    else:
        row = clips.index(check_choice("clip", clip, clips))
        values, of = result.conductance[row], f"clip {clips[row]}: {result.target.words[row]}"
    order = np.argsort(result.centre_hz, kind="stable")
    style = "-" if result.cell == "band" else ""
    ax.plot(result.centre_hz[order], values[order], ls=style, marker=".", ms=4, color=colour(1))
    ax.axhline(0, color="0.5", linewidth=0.5)
    ax.set_xlabel(f"centre frequency of the {result.cell} (Hz)")
    ax.set_ylabel("conductance (unit of the score)")
    ax.set_title(f"{result.layer}: conductance, {of}")
    return finish(ax)
