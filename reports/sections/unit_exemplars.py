"""Units to listen to: the excerpts that excite each most, beside the median and the least."""

import numpy as np

from cnnviz.results import LayerUnits, UnitExemplars
from cnnviz.run import Run

from ..own_names import side_by_side
from ..parts import Cell, Column, Findings, Paragraph, Part, Play, Section, Table
from ..sound import N_TOP_PLAYED, units_shown

ORDER = 26
SHORTEST_SECONDS = 0.1
"""Excerpts shorter than that are played with what stands around them."""
_TEXT = (
    "The clips that excite single units most, as later layers see them: after normalisation and "
    "activation. Play the excerpt that the response is to, cut to the unit's receptive field, and "
    "compare it with the clip of the median and of the least response. Sparseness is 1 where one "
    "clip alone excites the unit."
)
_OF_CLASSES = (
    " Selectivity is 1 for a unit that answers to one class alone and 0 for one that answers to "
    "all alike; units of untrained networks can be selective too, as classes differ in sound."
)


_OWN_COLUMNS = (
    Column(name="Best class"),
    Column(name="Selectivity", places=2),
    Column(name="95 % by chance", places=2),
)


def section(run: Run) -> Section | None:
    """Chapter of units; None without any that respond."""
    results = [one for one in run.find(UnitExemplars) if units_shown(one)]
    if not results:
        return None
    return Section(
        title="Units",
        anchor="units",
        text=_TEXT + (_OF_CLASSES if any(map(_has_classes, results)) else ""),
        parts=side_by_side(results, _parts, anchor="units-of"),
    )


def _has_classes(result: UnitExemplars) -> bool:
    return any(units.selectivity is not None for units in result.layers)


def _parts(result: UnitExemplars) -> tuple[Part, ...]:
    """What is said of the units, what was left out, and the units themselves."""
    return (
        *((Findings(items=result.findings),) if result.findings else ()),
        Paragraph(text=_scope(result)),
        _table(result),
    )


def _scope(result: UnitExemplars) -> str:
    """Which clips and units are here, and how excerpts are cut."""
    shown, n_units = len(units_shown(result)), sum(one.n_units for one in result.layers)
    n_clips = len(result.labels)
    among = (
        f"{result.n_candidates:,} of {n_clips:,} clips, those whose sound was kept"
        if result.n_candidates < n_clips
        else f"all {n_clips:,} clips"
    )
    whole = [one.layer for one in result.layers if one.field_seconds is None]
    longest = "; ".join(_field(one) for one in result.layers if one.field_seconds is not None)
    return (
        f"{shown:,} of {n_units:,} units, {_first(result)}, the last layer first; exemplars are "
        f"from {among}, top ones of different speakers or recordings "
        f"where these are known. Receptive fields: {longest or 'none is known'}"
        + (f"; whole clips of {', '.join(whole)}" if whole else "")
        + f". Excerpts under {1000 * SHORTEST_SECONDS:.0f} ms are played with their surroundings."
    )


def _first(result: UnitExemplars) -> str:
    """Which units of a layer are shown."""
    if _has_classes(result):
        return "those furthest beyond chance in each layer"
    return "the sparsest of each layer"


def _field(units: LayerUnits) -> str:
    assert units.field_seconds is not None
    at_most = "" if units.field_status == "exact" else "at most "
    return f"{units.layer} {at_most}{1000 * units.field_seconds:,.4g} ms"


def _table(result: UnitExemplars) -> Table:
    """One row per unit with its excerpts."""
    n_top = min(N_TOP_PLAYED, *(one.exemplars.n_top for one in result.layers))
    return Table(
        name="units",
        caption="Units and their excerpts, with the response"
        + (" and the class of the clip" if _has_classes(result) else ""),
        columns=(
            Column(name="Unit", is_row_name=True),
            *(_OWN_COLUMNS if _has_classes(result) else ()),
            Column(name="Sparseness", places=2),
            *(Column(name=f"Top {k + 1}") for k in range(n_top)),
            Column(name="Median"),
            Column(name="Least"),
        ),
        rows=tuple(
            (
                *_numbers(result, units, channel),
                *(
                    _play(result, units, channel, k)
                    for k in (*range(n_top), units.exemplars.n_top, units.exemplars.n_top + 1)
                ),
            )
            for units, channel in units_shown(result)
        ),
        n_shown=3,
    )


def _numbers(result: UnitExemplars, units: LayerUnits, channel: int) -> tuple[Cell, ...]:
    """Name of a unit, and its numbers."""
    found, sparseness = units.selectivity, float(units.lifetime_sparseness[channel])
    name = f"{units.layer} {channel}"
    if found is None:
        return name, *(None for _ in _OWN_COLUMNS if _has_classes(result)), sparseness
    low, high = found.best_interval[channel]
    mean = f"{result.class_of(int(found.best_class[channel]))} {found.best_mean[channel]:.3g}"
    interval = f" ({low:.3g} to {high:.3g})" if np.isfinite(low) else ""
    return (
        name,
        mean + interval,
        float(found.index[channel]),
        float(found.null_quantile[channel]),
        sparseness,
    )


def _play(result: UnitExemplars, units: LayerUnits, channel: int, k: int) -> Play | None:
    """Button of one excerpt; nothing where there is none."""
    clips = units.exemplars
    clip = int(clips.clip_index[channel, k])
    if clip < 0:
        return None
    name = result.class_of(int(result.labels[clip])) or f"clip {clip}"
    ends = float(clips.starts[channel, k]), float(clips.stops[channel, k])
    start, stop = audible(*ends, result.clip_seconds)
    return Play(clip=clip, text=f"{name} {clips.values[channel, k]:.3g}", start=start, stop=stop)


def audible(start: float, stop: float, seconds: float) -> tuple[float, float]:
    """An excerpt, widened about its middle to `SHORTEST_SECONDS` within a clip of `seconds`.

    Examples
    --------
    >>> audible(0.0, 0.01, 1.0)
    (0.0, 0.1)
    """
    if stop - start < SHORTEST_SECONDS:
        latest = max(0.0, seconds - SHORTEST_SECONDS)
        start = min(max(0.0, (start + stop - SHORTEST_SECONDS) / 2), latest)
        stop = min(start + SHORTEST_SECONDS, seconds)
    return round(start, 4), round(stop, 4)
