"""What parametric fits say of a bank: filters of each family beside untrained ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnviz.dsp.null import LEVEL
from cnnviz.filterbanks.waveform_layer import WaveformLayer
from cnnviz.results import Evidence, Finding, TwinRange, plural
from cnnviz.results.filter_fits import FamilyFit


def describe(
    layer: WaveformLayer, fits: Sequence[FamilyFit], chosen: np.ndarray
) -> tuple[Finding, ...]:
    """One finding per family with more filters than untrained ones, and one for the others.

    Parameters
    ----------
    layer
        The filters, and how untrained ones were drawn.
    fits
        Of every family.
    chosen
        Index of the family that describes each filter, (filter,); -1 where none does.
    """
    order = sorted(range(len(fits)), key=lambda k: -fits[k].count.value)
    beyond = [k for k in order if fits[k].count.value > fits[k].count.high]
    others = [fits[k].count for k in order if k not in beyond and fits[k].count.value]
    found = [_more(layer, fits[k], chosen == k) for k in beyond]
    return (*found, *([_usual(layer, others, chosen)] if others or not found else []))


def _more(layer: WaveformLayer, fit: FamilyFit, is_chosen: np.ndarray) -> Finding:
    """A family that describes more filters than of untrained ones."""
    n, n_filters, count = int(is_chosen.sum()), len(is_chosen), fit.count
    twins, median = _twins(layer), float(np.median(fit.r2[is_chosen]))
    return Finding(
        id=f"parametric_fit:{layer.layer}:{fit.family.replace(' ', '_').lower()}",
        sentence=f"{n:,} of {n_filters:,} {'is' if n == 1 else 'are'} described best by a "
        f"{fit.family} (median R² {median:.2f}), and better than 95 % of shuffled filters of "
        f"{plural(layer.taps.shape[1], 'tap')}; {twins}: {_interval(count)} of {n_filters:,} "
        f"({layer.null}).",
        evidence=(
            Evidence(name=f"filters described best by a {fit.family}", value=n),
            Evidence(name="filters", value=n_filters),
            Evidence(name="median R²", value=median),
            Evidence(name=f"{twins} from", value=count.low),
            Evidence(name=f"{twins} to", value=count.high),
            Evidence(name="share of shuffled filters", value=LEVEL),
        ),
        null=LEVEL * n_filters,
        fragment=f"fits-{layer.layer}",
    )


def _usual(layer: WaveformLayer, counts: Sequence[TwinRange], chosen: np.ndarray) -> Finding:
    """Families that describe no more filters than of untrained ones, in one sentence."""
    n_filters, twins = len(chosen), _twins(layer)
    words = [f"{each.value:.0f} {each.name} ({_interval(each)})" for each in counts]
    listed = ", ".join(words)
    return Finding(
        id=f"usual_fits:{layer.layer}",
        sentence=f"Families that describe no more filters than of {twins} (in brackets): {listed} "
        f"of {n_filters:,} ({layer.null})."
        if words
        else f"None of {n_filters:,} filters is described by a Gabor, gammatone, windowed sinc, "
        "moving average or derivative better than 95 % of shuffled filters are.",
        evidence=(
            Evidence(name="filters described by any family", value=int((chosen >= 0).sum())),
            Evidence(name="filters", value=n_filters),
            *(
                Evidence(name=f"{each.name}, {what}", value=value)
                for each in counts
                for what, value in (
                    ("filters", each.value),
                    (f"{twins} from", each.low),
                    (f"{twins} to", each.high),
                )
            ),
            Evidence(name="share of shuffled filters", value=LEVEL),
        ),
        fragment=f"fits-{layer.layer}",
    )


def _interval(count: TwinRange) -> str:
    return f"{count.low:.0f}-{count.high:.0f}"


def _twins(layer: WaveformLayer) -> str:
    return "untrained twins" if layer.is_own else "untrained filters"
