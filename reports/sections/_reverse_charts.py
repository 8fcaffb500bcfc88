"""Charts of the Jacobians of a layer's units."""

import numpy as np

from cnnviz.csv_text import to_csv
from cnnviz.results.reverse_correlation import ReverseLayer, UnitJacobians, unit_columns
from reports import svg
from reports.numerals import decimal, si
from reports.parts import Axis, DataFile, Raster, Vector

_FLOOR_DB = -30.0
_N_COLUMNS, _N_POINTS = 256, 240
_WIDTH, _HEIGHT, _MARGINS = 360.0, 220.0, (48, 10, 10, 34)


def spectra(one: ReverseLayer, jacobians: UnitJacobians, sample_rate: float) -> Raster:
    """Mean power of each unit's Jacobians re its own peak, sorted by centre."""
    order = np.argsort(jacobians.centre_hz, kind="stable")  # those without one on top
    levels = _levels(jacobians)
    top = sample_rate / 2
    n_blank = int((~np.isfinite(jacobians.centre_hz)).sum())
    blank = f" {n_blank} without a gradient are blank, on top." if n_blank else ""
    ticks = tuple((float(hertz / top), si(float(hertz))) for hertz in svg.nice_ticks(0, top, 5))
    return Raster(
        values=levels[order],
        alt=f"Mean power of the Jacobians of {one.n_units} units of {one.layer} over frequency",
        caption="What each unit's gradient listens to, whatever its phase: mean power of its "
        f"Jacobians re its own peak, one row per unit, lowest centre at the bottom.{blank}",
        x=Axis(label="Frequency", unit="Hz", start=0, stop=top, ticks=ticks),
        y=Axis(
            label="Centre",
            unit="Hz",
            start=0,
            stop=one.n_units,
            ticks=_rows(jacobians.centre_hz[order]),
        ),
        unit="dB",
        lowest=_FLOOR_DB,
        highest=0.0,
        palette="magma",
        height=int(np.clip(4 * one.n_units, 100, 360)),
        data=_spectrum_file(one, jacobians, levels),
    )


def _levels(jacobians: UnitJacobians) -> np.ndarray:
    """Peaks of at most 256 bands of frequency in dB re the unit's own, (unit, band)."""
    powers = jacobians.power.astype(np.float64)
    bands = np.maximum.reduceat(powers, _edges(powers.shape[1]), axis=1)
    peaks = powers.max(1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        levels = 10 * np.log10(bands / np.where(peaks > 0, peaks, np.nan))
    return np.asarray(np.where(np.isnan(levels), np.nan, np.maximum(levels, _FLOOR_DB)))


def _edges(n_bins: int) -> np.ndarray:
    return np.unique(np.linspace(0, n_bins, _N_COLUMNS + 1).astype(int)[:-1])


def _rows(centres: np.ndarray) -> tuple[tuple[float, str], ...]:
    """Centres of a few rows, at their middles."""
    n = len(centres)
    rows = np.unique(np.rint(np.linspace(0, n - 1, min(n, 6))).astype(int))
    return tuple(
        ((row + 0.5) / n, si(float(f"{centres[row]:.3g}")))
        for row in rows
        if np.isfinite(centres[row])
    )


def _spectrum_file(one: ReverseLayer, jacobians: UnitJacobians, levels: np.ndarray) -> DataFile:
    hertz = jacobians.frequencies[_edges(jacobians.power.shape[1])]
    head = ["frequency_hz", *(f"unit_{k}_db" for k in range(one.n_units))]
    rows = [
        [f"{hertz[i]:.6g}", *(f"{value:.2f}" for value in levels[:, i])] for i in range(len(hertz))
    ]
    return DataFile(name=f"reverse-spectra-{one.layer}.csv", text=to_csv([head, *rows]))


def field(one: ReverseLayer, jacobians: UnitJacobians, sample_rate: float) -> Vector:
    """Mean size of the gradient over time, of all units together."""
    sums = jacobians.profile.sum(1, dtype=np.float64)
    known = sums > 0
    shares = jacobians.profile[known] / sums[known, None]
    mean = shares.mean(0) if known.any() else np.zeros(one.n_taps)
    step = max(1, one.n_taps // _N_POINTS)
    starts = np.arange(0, one.n_taps, step)
    sizes = np.diff([*starts, one.n_taps])
    per_ms = np.add.reduceat(mean, starts) / sizes * sample_rate / 1000
    times = 1000 * (starts + (sizes - 1) / 2 - one.n_taps + 1) / sample_rate
    top = float(per_ms.max()) or 1.0
    frame = svg.Frame(
        width=_WIDTH,
        height=_HEIGHT,
        x=(float(times[0]), max(float(times[-1]), float(times[0]) + 1e-9)),
        y=(0.0, 1.05 * top),
        margins=_MARGINS,
    )
    text = to_csv([["time_ms", "share_per_ms"], *zip(times.tolist(), per_ms.tolist(), strict=True)])
    return Vector(
        svg=svg.picture(
            _WIDTH,
            _HEIGHT,
            svg.axes(frame, x_label="Before the last audio sample seen (ms)", y_label="per ms"),
            svg.path(frame, times, per_ms),
        ),
        alt=f"Share of the gradient of the units of {one.layer} over their receptive field",
        caption="Effective receptive field: mean size of the gradient, as a share of its sum, "
        f"mean over {int(known.sum())} units.",
        data=DataFile(name=f"reverse-field-{one.layer}.csv", text=text),
    )


def complexities(one: ReverseLayer, jacobians: UnitJacobians, sample_rate: float) -> Vector:
    """Complexity of each unit over how much of its answers is linear."""
    shares, values = 100 * one.averages.linear_share, jacobians.complexity
    known = np.isfinite(shares) & np.isfinite(values)
    top = float(values[known].max()) if known.any() else 1.0
    frame = svg.Frame(
        width=_WIDTH, height=_HEIGHT, x=(0.0, 100.0), y=(0.0, 1.1 * top), margins=_MARGINS
    )
    columns = unit_columns(one, sample_rate)
    rows = zip(*columns.values(), strict=True)
    twins = np.zeros(0) if one.twins is None else one.twins.complexity
    lines = (svg.rule(frame, y=float(v), css="mark") for v in twins if 0 < v < 1.1 * top)
    dashed = " Dashed: medians of untrained twins." if len(twins) else ""
    return Vector(
        svg=svg.picture(
            _WIDTH,
            _HEIGHT,
            svg.axes(frame, x_label="Variance that the average predicts (%)", y_label="Complexity"),
            *lines,
            svg.dots(frame.across(shares[known]), frame.up(values[known]), radius=2.6),
        ),
        alt=f"Complexity of the Jacobians of {int(known.sum())} units of {one.layer} over the "
        f"variance that their averages predict; highest complexity {decimal(top, 3)}",
        caption=f"Complexity of {jacobians.n_compared} Jacobians; 1 if only gates open and "
        f"close.{dashed}",
        data=DataFile(name=f"reverse-units-{one.layer}.csv", text=to_csv([list(columns), *rows])),
    )
