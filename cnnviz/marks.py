"""Marks of classes: a colour, a shape, filled or open, so that no two of 72 classes share one.

The colours keep apart in normal vision and without red, green or blue cones (Machado et al., 2009,
A physiologically-based model for simulation of color vision deficiency): at least 0.12 in OKLab,
where 0.02 is just seen, and they have a contrast of 3 or more to white.
"""

from dataclasses import dataclass

COLOURS = ("#0b7398", "#c2591b", "#2da596", "#783c3c", "#4b2db4", "#b469ff")
"""On white; ``--c0`` to ``--c5`` of ``reports/static/report.css`` are these and those on dark."""
NEUTRAL = len(COLOURS)
"""Number of the grey of what belongs to no class."""
SHAPES = ("circle", "square", "triangle", "diamond", "inverted_triangle", "plus")
"""Shapes by their names in Bokeh."""
N_MARKS = 2 * len(COLOURS) * len(SHAPES)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """How the clips of one class are drawn; `colour` is a number among `COLOURS`, or `NEUTRAL`."""

    colour: int
    shape: str
    is_open: bool


def mark_of(index: int) -> Mark:
    """Mark of a class by its index, -1 where there is none; neighbours differ in both.

    Examples
    --------
    >>> len({mark_of(k) for k in range(72)})
    72
    """
    if index < 0:
        return Mark(colour=NEUTRAL, shape="circle", is_open=False)
    turn, colour = divmod(index, len(COLOURS))
    shape = SHAPES[(colour + turn) % len(SHAPES)]
    return Mark(colour=colour, shape=shape, is_open=turn // len(SHAPES) % 2 == 1)
