"""What is said of the units of layers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnviz.evaluation.selectivity import BETWEEN, WITHIN, Q
from cnnviz.results import Evidence, Finding, LayerUnits, UnitSelectivity

_EXCHANGED = {
    WITHIN: "labels permuted within each speaker or recording",
    BETWEEN: "labels permuted among speakers or recordings",
}


def selectivity_findings(
    layers: Sequence[LayerUnits], class_names: Sequence[str]
) -> tuple[Finding, ...]:
    """Say how many units of each layer are selective for a class, and how many by chance."""
    return tuple(
        _selective(units.layer, units.selectivity, class_names)
        for units in layers
        if units.selectivity is not None and np.isfinite(units.selectivity.p).any()
    )


def _selective(layer: str, found: UnitSelectivity, class_names: Sequence[str]) -> Finding:
    n_selective, n_tested = int(found.is_selective.sum()), int(np.isfinite(found.p).sum())
    n_responding = int((found.best_class >= 0).sum())
    labels = _EXCHANGED.get(found.exchanged, "permuted labels")
    sentence = (
        f"{layer}: {n_selective or 'none'} of {n_tested} units prefer one class beyond chance "
        f"(false discovery rate {100 * Q:g} %; with {labels} {found.expected_by_chance:.2g} would "
        "on average)"
    )
    evidence = [
        Evidence(name="selective", value=n_selective, unit="units"),
        Evidence(name="tested", value=n_tested, unit="units"),
        Evidence(name="selective with permuted labels", value=found.expected_by_chance),
        Evidence(name="false discovery rate", value=Q),
        Evidence(name="permutations", value=found.n_permutations),
    ]
    if n_selective:
        unit = int(np.argmax(np.where(found.is_selective, found.index, -1.0)))
        sentence += f"; {_example(found, unit, class_names)}"
        evidence += [
            Evidence(name="index of the highest unit", value=unit),
            Evidence(name="its class selectivity", value=found.index[unit]),
            Evidence(name="its 95 % quantile by chance", value=found.null_quantile[unit]),
            Evidence(name="its p", value=found.p[unit]),
        ]
    n_more = n_responding - n_tested
    if n_more:
        sentence += (
            f"; {n_more} more {'prefers' if n_more == 1 else 'prefer'} a class whose speakers or "
            "recordings have no other class, and cannot be tested"
        )
        evidence.append(Evidence(name="not tested", value=n_more, unit="units"))
    return Finding(
        id=f"selective_units:{layer}",
        sentence=f"{sentence}.",
        evidence=tuple(evidence),
        null=found.expected_by_chance,
    )


def _example(found: UnitSelectivity, unit: int, class_names: Sequence[str]) -> str:
    best = int(found.best_class[unit])
    name = class_names[best] if best < len(class_names) else f"class {best}"
    return (
        f"the highest is unit {unit}, for \N{LEFT DOUBLE QUOTATION MARK}{name}"
        f"\N{RIGHT DOUBLE QUOTATION MARK}: class selectivity {found.index[unit]:.2f}, of "
        f"permutations 95 % stay below {found.null_quantile[unit]:.2f}"
    )
