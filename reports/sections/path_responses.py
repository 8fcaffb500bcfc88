"""Responses under policies for nonlinear steps: which describes what was measured."""

import numpy as np

from cnnviz.csv_text import to_csv
from cnnviz.dsp.medians import known_median
from cnnviz.dsp.tuning import DEPTH_DB, decibels
from cnnviz.results.path_responses import LayerPaths, PathResponses, PolicyCurves
from cnnviz.run import Run

from ..chapter import chapter
from ..numerals import known
from ..parts import Column, DataFile, Findings, Group, Multiples, Part, Section, Table, Vector
from ..tuning_curves import beside_measured

ORDER = 24
_TEXT = (
    "A response computed from weights needs a policy for each step on the way that is not linear. "
    "Every policy is held against the tuning to tones that was measured: gain aside, within "
    f"{DEPTH_DB:g} dB of the peak of the computed curve. Curves of other units of the layer are "
    "the control."
)
_N_ROWS = 100
_SHARES = (0.5, 0.9)
"""Quantiles of the difference under the best policy at which units are shown."""


def section(run: Run) -> Section | None:
    """Chapter of responses under policies; None without any."""
    return chapter(
        run.find(PathResponses), _parts, title="Path responses", anchor="path-responses", text=_TEXT
    )


def _parts(result: PathResponses) -> tuple[Part, ...]:
    findings = (Findings(items=result.findings),) if result.findings else ()
    return (*findings, *(_layer(result, one) for one in result.layers))


def _layer(result: PathResponses, one: LayerPaths) -> Group:
    """Policies, units under each, and all units."""
    return Group(
        title=one.layer,
        anchor=f"path-responses-{one.layer}",
        text=f"Measured: {one.reading}, tones of {result.level_db:g} dBFS.",
        parts=(_policies(one), *(() if one.best is None else (_units(result, one), _table(one)))),
    )


def _policies(one: LayerPaths) -> Table:
    """Each policy with its differences, or why it says nothing."""
    told = tuple(
        (
            each.policy,
            known(known_median(each.difference_db)),
            known(known_median(each.other_difference_db)),
            each.n_closer,
            each.text,
        )
        for each in one.policies
    )
    absent = tuple((each.policy, None, None, None, each.reason) for each in one.absent)
    return Table(
        name=f"path-policies-{one.layer}",
        caption=f"{one.layer}: median difference of measured to computed tuning under each policy, "
        "to computed tuning of other units, and units closer to their own",
        columns=(
            Column(name="Policy", is_row_name=True),
            Column(name="Difference", unit="dB", digits=2),
            Column(name="To other units", unit="dB", digits=2),
            Column(name="Units closer to their own"),
            Column(name="Steps that are not linear"),
        ),
        rows=(*told, *absent),
        sortable=False,
    )


def _units(result: PathResponses, one: LayerPaths) -> Multiples:
    """Two units under each policy, measured curve beside it."""
    assert one.best is not None
    difference = one.best.difference_db
    ranked = np.argsort(np.where(np.isfinite(difference), difference, np.inf), kind="stable")
    ranked = ranked[: int(np.isfinite(difference).sum())]
    chosen = {int(ranked[int(share * (len(ranked) - 1))]): None for share in _SHARES}
    return Multiples(
        parts=tuple(_curves(result, one, each, unit) for unit in chosen for each in one.policies),
        caption="Measured (line) and computed (dashed) under each policy, dB below the peak of "
        "each over frequency; the units at the median and at 90 % of the differences under "
        f"{one.best.policy}.",
        data=_file(result, one),
    )


def _curves(result: PathResponses, one: LayerPaths, each: PolicyCurves, unit: int) -> Vector:
    difference = each.difference_db[unit]
    apart = f"{difference:.2g} dB" if np.isfinite(difference) else "no response"
    return Vector(
        svg=beside_measured(
            result.frequencies, decibels(one.measured[unit]), each.levels_db[unit].astype(float)
        ),
        alt=f"Unit {unit} of {one.layer}, measured and under the policy {each.policy}: {apart}",
        caption=f"Unit {unit}, {each.policy}: {apart}",
    )


def _file(result: PathResponses, one: LayerPaths) -> DataFile:
    """Curves of every unit, measured and under each policy."""
    named = [("measured", decibels(one.measured))]
    named += [(each.policy, each.levels_db) for each in one.policies]
    head = ("unit", "policy", *(f"{hertz:.6g} Hz" for hertz in result.frequencies))
    rows = (
        (unit, name, *(f"{value:.6g}" for value in curves[unit]))
        for unit in range(len(one.measured))
        for name, curves in named
    )
    return DataFile(name=f"path-responses-{one.layer}.csv", text=to_csv((head, *rows)))


def _table(one: LayerPaths) -> Table:
    """Difference of each unit under each policy."""
    n = len(one.measured)
    cut = f"; the first {_N_ROWS} of {n:,}" if n > _N_ROWS else ""
    return Table(
        name=f"path-units-{one.layer}",
        caption=f"Units of {one.layer}: difference of measured to computed tuning{cut}",
        columns=(
            Column(name="Unit", is_row_name=True),
            *(Column(name=each.policy.capitalize(), unit="dB", digits=2) for each in one.policies),
        ),
        rows=tuple(
            (unit, *(known(each.difference_db[unit]) for each in one.policies))
            for unit in range(min(n, _N_ROWS))
        ),
        n_shown=16,
    )
