"""What integration windows say: the median of a layer beside its field and untrained twins."""

from collections.abc import Sequence

import numpy as np

from cnnviz.results.finding import Evidence, Finding
from cnnviz.results.integration_windows import LayerWindows


def window_findings(layers: Sequence[LayerWindows], durations: np.ndarray) -> tuple[Finding, ...]:
    """One sentence per layer of which windows are known."""
    return tuple(finding for one in layers for finding in _finding(one, durations))


def _finding(one: LayerWindows, durations: np.ndarray) -> tuple[Finding, ...]:
    known = one.window_seconds[~np.isnan(one.window_seconds)]
    if not len(known):
        return ()
    value = _median(known)
    medians = [_median(row[~np.isnan(row)]) for row in one.twin_window_seconds]
    twins = [median for median in medians if not np.isnan(median)]
    beside = f"; untrained twins: {_span(twins, durations)}" if twins else ""
    field = ""
    if np.isfinite(one.field_seconds):
        bound = "at most " if one.field_status == "upper" else ""
        field = f", receptive field {bound}{_milliseconds(one.field_seconds)}"
    return (
        Finding(
            id=f"integration_window:{one.layer}",
            sentence=f"{one.layer}: median integration window {_told(value, durations)}"
            f"{field}{beside}.",
            evidence=(
                Evidence(name="median integration window", value=value, unit="s"),
                Evidence(name="units", value=len(known)),
                Evidence(name="shortest segment", value=durations[0], unit="s"),
                Evidence(name="longest segment", value=durations[-1], unit="s"),
                *(Evidence(name="median of a twin", value=twin, unit="s") for twin in twins),
            ),
            null=float(np.mean(twins)) if twins else None,
            fragment=f"windows-{one.layer}",
        ),
    )


def _median(values: np.ndarray) -> float:
    """Median, an observed value, so that infinite ones may stand in it."""
    return float(np.sort(values)[(len(values) - 1) // 2]) if len(values) else float("nan")


def _told(seconds: float, durations: np.ndarray) -> str:
    """A window in ms, as a bound at the ends of the durations."""
    if seconds <= durations[0]:
        return f"{_milliseconds(durations[0])} or less"
    if np.isinf(seconds):
        return f"more than {_milliseconds(durations[-1])}"
    return _milliseconds(seconds)


def _span(values: Sequence[float], durations: np.ndarray) -> str:
    low, high = (_told(value, durations) for value in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.3g} ms"
