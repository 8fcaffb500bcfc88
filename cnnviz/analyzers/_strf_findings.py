"""What receptive fields on a spectrogram say in words, beside chance and untrained twins."""

import numpy as np

from cnnviz.dsp.medians import known_median
from cnnviz.results.finding import Evidence, Finding, plural
from cnnviz.results.strf import LEAST_P, UnitFields


def layer_finding(one: UnitFields) -> Finding:
    """How many units of a layer have a receptive field, and how well those predict."""
    n_shown, n_units = int(one.is_shown.sum()), one.n_units
    by_chance = LEAST_P * n_units
    told, beside = _twins(one)
    median = known_median(one.held_out_correlations[one.is_shown])
    how_well = f", at a median correlation of {median:.2f}" if n_shown else ""
    return Finding(
        id=f"strf:{one.layer}",
        sentence=f"{one.layer}: the answers of {n_shown} of {plural(n_units, 'unit')} to held-out "
        f"clips follow a spectro-temporal receptive field (p < {LEAST_P:g} among the answers to "
        f"other clips, {by_chance:.2g} by chance){how_well}{told}.",
        evidence=(
            Evidence(name="units with a receptive field", value=n_shown),
            Evidence(name="units", value=n_units),
            *([Evidence(name="median correlation", value=median)] if n_shown else []),
            *beside,
        ),
        null=by_chance,
    )


def _twins(one: UnitFields) -> tuple[str, list[Evidence]]:
    """Counts and medians of untrained twins in words, and the numbers."""
    if not len(one.twin_p):
        return "", []
    shown = one.twin_p < LEAST_P
    counts = shown.sum(axis=1)
    values = {
        "fewest of a twin": counts.min(),
        "most of a twin": counts.max(),
        "units of a twin": one.twin_p.shape[1],
    }
    told = f"; untrained twins: {_span(counts, 'd')} of {one.twin_p.shape[1]}"
    medians = np.array(
        [known_median(r[known]) for r, known in zip(one.twin_correlations, shown, strict=True)]
    )
    medians = medians[np.isfinite(medians)]
    if len(medians):
        told += f" at {_span(medians, '.2f')}"
        values |= {"lowest median of a twin": medians.min()}
        values |= {"highest median of a twin": medians.max()}
    return told, [Evidence(name=name, value=float(value)) for name, value in values.items()]


def _span(values: np.ndarray, form: str) -> str:
    first, last = (format(value, form) for value in (values.min(), values.max()))
    return first if first == last else f"{first} to {last}"
