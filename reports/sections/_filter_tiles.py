"""Small pictures of filters, one per filter: light enough for hundreds on a page."""

import base64
from collections.abc import Sequence

import numpy as np

from cnnviz.dsp.shapes import NOT_PEAKIER
from cnnviz.marks import NEUTRAL
from cnnviz.results import Bank
from reports import svg
from reports.figures.kernels import grouped, has_planes, line_taps, plane
from reports.numerals import decimal
from reports.parts import Vector
from reports.raster import png

N_POINTS = 96
"""Points of a small curve at most."""
N_ROWS, _N_COLOURS = 64, 15
"""Rows of a small picture of weights at most; more are averaged in groups."""
WIDTH, HEIGHT = 184, 74
SMALLEST = 170
"""Width to which a tile may shrink: two fit beside each other on a phone."""
NOT_LEARNED = (NOT_PEAKIER, "untuned")
"""Shapes of filters that say nothing: today's word, and that of files of earlier versions."""
_TOP, _BOTTOM, _MIDDLE = 17, 3, 92
_RANGE_DB = 50.0


def tiles(bank: Bank, filters: Sequence[int]) -> tuple[Vector, ...]:
    """One picture per filter: taps or plane on the left, response or modulation on the right."""
    top = 0.0 if bank.responses is None else _highest(bank.responses.magnitudes_db)
    lines = line_taps(bank)
    return tuple(_tile(bank, k, lines[k], top) for k in filters)


def caption(bank: Bank) -> str:
    """How to read the pictures, with the ranges of their axes."""
    left = "Left: taps" if not has_planes(bank) else "Left: weights (red +, blue -)"
    left += _span(bank)
    if any(shape in NOT_LEARNED for shape in bank.table.shape):
        left = f"Grey numbers: dead, or not peakier than untrained. {left}"
    if bank.responses is not None:
        top = _highest(bank.responses.magnitudes_db)
        return (
            f"{left}. Right: magnitude from {top - _RANGE_DB:.0f} to {top:.0f} dB "
            f"over 0 to {bank.responses.frequencies[-1]:,.0f} Hz, the same for all."
        )
    if bank.modulation is not None:
        rates, scales = bank.modulation.rates, bank.modulation.scales
        return (
            f"{left}. Right: modulation transfer over rate ({rates[0]:.3g} to {rates[-1]:.3g} "
            f"{bank.modulation.rate_unit}) and scale (0 to {scales[-1]:.3g} "
            f"{bank.modulation.scale_unit})."
        )
    return f"{left}."


def name(bank: Bank, index: int) -> str:
    """Filter in a few words: number, centre or best modulation, shape."""
    table = bank.table
    words = [f"{index}"]
    if np.isfinite(table.centre_hz[index]):
        words.append(f"{decimal(float(table.centre_hz[index]), 3)} Hz")
    if table.shape[index] and table.shape[index] not in ("band-pass", *NOT_LEARNED):
        words.append(table.shape[index])
    if table.duplicate_of[index] >= 0:
        words.append(f"= {table.duplicate_of[index]}")
    return " · ".join(words)


def _span(bank: Bank) -> str:
    """How long the taps are, in words."""
    is_plane = has_planes(bank)
    seconds, n = bank.tap_seconds, bank.taps.shape[-1]
    if not is_plane and bank.responses is not None:
        seconds, n = bank.responses.kernels.seconds, bank.responses.kernels.taps.shape[-1]
    rows = " over input channels sorted by centre frequency and" if is_plane else " over"
    if bank.kind == "2d" and is_plane:
        rows = " over frequency and"
    if is_plane and bank.kind != "2d" and bank.channels is None:
        rows = " over input channels and"
    if seconds is not None and n > 1:
        step = seconds[1] - seconds[0]
        return f"{rows} {decimal(float(1000 * n * step), 3)} ms"
    return f"{rows} {n} taps"


