"""Reliability as a figure: accuracy over confidence, and how many clips each point rests on."""

import numpy as np

from cnnviz.results import Reliability
from reports.numerals import si
from reports.parts import DataFile, Vector
from reports.svg import Frame, axes, dots, label, path, picture

WIDTH, _HEIGHT = 420, 330
_LEFT, _RIGHT, _TOP, _FOOT = 46, 12, 12, 36
_COUNTS_HEIGHT, _GAP = 50, 20
_BELOW = _COUNTS_HEIGHT + _GAP + _FOOT
_BAR_GAP = 2.0
_LARGEST_DOT, _SMALLEST_DOT = 8.0, 2.5


def reliability_chart(reliability: Reliability, *, error: float, anchor: str) -> Vector:
    """Accuracy against confidence, with the clips of each bin below it.

    Parameters
    ----------
    reliability
        Bins of confidence.
    error
        Expected calibration error, in [0, 1].
    anchor
        Fragment of the figure, and name of its data file without suffix.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks" (2017).
    """
    frame = Frame(
        width=WIDTH, height=_HEIGHT, x=(0, 1), y=(0, 1), margins=(_LEFT, _TOP, _RIGHT, _BELOW)
    )
    filled = reliability.counts > 0
    confidence, accuracy = reliability.confidence[filled], reliability.accuracy[filled]
    drawn = picture(
        WIDTH,
        _HEIGHT,
        axes(frame, y_label="Accuracy", x_ticks=()),
        path(frame, np.array([0, 1]), np.array([0, 1]), css="mark"),
        *_points(frame, confidence, accuracy, reliability.counts[filled]),
        _counts(reliability),
    )
    return Vector(
        svg=drawn,
        alt="Accuracy of the clips against the probability given to the predicted class: "
        f"{_spoken(reliability)}; expected calibration error {error:.3f}",
        caption="Reliability: on the dashed line clips are right as often as the network says, "
        "above it more often; dots of few clips lie off it by chance. Dots and bars grow with the "
        "clips of a bin.",
        data=DataFile(name=f"{anchor}.csv", text=_csv(reliability)),
        anchor=anchor,
    )


def _points(
    frame: Frame, confidence: np.ndarray, accuracy: np.ndarray, counts: np.ndarray
) -> list[str]:
    """A dot per bin, its area the clips, on a stem as long as confidence is off."""
    radii = np.maximum(_LARGEST_DOT * np.sqrt(counts / counts.max(initial=1)), _SMALLEST_DOT)
    marks = [
        path(frame, np.array([said, said]), np.array([said, found]))
        for said, found in zip(confidence, accuracy, strict=True)
    ]
    for said, found, radius in zip(confidence, accuracy, radii, strict=True):
        at = frame.across([said]), frame.up([found])
        marks.append(dots(*at, radius=round(float(radius), 1)))
    return marks


def _counts(reliability: Reliability) -> str:
    """Bars of clips per bin over the axis of confidence."""
    highest = max(int(reliability.counts.max(initial=0)), 1)
    frame = Frame(
        width=WIDTH,
        height=_HEIGHT,
        x=(0, 1),
        y=(0, highest),
        margins=(_LEFT, _HEIGHT - _FOOT - _COUNTS_HEIGHT, _RIGHT, _FOOT),
    )
    base = float(frame.up(0))
    marks = [axes(frame, x_label="Mean probability of the predicted class", y_ticks=())]
    for low, high, count in zip(
        reliability.edges[:-1], reliability.edges[1:], reliability.counts, strict=True
    ):
        if not count:
            continue
        left, right = float(frame.across(low)), float(frame.across(high))
        top = min(float(frame.up(count)), base - 1)
        marks.append(
            f'<rect x="{left + _BAR_GAP / 2:.1f}" y="{top:.1f}" '
            f'width="{right - left - _BAR_GAP:.1f}" height="{base - top:.1f}"/>'
        )
        marks.append(label((left + right) / 2, top - 3, si(count), anchor="middle"))
    marks.append(label(_LEFT - 5, base - _COUNTS_HEIGHT / 2 + 3.5, "Clips", anchor="end"))
    return f'<g class="bars">{"".join(marks)}</g>'


def _spoken(reliability: Reliability) -> str:
    """The points in words, for those who do not see them."""
    points = zip(reliability.confidence, reliability.accuracy, reliability.counts, strict=True)
    return ", ".join(
        f"{100 * accuracy:.0f} % right at {100 * confidence:.0f} % ({count:,} clips)"
        for confidence, accuracy, count in points
        if count
    )


def _csv(reliability: Reliability) -> str:
    """One row per bin; empty cells where it has no clip."""
    lines = ["from,to,clips,confidence,accuracy"]
    for k, count in enumerate(reliability.counts):
        means = (
            f"{values[k]:.6f}" if count else ""
            for values in (reliability.confidence, reliability.accuracy)
        )
        low, high = reliability.edges[k : k + 2]
        lines.append(f"{low:.6f},{high:.6f},{count},{','.join(means)}")
    return "\n".join(lines) + "\n"
