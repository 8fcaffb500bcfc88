"""Views of a whole bank: centres, bandwidths, responses taken together, likeness of all pairs."""

import numpy as np
from matplotlib.axes import Axes

from cnnviz.dsp.coverage import cumulate, measure_coverage
from cnnviz.dsp.redundancy import likeness
from cnnviz.dsp.scale_comparison import even_steps, trend_line
from cnnviz.dsp.scales import erb_hz
from cnnviz.plots._axes import SEQUENTIAL, add_colour_bar
from cnnviz.plots._marks import add_legend, colour, line, marker
from cnnviz.results import Bank

_RANGE_DB = 60.0
_HEARING = "ERB"


def draw_centres(ax: Axes, bank: Bank, _: int | None) -> None:
    """Draw sorted centres, with even steps on the scales; on ERB where none was compared."""
    centres = np.sort(bank.table.centre_hz[_centred(bank)])
    ax.semilogy(centres, "o", ms=3, color=colour(0))
    if len(centres) > 1:
        steps, scales = even_steps(centres), None if bank.summary is None else bank.summary.scales
        handles, names = [], []
        for name in () if scales is None else scales.rejected:
            rejected = ax.semilogy(steps.ranks, steps.hertz[name], ":", lw=0.8, color="0.6")
            if name == scales.rejected[-1]:  # type: ignore[union-attr]
                handles, names = rejected, ["rejected scales"]
        for k, name in enumerate((_HEARING,) if scales is None else scales.compatible, start=1):
            mark = {"ls": line(k), "lw": 1, "color": colour(k)}
            handles += ax.semilogy(steps.ranks, steps.hertz[name], **mark)
            names.append(f"even steps, {name}")
        add_legend(ax, handles[::-1], names[::-1])
    ax.set_xlabel("filter (rank)")
    ax.set_ylabel("centre frequency (Hz)")
    ax.set_title(bank.layer)


def draw_widths(ax: Axes, bank: Bank, _: int | None) -> None:
    """Draw bandwidths over centres, with those of hearing and the fitted power."""
    assert bank.responses is not None
    table, handles, names = bank.table, [], []
    for k, shape in enumerate(sorted(set(table.shape))):
        has_shape = np.array([name == shape for name in table.shape]) & _centred(bank)
        if has_shape.any():
            mark = {"marker": marker(k), "color": colour(k), "label": shape, "ms": 3.5, "ls": ""}
            handles += ax.loglog(table.centre_hz[has_shape], table.erb_hz[has_shape], **mark)
            names.append(shape)
    hearing = np.geomspace(50, bank.responses.frequencies[-1], 100)
    handles += ax.loglog(hearing, erb_hz(hearing), "--", lw=1, color="0.3")
    names.append("human hearing")
    if bank.summary is not None and bank.summary.bandwidths is not None:
        slope = bank.summary.bandwidths.slope
        known = _centred(bank) & (table.erb_hz > 0)
        centres = np.sort(table.centre_hz[known])
        fitted = trend_line(table.centre_hz[known], table.erb_hz[known], slope, centres)
        handles += ax.loglog(centres, fitted, "-", lw=1, color="0.3")
        names.append(f"power {slope:.2f} of the centre")
    ax.set_xlabel("centre frequency (Hz)")
    ax.set_ylabel("equivalent rectangular bandwidth (Hz)")
    ax.set_title(bank.layer)
    add_legend(ax, handles, names)


def draw_cumulative(ax: Axes, bank: Bank, _: int | None) -> None:
    """Draw sums and the highest of all responses, each re its own maximum, and the holes."""
    assert bank.responses is not None
    hertz = bank.responses.frequencies
    levels = bank.responses.magnitudes_db[~bank.table.dead]
    taken = cumulate(levels)
    curves = (
        ("sum of magnitudes", 2 * _decibels(taken.amplitude)),
        ("sum, filters of equal norm", 2 * _decibels(taken.normalised)),
        ("sum of powers", _decibels(taken.power)),
        ("highest magnitude", 2 * _decibels(taken.highest)),
    )
    handles, names = [], []
    for k, (name, decibels) in enumerate(curves):
        handles += ax.plot(hertz / 1000, decibels, ls=line(k), lw=1, color=colour(k))
        names.append(name)
    holes = measure_coverage(levels, hertz).holes
    shaded = [ax.axvspan(low / 1000, high / 1000, color="0.85", lw=0) for low, high in holes]
    if shaded:
        handles.append(shaded[0])  # type: ignore[arg-type]
        names.append("hole")
    lowest = min(float(decibels.min()) for _name, decibels in curves)
    ax.set_ylim(max(10 * np.floor(lowest / 10), -_RANGE_DB), 3)
    ax.set_xlabel("frequency (kHz)")
    ax.set_ylabel("level re maximum (dB)")
    ax.set_title(bank.layer)
    add_legend(ax, handles, names)


def draw_likeness(ax: Axes, bank: Bank, _: int | None) -> None:
    """Draw cosines of magnitude responses by rank of centre; mark repeats and quadrature."""
    assert bank.responses is not None
    order = bank.order[~bank.table.dead[bank.order]]
    magnitudes = 10 ** (bank.responses.magnitudes_db[order].astype(np.float64) / 20)
    image = ax.imshow(
        likeness(magnitudes), origin="lower", vmin=0, vmax=1, cmap=SEQUENTIAL, aspect="auto"
    )
    table, handles, names = bank.table, [], []
    pairs = (("repeats", table.duplicate_of), ("in quadrature", table.quadrature_of))
    for k, (name, others) in enumerate(pairs):
        places = [] if others is None else _places(others, order)
        if places:
            x, y = np.array(places).T
            handles += ax.plot(x, y, ls="", marker="sD"[k], ms=4, mfc="none", mec="rk"[k])
            names.append(name)
    ax.set_xlabel("filter, by centre frequency")
    ax.set_ylabel("filter, by centre frequency")
    ax.set_title(bank.layer)
    add_colour_bar(ax, image, "likeness of magnitudes")
    if handles:
        add_legend(ax, handles, names)


def _centred(bank: Bank) -> np.ndarray:
    """Filters with a centre frequency above zero, bool (filter,)."""
    centred: np.ndarray = (bank.table.centre_hz > 0) & ~bank.table.dead
    return centred


def _places(others: np.ndarray, order: np.ndarray) -> list[tuple[int, int]]:
    """Both places of each pair in the order of display."""
    rank = {int(index): place for place, index in enumerate(order)}
    pairs = [(rank[int(k)], rank[int(others[k])]) for k in order if int(others[k]) in rank]
    return [*pairs, *((y, x) for x, y in pairs)]


def _decibels(values: np.ndarray) -> np.ndarray:
    """10 log10 re the maximum."""
    top = max(float(values.max(initial=0.0)), 1e-300)
    return np.asarray(10 * np.log10(np.maximum(values / top, 1e-30)))
