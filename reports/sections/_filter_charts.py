"""Pictures of a whole filter bank: who listens where, how sharply, and what nobody hears."""

import numpy as np

from cnnviz.dsp.coverage import HOLE_DB, NARROWEST_SHARE, measure_coverage
from cnnviz.dsp.scale_comparison import EvenSteps, even_steps, trend_line
from cnnviz.dsp.scales import erb_hz
from cnnviz.results import Bank, CentreScales, Responses
from reports import svg
from reports.figures.kernels import drawn_points
from reports.numerals import decimal, si
from reports.parts import Axis, DataFile, FigureColumns, Raster, Vector
from reports.predicted import whole

from ._filter_tiles import fragment

FLOOR_DB = -40.0
_LEVEL_STEP = 0.01
_BELOW_LIMIT_DB = 30.0
N_COLUMNS = 512
_WIDTH, _HEIGHT, _MARGINS = 360.0, 250.0, (48, 10, 10, 34)


def overview(bank: Bank, responses: Responses) -> Raster:
    """Responses of all filters over frequency, each re its own peak, sorted by centre."""
    magnitudes = responses.magnitudes_db[bank.order]  # (filter, n)
    known = np.where(np.isfinite(magnitudes), magnitudes, -np.inf)
    edges = np.unique(np.linspace(0, known.shape[1], N_COLUMNS + 1).astype(int)[:-1])
    peaks = np.maximum.reduceat(known, edges, axis=1)  # (filter, column)
    gains = np.where(bank.table.dead, np.nan, bank.table.peak_gain_db)
    relative = peaks - gains[bank.order, None]
    top = float(responses.frequencies[-1])
    return Raster(
        values=np.where(np.isnan(relative), np.nan, np.maximum(relative, FLOOR_DB)),
        alt=f"Magnitude responses of the {len(magnitudes)} filters of {bank.layer}, "
        "one row per filter, sorted by centre frequency",
        caption="Magnitude of each filter re its own peak in whole dB, one row per filter, lowest "
        f"centre frequency at the bottom. {_dead(bank)}",
        x=Axis(label="Frequency", unit="Hz", start=0, stop=top, ticks=_frequency_ticks(top)),
        y=Axis(
            label="Centre",
            unit="Hz",
            start=0,
            stop=len(magnitudes),
            ticks=rank_ticks(bank),
        ),
        unit="dB",
        lowest=FLOOR_DB,
        highest=0.0,
        palette="magma",
        n_colours=1 - int(FLOOR_DB),
        height=int(np.clip(5 * len(magnitudes), 120, 420)),
        data=_response_file(bank, responses),
    )


def charts(bank: Bank, responses: Responses) -> tuple[Vector, ...]:
    """Centre frequency over rank, bandwidth over centre frequency, and coverage."""
    centred = _centred(bank)
    made = [_centres(bank, centred), _bandwidths(bank, centred)] if centred.sum() > 1 else []
    return (*made, _coverage(bank, responses))


def _centred(bank: Bank) -> np.ndarray:
    """Filters with a centre frequency above zero, bool (filter,)."""
    table = bank.table
    finite = np.isfinite(table.centre_hz) & (table.centre_hz > 0)
    mask: np.ndarray = finite & ~table.dead
    return mask


def _centres(bank: Bank, centred: np.ndarray) -> Vector:
    """Sorted centre frequencies, with even steps on the scales that are not rejected."""
    centres = np.sort(bank.table.centre_hz[centred])
    ranks = np.arange(len(centres), dtype=np.float64)
    x = (0.0, max(float(ranks[-1]), 1.0))
    frame = svg.Frame(width=_WIDTH, height=_HEIGHT, x=x, y=_decades(centres), margins=_MARGINS)
    steps, scales = even_steps(centres), None if bank.summary is None else bank.summary.scales
    drawn = ("ERB",) if scales is None else (*scales.compatible, *scales.rejected)
    n_shown = 0 if scales is None else len(scales.compatible)
    curves = [
        svg.path(frame, steps.ranks, np.log10(steps.hertz[name]), css=_curve(k, n_shown))
        for k, name in reversed(list(enumerate(drawn)))
    ]
    return Vector(
        svg=svg.picture(
            _WIDTH,
            _HEIGHT,
            _log_axes(frame, "Rank", "Centre frequency (Hz, log)"),
            *curves,
            svg.dots(frame.across(ranks), frame.up(np.log10(centres)), radius=2.6),
        ),
        alt=f"Centre frequencies of {bank.layer} in rising order, from {si(centres[0])} to "
        f"{si(centres[-1])} Hz",
        caption=f"Centre frequency by rank. {_legend(scales)}",
        data=_centre_file(bank, centres, steps),
    )


