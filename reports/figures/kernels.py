"""Kernels arranged for pictures: which taps are drawn as a line, which as a plane, and axes."""

from dataclasses import dataclass

import numpy as np

from cnnviz.results import Bank, Modulation, Responses

N_POINTS = 385
"""Points of a response drawn in a detail figure at most."""
BUDGET = 1_500_000
"""Numbers of responses a bank puts into a page; more filters get fewer points, down to a third."""
N_ROWS = 128
"""Rows of a plane drawn at most; more input channels are averaged in groups."""

N_SCALES, N_RATES = 52, 96
"""Cells of a modulation transfer drawn at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaneAxes:
    """Axes of the planes of a bank: edges of the cells' range, labels, and ticks of the rows.

    `row_ticks` maps the position of a row, counted from the bottom in rows, to its label.
    """

    x: tuple[float, float]
    x_label: str
    y_label: str
    n_rows: int
    row_ticks: tuple[tuple[float, str], ...]


def drawn_points(responses: Responses) -> np.ndarray:
    """Indices of the frequencies drawn, evenly spread, both ends included, int (point,)."""
    n = len(responses.frequencies)
    affordable = BUDGET // (4 * max(len(responses.magnitudes_db), 1))
    most = min(n, int(np.clip(affordable, N_POINTS // 3, N_POINTS)))
    return np.unique(np.rint(np.linspace(0, max(n - 1, 0), most)).astype(int))


def line_taps(bank: Bank) -> np.ndarray:
    """Taps that can be drawn as one line per filter, (filter, tap).

    Those at the network's input where they are known, else those of the strongest channel.
    """
    if bank.responses is not None:
        return bank.responses.kernels.taps
    taps = bank.taps.reshape(bank.taps.shape[0], -1, bank.taps.shape[-1])  # (filter, row, time)
    strongest = (taps**2).sum(axis=2).argmax(axis=1)
    chosen: np.ndarray = taps[np.arange(len(taps)), strongest]
    return chosen


def tap_axis(bank: Bank) -> tuple[np.ndarray, str]:
    """Positions of `line_taps` (tap,) and their label: milliseconds, or taps without a rate."""
    seconds = bank.tap_seconds if bank.responses is None else bank.responses.kernels.seconds
    if seconds is None:
        return np.arange(line_taps(bank).shape[1], dtype=np.float64), "Tap"
    return 1000 * seconds, "Time from the first tap (ms)"


def has_planes(bank: Bank) -> bool:
    """Whether a filter of the bank is more than one line: channels x time, or frequency x time."""
    return _n_rows(bank) > 1


def plane(bank: Bank, index: int) -> np.ndarray:
    """Weights of one filter as a plane, (row, time), lowest frequency first.

    Rows are input channels in the order of their centre frequencies, a quadrature pair in one
    (1-D), or the frequency axis of the kernel at its strongest input channel (2-D).
    """
    taps = bank.taps[index]
    if bank.kind == "2d":
        return grouped(taps[strongest_channel(bank, index)])  # (frequency, time)
    return grouped(taps if bank.channels is None else bank.channels.arranged(taps))  # (row, time)


def modulation_step(modulation: Modulation) -> tuple[int, int]:
    """Every how many scales and rates of the modulation transfer are drawn."""
    _, n_scales, n_rates = modulation.values.shape
    return -(-n_scales // N_SCALES), -(-n_rates // N_RATES)


def strongest_channel(bank: Bank, index: int) -> int:
    """Input channel that holds most energy of a filter."""
    energy: np.ndarray = (bank.taps[index] ** 2).reshape(bank.taps.shape[1], -1).sum(axis=1)
    return int(energy.argmax())


def plane_axes(bank: Bank) -> PlaneAxes:
    """Axes shared by the planes of a bank."""
    n_times, seconds = bank.taps.shape[-1], bank.tap_seconds
    if seconds is not None and bank.sample_rate is not None:
        step = seconds[1] - seconds[0] if n_times > 1 else 1 / bank.sample_rate
        x = (1000 * (seconds[0] - step / 2), 1000 * (seconds[-1] + step / 2))
        x_label = "Time from the first tap (ms)"
    else:
        x, x_label = (-0.5, n_times - 0.5), "Tap"
    n_rows = len(grouped(np.zeros((_n_rows(bank), 1))))
    y_label, ticks = _row_labels(bank, n_rows)
    return PlaneAxes(x=x, x_label=x_label, y_label=y_label, n_rows=n_rows, row_ticks=ticks)


def _n_rows(bank: Bank) -> int:
    """Rows of a plane before grouping."""
    if bank.kind == "2d":
        return int(bank.taps.shape[2])
    n_pairs = 0 if bank.channels is None else bank.channels.n_pairs
    return int(bank.taps.shape[1]) - n_pairs


def _row_labels(bank: Bank, n_rows: int) -> tuple[str, tuple[tuple[float, str], ...]]:
    """Label of the rows and up to six ticks."""
    at = np.unique(np.rint(np.linspace(0, n_rows - 1, min(n_rows, 6))).astype(int))
    n = _n_rows(bank)
    if bank.channels is not None:
        every = bank.channels.row_centre_hz
        centres = every[np.rint(at * (n - 1) / max(n_rows - 1, 1)).astype(int)]
        texts = [f"{hertz:,.0f}" if np.isfinite(hertz) else "none" for hertz in centres]
        return "Input channel by centre (Hz)", tuple(
            (float(row), text) for row, text in zip(at, texts, strict=True)
        )
    label = "Frequency channel of the kernel" if bank.kind == "2d" else "Input channel"
    rows = np.rint(at * (n - 1) / max(n_rows - 1, 1)).astype(int)
    return label, tuple((float(row), str(i)) for row, i in zip(at, rows, strict=True))


def grouped(rows: np.ndarray, n_rows: int = N_ROWS) -> np.ndarray:
    """Means of neighbouring rows where there are more than can be drawn, (row, time)."""
    if len(rows) <= n_rows:
        return rows
    edges = np.rint(np.linspace(0, len(rows), n_rows + 1)).astype(int)
    return np.add.reduceat(rows, edges[:-1], axis=0) / np.diff(edges)[:, None]
