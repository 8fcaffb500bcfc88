"""Static figures as SVG text, for `parts.Vector`.

Strings in, strings out; every text is escaped. Colours come from the classes of the page's
style sheet, so a figure follows light, dark and print. Coordinates are rounded to a tenth of
a CSS pixel, which keeps pages small and equal results equal in bytes.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from markupsafe import escape

from cnnviz.marks import Mark

from .numerals import si

_SIGNS = MappingProxyType(
    {
        "circle": "m-2.8 0a2.8 2.8 0 1 0 5.6 0a2.8 2.8 0 1 0-5.6 0z",
        "square": "m-2.5-2.5h5v5h-5z",
        "triangle": "m0-3.2l3 5.4h-6z",
        "inverted_triangle": "m0 3.2l3-5.4h-6z",
        "diamond": "m0-3.4l2.9 3.4l-2.9 3.4l-2.9-3.4z",
        "plus": "m-1-3.2h2v2.2h2.2v2h-2.2v2.2h-2v-2.2h-2.2v-2h2.2z",
    }
)
"""Outline of each shape of a mark from its centre, 6 CSS pixels across."""


_PARTED = re.compile(r"(?<=\.\d) \.")
"""A blank between decimals that their marks part already."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """Plotting area inside a picture: `x` and `y` are the values at its edges.

    `margins` are left, top, right and bottom in CSS pixels; `is_log_x` runs x in octaves.
    """

    width: float
    height: float
    x: tuple[float, float]
    y: tuple[float, float]
    margins: tuple[float, float, float, float] = (2, 2, 2, 2)
    is_log_x: bool = False

    def across(self, values: np.ndarray | Sequence[float] | float) -> np.ndarray:
        """Horizontal positions of values in CSS pixels, same shape."""
        start, stop = self.x
        given = np.asarray(values, dtype=np.float64)
        if self.is_log_x:
            given, start, stop = np.log2(given), np.log2(start), np.log2(stop)
        left, _, right, _ = self.margins
        return left + (given - start) / ((stop - start) or 1) * (self.width - left - right)

    def up(self, values: np.ndarray | Sequence[float] | float) -> np.ndarray:
        """Vertical positions of values in CSS pixels (downwards), same shape."""
        start, stop = self.y
        _, top, _, bottom = self.margins
        share = (np.asarray(values, dtype=np.float64) - start) / ((stop - start) or 1)
        return self.height - bottom - share * (self.height - top - bottom)


def nice_ticks(start: float, stop: float, n: int = 4) -> np.ndarray:
    """About `n` round values inside [start, stop], float64 (ticks,).

    Examples
    --------
    >>> nice_ticks(0, 8000, 4).tolist()
    [0.0, 2000.0, 4000.0, 6000.0, 8000.0]
    """
    raw = max(abs(stop - start), 1e-300) / max(n, 1)
    power = 10.0 ** np.floor(np.log10(raw))
    step = min((1, 2, 5, 10), key=lambda m: abs(m * power - raw)) * power
    low, high = min(start, stop), max(start, stop)
    first, last = np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9)
    ticks: np.ndarray = np.arange(first, last + 1) * step
    return ticks


def log_ticks(start: float, stop: float) -> np.ndarray:
    """Values 1, 2 and 5 of each decade inside [start, stop], float64 (ticks,)."""
    decades = 10.0 ** np.arange(np.floor(np.log10(start)), np.ceil(np.log10(stop)) + 1)
    values = np.outer(decades, [1, 2, 5]).ravel()  # (decade, 3) -> (ticks,)
    return values[(values >= start * (1 - 1e-9)) & (values <= stop * (1 + 1e-9))]


def path(frame: Frame, xs: np.ndarray, ys: np.ndarray, *, css: str = "line") -> str:
    """Curve through points (n,); NaN interrupts it and y is clipped to the frame."""
    low, high = min(frame.y), max(frame.y)
    places = np.stack([frame.across(xs), frame.up(np.clip(ys, low, high))], axis=1)  # (n, 2)
    known = np.isfinite(places).all(axis=1)
    tenths = np.rint(10 * np.where(known[:, None], places, 0)).astype(int)
    steps: list[str] = []
    last: list[int] | None = None
    for place, is_known in zip(tenths.tolist(), known.tolist(), strict=True):
        if is_known and last is None:
            steps.append(f"M{place[0] / 10:g} {place[1] / 10:g}l")
        elif is_known and last is not None:
            steps += [_step(place[0] - last[0]), _step(place[1] - last[1])]
        last = place if is_known else None
    drawn = "".join(steps).replace("l ", "l").replace("lM", "M").removesuffix("l")
    drawn = _PARTED.sub(".", drawn)
    return f'<path class="{escape(css)}" d="{drawn}"/>' if steps else ""


def _step(tenths: int) -> str:
    """A relative coordinate in its shortest form, with the sign or blank that parts it."""
    whole, rest = divmod(abs(tenths), 10)
    text = (str(whole) if whole or not rest else "") + (f".{rest}" if rest else "")
    return f"{'-' if tenths < 0 else ' '}{text}"


def rule(frame: Frame, *, x: float | None = None, y: float | None = None, css: str = "grid") -> str:
    """Straight line across the frame at one x or one y."""
    left, top, right, bottom = frame.margins
    if x is not None:
        at = f"M{float(frame.across(x)):.1f} {top:g}V{frame.height - bottom:g}"
    else:
        at = f"M{left:g} {float(frame.up(y or 0.0)):.1f}H{frame.width - right:g}"
    return f'<path class="{escape(css)}" d="{at}"/>'


def dots(xs: Iterable[float], ys: Iterable[float], *, radius: float = 3, css: str = "dots") -> str:
    """Filled circles at positions in CSS pixels (``Frame.across``, ``Frame.up``), one element.

    Lines without length, of which the round ends are seen, take a third of the signs of arcs.
    """
    drawn = "".join(f"M{x:.1f} {y:.1f}h0" for x, y in zip(xs, ys, strict=True))
    return f'<path class="{escape(css)}" stroke-width="{2 * radius:g}" d="{drawn}"/>'


def marks(xs: Iterable[float], ys: Iterable[float], mark: Mark) -> str:
    """Marks of one class at positions in CSS pixels, all in one element."""
    sign = _SIGNS[mark.shape]
    drawn = "".join(f"M{x:.1f} {y:.1f}{sign}" for x, y in zip(xs, ys, strict=True))
    return f'<path class="{"open" if mark.is_open else "dot"} c{mark.colour}" d="{drawn}"/>'


def label(x: float, y: float, text: str, *, anchor: str = "start", css: str = "tick") -> str:
    """Text at a position in CSS pixels; `anchor` is ``start``, ``middle`` or ``end``."""
    return (
        f'<text class="{escape(css)}" x="{x:.1f}" y="{y:.1f}" '
        f'text-anchor="{escape(anchor)}">{escape(text)}</text>'
    )


def axes(
    frame: Frame,
    *,
    x_label: str = "",
    y_label: str = "",
    x_ticks: Sequence[float] | np.ndarray | None = None,
    y_ticks: Sequence[float] | np.ndarray | None = None,
) -> str:
    """Grid lines, tick labels and titles around a frame with margins (about 44, 8, 8, 32)."""
    left, top, right, bottom = frame.margins
    base = frame.height - bottom
    at_x = nice_ticks(*frame.x) if x_ticks is None else x_ticks
    at_y = nice_ticks(*frame.y) if y_ticks is None else y_ticks
    out = [rule(frame, x=float(x)) for x in at_x] + [rule(frame, y=float(y)) for y in at_y]
    out += [label(float(frame.across(x)), base + 13, si(x), anchor="middle") for x in at_x]
    out += [label(left - 5, float(frame.up(y)) + 3.5, si(y), anchor="end") for y in at_y]
    middle = left + (frame.width - left - right) / 2
    if x_label:
        out.append(label(middle, frame.height - 3, x_label, anchor="middle", css="axis"))
    if y_label:
        out.append(
            f'<text class="axis" text-anchor="middle" transform="translate(10 '
            f'{(top + base) / 2:.1f}) rotate(-90)">{escape(y_label)}</text>'
        )
    return "".join(out)


def picture(width: float, height: float, *marks: str) -> str:
    """Whole SVG element; the page adds the role and the text for screen readers."""
    return f'<svg viewBox="0 0 {width:g} {height:g}">{"".join(marks)}</svg>'
