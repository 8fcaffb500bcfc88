"""Curves of one class over bands of frequency, on the ERB scale, with the energy below them."""

import numpy as np

from cnnviz.dsp.scales import erb_number
from cnnviz.results.frequency_importance import BandCurves, FrequencyImportance
from reports.numerals import si
from reports.svg import Frame, axes, label, path, picture, rule

TICKS_HZ = (100.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0)
_WIDTH, _HEIGHT, _LEFT, _TOP, _RIGHT = 560.0, 300.0, 54.0, 10.0, 12.0
_FOOT, _ENERGY, _GAP = 36.0, 44.0, 10.0
_AREAS = ("area", "area c1")


def band_chart(result: FrequencyImportance, row: int) -> str:
    """SVG of importance, ablation and energy of the class in one row."""
    edges = erb_number(result.edges_hz)
    x = (float(edges[0]), float(edges[-1]))
    curves = (result.importance, result.ablation)
    shown = np.concatenate([[0.0], *(v[row] for c in curves for v in (c.mean, c.low, c.high))])
    y = (float(np.nanmin(shown)), float(np.nanmax(shown)) or 1.0)
    foot = _FOOT + _ENERGY + _GAP
    frame = Frame(width=_WIDTH, height=_HEIGHT, x=x, y=y, margins=(_LEFT, _TOP, _RIGHT, foot))
    centres = (edges[1:] + edges[:-1]) / 2
    return picture(
        _WIDTH,
        _HEIGHT,
        axes(frame, x_ticks=(), y_label="Change of score"),
        *(
            _area(frame, centres, curve, row, css)
            for curve, css in zip(curves, _AREAS, strict=True)
        ),
        path(frame, centres, result.importance.mean[row]),
        path(frame, centres, result.ablation.mean[row], css="line-2"),
        rule(frame, y=0.0),
        _energy(edges, result.energy[row]),
    )


def _area(frame: Frame, centres: np.ndarray, curves: BandCurves, row: int, css: str) -> str:
    """The interval of a curve, shaded; nothing where there is none."""
    low, high = curves.low[row], curves.high[row]
    if np.isnan(low).any():
        return ""
    return path(frame, np.append(centres, centres[::-1]), np.append(high, low[::-1]), css=css)


def _energy(edges: np.ndarray, energy: np.ndarray) -> str:
    """Share of the energy in each band as bars, over the axis of frequency."""
    top = float(energy.max()) or 1.0
    frame = Frame(
        width=_WIDTH,
        height=_HEIGHT,
        x=(float(edges[0]), float(edges[-1])),
        y=(0.0, top),
        margins=(_LEFT, _HEIGHT - _FOOT - _ENERGY, _RIGHT, _FOOT),
    )
    base = _HEIGHT - _FOOT
    bars = [
        f'<rect x="{left + 0.5:.1f}" y="{up:.1f}" width="{max(right - left - 1, 0.5):.1f}" '
        f'height="{base - up:.1f}"/>'
        for left, right, up in zip(
            frame.across(edges[:-1]), frame.across(edges[1:]), frame.up(energy), strict=True
        )
    ]
    ticks = [hertz for hertz in TICKS_HZ if erb_number(np.array(hertz)) <= edges[-1] + 1e-9]
    at = frame.across(erb_number(np.array(ticks)))
    words = [label(x, base + 13, si(hz), anchor="middle") for x, hz in zip(at, ticks, strict=True)]
    return (
        f'<g class="bars">{"".join(bars)}</g>{"".join(words)}'
        + label(_LEFT - 5, base - _ENERGY / 2 + 3.5, "Energy", anchor="end")
        + label(
            (_LEFT + _WIDTH - _RIGHT) / 2,
            _HEIGHT - 3,
            "Frequency (Hz)",
            anchor="middle",
            css="axis",
        )
    )
