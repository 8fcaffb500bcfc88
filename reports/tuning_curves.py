"""A small picture of a unit's tuning: measured, and what was computed."""

import numpy as np

from cnnviz.dsp.tuning import DEPTH_DB, below_peak

from . import svg

_WIDTH, _HEIGHT, _MARGINS = 180.0, 110.0, (26, 6, 6, 24)
_TICKS_HZ = (100.0, 1000.0, 10000.0)


def beside_measured(frequencies: np.ndarray, measured: np.ndarray, computed: np.ndarray) -> str:
    """Levels in dB over frequency in Hz, each re its own peak: measured a line, computed dashed.

    A curve that is the same everywhere is of a unit without a response, and not drawn.
    """
    low, high = float(frequencies[0]), float(frequencies[-1])
    frame = svg.Frame(
        width=_WIDTH,
        height=_HEIGHT,
        x=(low, high),
        y=(-DEPTH_DB, 1.0),
        margins=_MARGINS,
        is_log_x=True,
    )
    ticks = [hertz for hertz in _TICKS_HZ if low <= hertz <= high]
    curves = ((computed, "mark"), (measured, "line"))
    return svg.picture(
        _WIDTH,
        _HEIGHT,
        svg.axes(frame, x_ticks=ticks, y_ticks=(-20.0, 0.0)),
        *(
            svg.path(frame, frequencies, below_peak(levels), css=css)
            for levels, css in curves
            if np.ptp(levels)
        ),
    )