def _tile(bank: Bank, index: int, taps: np.ndarray, top: float) -> Vector:
    """Picture of one filter, a link to its detail."""
    left = _plane(plane(bank, index), 2) if has_planes(bank) else _taps(taps)
    right = ""
    if bank.responses is not None:
        right = _magnitude(bank.responses.magnitudes_db[index], top)
    elif bank.modulation is not None:
        right = _modulation(bank.modulation.values[index])
    heading = name(bank, index)
    weak = bank.table.dead[index] or bank.table.shape[index] in NOT_LEARNED
    title = svg.label(2, 11, heading, css=f"tick c{NEUTRAL}" if weak else "tick")
    return Vector(
        svg=svg.picture(WIDTH, HEIGHT, title, left, right),
        alt=f"{bank.layer}, filter {heading}",
        target=fragment(bank, index),
    )


def fragment(bank: Bank, index: int) -> str:
    """Address of a filter inside the page."""
    return f"filter={bank.layer}:{index}"


def _taps(taps: np.ndarray) -> str:
    """Curve of taps around zero, scaled to its own largest."""
    limit = float(np.abs(taps).max(initial=0)) or 1.0
    frame = svg.Frame(
        width=_MIDDLE,
        height=HEIGHT,
        x=(0, max(len(taps) - 1, 1)),
        y=(-limit, limit),
        margins=(2, _TOP, 4, _BOTTOM),
    )
    places, values = _thinned(np.arange(len(taps), dtype=np.float64), taps)
    return svg.rule(frame, y=0) + svg.path(frame, places, values, css="line")


def _magnitude(magnitudes_db: np.ndarray, top: float) -> str:
    """Curve of the highest level in each bin of frequency."""
    frame = svg.Frame(
        width=WIDTH,
        height=HEIGHT,
        x=(0, 1),
        y=(top - _RANGE_DB, top),
        margins=(_MIDDLE + 4, _TOP, 2, _BOTTOM),
    )
    edges = np.linspace(0, len(magnitudes_db), N_POINTS + 1).astype(int)[:-1]
    known = np.where(np.isfinite(magnitudes_db), magnitudes_db, -np.inf)
    levels = np.maximum.reduceat(known, np.unique(edges))
    low = np.pad(levels < top - _RANGE_DB, 1, mode="edge")
    levels[low[:-2] & low[1:-1] & low[2:]] = np.nan  # a curve that stays below is not drawn
    return svg.rule(frame, y=top - _RANGE_DB) + svg.path(
        frame, np.linspace(0, 1, len(levels)), np.maximum(levels, top - _RANGE_DB), css="line-2"
    )


def _modulation(transfer: np.ndarray) -> str:
    """Modulation transfer as a picture, at most 32 x 48 cells."""
    rows, columns = (-(-n // most) for n, most in zip(transfer.shape, (32, 48), strict=True))
    return _image(
        png(transfer[::rows, ::columns], lowest=0, highest=1, palette="magma"), _MIDDLE + 4, ""
    )


def _plane(weights: np.ndarray, x: float) -> str:
    """Weights as a picture, red positive and blue negative, as fine as a tile can show them."""
    rows = grouped(weights, N_ROWS)
    limit = float(np.abs(rows).max(initial=0)) or 1.0
    picture = png(rows, lowest=-limit, highest=limit, palette="diverging", n_colours=_N_COLOURS)
    return _image(picture, x, "diverging")


def _image(picture: bytes, x: float, css: str) -> str:
    """PNG inside an SVG, stretched over one half of a tile."""
    source = "data:image/png;base64," + base64.b64encode(picture).decode("ascii")
    size = f'width="{_MIDDLE - 6}" height="{HEIGHT - _TOP - _BOTTOM}"'
    return (
        f'<image class="{css}" x="{x:g}" y="{_TOP}" {size} '
        f'preserveAspectRatio="none" style="image-rendering:pixelated" href="{source}"/>'
    )


def _thinned(places: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest value of each bin in turn where there are many, so that peaks stay."""
    if len(values) <= N_POINTS:
        return places, values
    edges = np.unique(np.linspace(0, len(values), N_POINTS // 2 + 1).astype(int)[:-1])
    low, high = np.minimum.reduceat(values, edges), np.maximum.reduceat(values, edges)
    return np.repeat(places[edges], 2), np.stack([low, high], axis=1).ravel()


def _highest(magnitudes_db: np.ndarray) -> float:
    """Highest level of a bank in whole 5 dB."""
    finite = magnitudes_db[np.isfinite(magnitudes_db)]
    return float(5 * np.ceil(finite.max() / 5)) if finite.size else 0.0