def _curve(k: int, n_shown: int) -> str:
    """Solid in a colour of its own for a scale that is not rejected, dashed for others."""
    return f"line c{k + 1}" if k < n_shown else "mark"


def _legend(scales: CentreScales | None) -> str:
    """What the curves are."""
    if scales is None:
        return "Dashed: even steps on the ERB scale between ranks 5 % and 95 %."
    between = "even steps between ranks 5 % and 95 %"
    parts = [
        f"{word}: {between} on scales that {are} ({', '.join(names)})."
        for word, are, names in (
            ("Solid", "are not rejected", scales.compatible),
            ("Dashed", "are rejected", scales.rejected),
        )
        if names
    ]
    return " ".join(parts)


def _centre_file(bank: Bank, centres: np.ndarray, steps: EvenSteps) -> DataFile:
    """Centres by rank, and where they would lie on each scale."""
    names = tuple(steps.hertz)
    heads = ",".join(["rank", "centre_hz", *(f"even on {name} (Hz)" for name in names)])
    rows = []
    for rank, centre in enumerate(centres):
        place = rank - int(steps.ranks[0])
        is_central = 0 <= place < len(steps.ranks)
        even = [f"{steps.hertz[name][place]:.6g}" if is_central else "" for name in names]
        rows.append(",".join([str(rank), f"{centre:.6g}", *even]))
    return DataFile(name=f"centres-{bank.layer}.csv", text="\n".join([heads, *rows, ""]))


def _bandwidths(bank: Bank, centred: np.ndarray) -> Vector:
    """Equivalent rectangular bandwidth over centre frequency, with that of human hearing."""
    known = centred & np.isfinite(bank.table.erb_hz) & (bank.table.erb_hz > 0)
    centres, widths = bank.table.centre_hz[known], bank.table.erb_hz[known]
    low, high = _decade_span(centres)
    grid = np.geomspace(low, high, 64)
    human = erb_hz(grid)
    y = _decades(np.concatenate([widths, human]))
    frame = svg.Frame(
        width=_WIDTH, height=_HEIGHT, x=(low, high), y=y, margins=_MARGINS, is_log_x=True
    )
    trend = None if bank.summary is None else bank.summary.bandwidths
    fitted, words = "", ""
    if trend is not None:
        at = np.array([centres.min(), centres.max()])
        line = trend_line(centres, widths, trend.slope, at)
        fitted = svg.path(frame, at, np.log10(line), css="line-2")
        words = f" Solid: power {trend.slope:.2f} of the centre frequency, fitted."
    return Vector(
        svg=svg.picture(
            _WIDTH,
            _HEIGHT,
            _log_axes(frame, "Centre frequency (Hz, log)", "ERB (Hz, log)"),
            svg.path(frame, grid, np.log10(human), css="mark"),
            fitted,
            svg.dots(frame.across(centres), frame.up(np.log10(widths)), radius=2.6),
        ),
        alt=f"Bandwidth over centre frequency of {len(centres)} filters of {bank.layer}",
        caption="Equivalent rectangular bandwidth. Dashed: human hearing, "
        f"ERB(f) = 24.7 (0.00437 f + 1) (Glasberg and Moore, 1990).{words}",
        data=_width_file(bank, known),
    )


def _width_file(bank: Bank, known: np.ndarray) -> DataFile:
    """Centre, bandwidth and that of hearing, by filter."""
    table = bank.table
    rows = [
        f"{k},{table.centre_hz[k]:.6g},{table.erb_hz[k]:.6g},{erb_hz(table.centre_hz[k]):.6g}"
        for k in np.flatnonzero(known)
    ]
    heads = "filter,centre_hz,erb_hz,erb_of_hearing_hz"
    return DataFile(name=f"bandwidths-{bank.layer}.csv", text="\n".join([heads, *rows, ""]))


def _coverage(bank: Bank, responses: Responses) -> Vector:
    """Power response of all filters together, with the holes marked."""
    hertz = responses.frequencies
    coverage = measure_coverage(responses.magnitudes_db[~bank.table.dead], hertz)
    shown = np.maximum(coverage.levels_db, coverage.limit_db - _BELOW_LIMIT_DB)
    low, high = 10 * np.floor(shown.min() / 10), 10 * np.ceil(shown.max() / 10 + 1e-9)
    frame = svg.Frame(
        width=_WIDTH, height=_HEIGHT, x=(0, float(hertz[-1])), y=(low, high), margins=_MARGINS
    )
    index = np.unique(np.linspace(0, len(shown) - 1, 256).astype(int))
    words = ", ".join(f"{decimal(a, 3)} to {decimal(b, 3)} Hz" for a, b in coverage.holes)
    return Vector(
        svg=svg.picture(
            _WIDTH,
            _HEIGHT,
            *(_band(frame, start, stop) for start, stop in coverage.holes),
            svg.axes(frame, x_label="Frequency (Hz)", y_label="Sum of powers (dB)"),
            svg.rule(frame, y=float(np.clip(coverage.limit_db, low, high)), css="mark"),
            svg.path(frame, hertz[index], shown[index]),
        ),
        alt=f"Summed power response of {bank.layer}; holes: {words or 'none'}",
        caption="What the bank hears: sum of the filters' power responses. "
        f"Holes (passed by no filter within {HOLE_DB:.0f} dB of its peak, the sum {HOLE_DB:.0f} "
        f"dB below its median in the pass bands, dashed, over {NARROWEST_SHARE:.0%} of the axis "
        f"or more): {words or 'none'}.",
    )


def _band(frame: svg.Frame, start: float, stop: float) -> str:
    """Shaded band between two frequencies."""
    left, right = float(frame.across(start)), float(frame.across(stop))
    _, top, _, bottom = frame.margins
    return (
        f'<path class="area c1" d="M{left:.1f} {top:g}H{max(right, left + 1):.1f}'
        f'V{frame.height - bottom:g}H{left:.1f}Z"/>'
    )


def _log_axes(frame: svg.Frame, x_label: str, y_label: str) -> str:
    """Axes of a frame whose y counts decades, with ticks 1, 2 and 5."""
    left = frame.margins[0]
    at_x = svg.log_ticks(*frame.x) if frame.is_log_x else svg.nice_ticks(*frame.x)
    at_x = at_x[:: -(-len(at_x) // 7)]
    out = svg.axes(frame, x_label=x_label, x_ticks=at_x, y_ticks=(), y_label=y_label)
    for tick in svg.log_ticks(10 ** frame.y[0], 10 ** frame.y[1]):
        decade = float(np.log10(tick))
        out += svg.rule(frame, y=decade)
        out += svg.label(left - 5, float(frame.up(decade)) + 3.5, si(float(tick)), anchor="end")
    return out


def _decade_span(values: np.ndarray) -> tuple[float, float]:
    """Range that holds all values with a little room on a logarithmic axis."""
    return float(values.min() * 0.85), float(values.max() * 1.18)


def _decades(values: np.ndarray) -> tuple[float, float]:
    """The same range in decades."""
    low, high = _decade_span(values)
    return float(np.log10(low)), float(np.log10(high))


def _frequency_ticks(top: float) -> tuple[tuple[float, str], ...]:
    """Round frequencies as fractions of the axis."""
    return tuple((float(hertz / top), si(float(hertz))) for hertz in svg.nice_ticks(0, top, 5))


def rank_ticks(bank: Bank) -> tuple[tuple[float, str], ...]:
    """Centre frequencies of a few rows, at their middles."""
    n = len(bank.order)
    ranks = np.unique(np.rint(np.linspace(0, n - 1, min(n, 6))).astype(int))
    centres = bank.table.centre_hz[bank.order]
    return tuple(
        ((rank + 0.5) / n, si(float(f"{centres[rank]:.3g}")))
        for rank in ranks
        if np.isfinite(centres[rank])
    )


def _dead(bank: Bank) -> str:
    """Remark about rows without a response."""
    n = int(bank.table.dead.sum())
    return f"{n} dead {'filter is' if n == 1 else 'filters are'} blank, on top." if n else ""


def _response_file(bank: Bank, responses: Responses) -> DataFile:
    """Magnitudes as CSV, one column per filter, at the points drawn in detail."""
    index, filters = drawn_points(responses), range(len(bank.order))
    levels = responses.magnitudes_db[:, index]
    known = np.isfinite(levels)
    cells = whole(np.where(known, levels, 0.0), _LEVEL_STEP) * _LEVEL_STEP
    heads = ("frequency_hz", *(f"filter_{k}_db" for k in filters))
    hertz = tuple(f"{responses.frequencies[i]:.6g}" for i in index)
    rows = (
        ",".join([at, *(f"{v:.2f}" for v in column)])
        for at, column in zip(hertz, np.where(known, cells, np.nan).T, strict=True)
    )
    return DataFile(
        name=f"responses-{bank.layer}.csv",
        text="\n".join([",".join(heads), *rows, ""]),
        drawn=FigureColumns(
            figure=f"filter-{bank.layer}",
            source="response",
            column="db",
            views=tuple(fragment(bank, k) for k in filters),
            heads=heads,
            rows=hertz,
            places=2,
        ),
    )
