"""What reverse correlation says in words."""

from __future__ import annotations

import numpy as np

from cnnviz.dsp.jacobians import discoveries
from cnnviz.probing.noise_answers import LONGEST_COVARIANCE
from cnnviz.results.finding import Evidence, Finding
from cnnviz.results.reverse_correlation import ReverseLayer, UnitJacobians
from cnnviz.results.triggered import LEAST_P

FALSE_RATE, LEAST_DISTANCE = 0.005, 0.1
"""Of Stein's lemma: false discoveries among units, and difference re the larger norm."""
_UNITS_NAMED = 8


def layer_findings(one: ReverseLayer, sample_rate: float) -> tuple[Finding, ...]:
    """Everything that is said of one layer."""
    found = [*_unmeasured(one), _silent(one)]
    if one.alive.any():
        found += [_average(one), _energy_like(one)]
        if one.jacobians is not None:
            found += [
                _complexity(one, one.jacobians),
                _field(one, one.jacobians, sample_rate),
                _stein(one, one.jacobians),
            ]
    return tuple(finding for finding in found if finding is not None)


def _unmeasured(one: ReverseLayer) -> list[Finding | None]:
    """What could not be had, and why."""
    return [_whole_sounds(one), _no_covariance(one), _no_jacobian(one)]


def _whole_sounds(one: ReverseLayer) -> Finding | None:
    if one.is_field:
        return None
    return Finding(
        id=f"averages_of_whole_sounds:{one.layer}",
        sentence=f"{one.layer}: one cell in the middle of each sound is read: no cell is known to "
        "see a part of a sound only, and no padding.",
        evidence=(_seen(one),),
        fragment=_fragment(one),
    )


def _no_covariance(one: ReverseLayer) -> Finding | None:
    if not one.covariances_absent:
        return None
    return Finding(
        id=f"no_covariance:{one.layer}",
        sentence=f"{one.layer}: no spike-triggered covariance was made: {one.covariances_absent}.",
        evidence=(_seen(one),),
        threshold=LONGEST_COVARIANCE,
        fragment=_fragment(one),
    )


def _no_jacobian(one: ReverseLayer) -> Finding | None:
    if not one.jacobians_absent:
        return None
    return Finding(
        id=f"no_jacobian:{one.layer}",
        sentence=f"{one.layer}: no Jacobian could be had: {one.jacobians_absent}.",
        severity="warning",
        evidence=(_seen(one),),
        fragment=_fragment(one),
    )


def _seen(one: ReverseLayer) -> Evidence:
    return Evidence(name="seen by a cell", value=one.n_taps, unit="audio samples")


def _silent(one: ReverseLayer) -> Finding | None:
    n_silent = int((~one.alive).sum())
    if not n_silent:
        return None
    return Finding(
        id=f"silent_on_noise:{one.layer}",
        sentence=f"{one.layer}: {n_silent} of {one.n_units} units gave one value to all noise "
        f"({_named(~one.alive)}); nothing is said of them.",
        severity="warning",
        evidence=(
            Evidence(name="of one value", value=n_silent, unit="units"),
            Evidence(name="layer", value=one.n_units, unit="units"),
        ),
        fragment=_fragment(one),
    )


def _average(one: ReverseLayer) -> Finding:
    """How many units have an average, and how much of their answers it predicts."""
    averages, n_alive = one.averages, int(one.alive.sum())
    shown = averages.is_shown
    n_shown = int(shown.sum())
    beside, twins = _twins(None if one.twins is None else one.twins.n_averages)
    sentence = (
        f"{one.layer}: {n_shown} of {n_alive} units have a spike-triggered average "
        f"(p < {LEAST_P:g} among shuffled pairings{beside})"
    )
    evidence = [
        Evidence(name="with an average", value=n_shown, unit="units"),
        Evidence(name="that answer", value=n_alive, unit="units"),
        *twins,
    ]
    if n_shown:
        share = 100 * float(np.median(averages.linear_share[shown]))
        sentence += f"; it predicts {share:.2g} % of the variance of their answers in the median"
        evidence.append(Evidence(name="median predicted variance", value=share, unit="%"))
    return Finding(
        id=f"noise_average:{one.layer}",
        sentence=sentence + ".",
        evidence=tuple(evidence),
        null=LEAST_P * n_alive,
        fragment=_fragment(one),
    )


def _energy_like(one: ReverseLayer) -> Finding | None:
    """Units that answer to energy in a plane, whatever its phase."""
    units = one.energy_like
    if units is None or one.covariances is None or not units.any():
        return None
    first = int(np.flatnonzero(units)[0])
    values, limit = one.covariances.correlations[first], float(one.covariances.limits[first])
    beside, twins = _twins(None if one.twins is None else one.twins.n_energy_like)
    return Finding(
        id=f"energy_like:{one.layer}",
        sentence=f"{one.layer}: {int(units.sum())} of {int(one.alive.sum())} units are energy-like "
        f"({_named(units)}): no spike-triggered average, but two or more eigenvalues of the "
        f"covariance beyond shuffled pairings{beside}. Unit {first}: {values[0]:.2f} and "
        f"{values[1]:.2f}, by chance up to {limit:.2g} (correlations with squared projections).",
        evidence=(
            Evidence(name="energy-like", value=int(units.sum()), unit="units"),
            Evidence(name=f"first eigenvalue of unit {first}", value=values[0]),
            Evidence(name=f"second eigenvalue of unit {first}", value=values[1]),
            Evidence(name="limit by shuffled pairings", value=limit),
            *twins,
        ),
        fragment=_fragment(one),
    )


def _complexity(one: ReverseLayer, jacobians: UnitJacobians) -> Finding | None:
    """How many directions the Jacobians of a unit have."""
    known = jacobians.complexity[np.isfinite(jacobians.complexity)]
    if not len(known):
        return None
    median = float(np.median(known))
    beside, twins = _twins(None if one.twins is None else one.twins.complexity, joint="; ")
    return Finding(
        id=f"jacobian_complexity:{one.layer}",
        sentence=f"{one.layer}: the Jacobians of the median unit have a complexity of "
        f"{median:.3g} over {jacobians.n_compared} sounds of noise (1 if only gates open and "
        f"close{beside}).",
        evidence=(
            Evidence(name="median complexity", value=median),
            Evidence(name="sounds with a gradient", value=jacobians.n_compared),
            *twins,
        ),
        null=1.0,
        fragment=_fragment(one),
    )


def _field(one: ReverseLayer, jacobians: UnitJacobians, sample_rate: float) -> Finding | None:
    """How much of the receptive field the gradient uses."""
    ratio = one.field_ratio
    if ratio is None or not np.isfinite(ratio).any():
        return None
    half, most = (
        1000 * float(np.nanmedian(taps)) / sample_rate
        for taps in (jacobians.width_50, jacobians.width_95)
    )
    share, whole = 100 * float(np.nanmedian(ratio)), 1000 * one.n_taps / sample_rate
    ranges = None if one.twins is None else 100 * one.twins.field_ratio
    beside, twins = _twins(ranges, unit="%", joint="; ")
    return Finding(
        id=f"effective_field:{one.layer}",
        sentence=f"{one.layer}: of the gradient of the median unit 50 % lie within {half:.3g} ms "
        f"and 95 % within {most:.3g} ms, {share:.0f} % of the receptive field of {whole:.3g} ms"
        f"{beside}.",
        evidence=(
            Evidence(name="median width with 95 %", value=share, unit="% of the receptive field"),
            Evidence(name="median width with 95 %", value=most, unit="ms"),
            Evidence(name="median width with 50 %", value=half, unit="ms"),
            Evidence(name="receptive field", value=whole, unit="ms"),
            *twins,
        ),
        fragment=_fragment(one),
    )


def _stein(one: ReverseLayer, jacobians: UnitJacobians) -> Finding | None:
    """Whether the mean Jacobian is the spike-triggered average, as Stein's lemma says."""
    p = jacobians.stein_p
    n_tested = int(np.isfinite(p).sum())
    if not n_tested:
        return None
    apart = discoveries(p, FALSE_RATE) & (jacobians.stein_distance >= LEAST_DISTANCE)
    n_apart = int(apart.sum())
    of = apart if n_apart else np.isfinite(p)
    cosine, expected = (
        float(np.median(values[of]))
        for values in (jacobians.stein_cosine, jacobians.stein_expected)
    )
    tested = f"{n_tested} units that are above threshold in a fifth of the noise"
    numbers = f"median cosine {cosine:.3g}; sampling leaves {expected:.3g}"
    if n_apart:
        sentence = (
            f"the mean Jacobian is not the spike-triggered average in {n_apart} of {tested} "
            f"({_named(apart)}; {numbers}; they differ by "
            f"{100 * float(np.median(jacobians.stein_distance[of])):.0f} %). Likely causes: a step "
            "whose gradient is not its slope (rounding, a sign, a detached branch), or cells that "
            "answer differently"
        )
    else:
        sentence = (
            f"in none of {tested} is the mean Jacobian told apart from the spike-triggered average "
            f"({numbers}), as Stein's lemma asks of true gradients"
        )
    return Finding(
        id=f"stein:{one.layer}",
        sentence=f"{one.layer}: {sentence}.",
        severity="warning" if n_apart else "note",
        evidence=(
            Evidence(name="told apart", value=n_apart, unit="units"),
            Evidence(name="tested", value=n_tested, unit="units"),
            Evidence(name="median cosine", value=cosine),
            Evidence(name="cosine that sampling leaves", value=expected),
            Evidence(name="false discovery rate", value=FALSE_RATE),
            Evidence(name="least difference", value=100 * LEAST_DISTANCE, unit="%"),
        ),
        threshold=0.0,
        fragment=_fragment(one),
    )


def _twins(
    values: np.ndarray | None, *, unit: str = "", joint: str = "; "
) -> tuple[str, tuple[Evidence, ...]]:
    """The range of untrained twins in words and as evidence; nothing without any."""
    known = np.zeros(0) if values is None else values[np.isfinite(values)]
    if not len(known):
        return "", ()
    low, high = float(known.min()), float(known.max())
    shown = f"{low:.3g}" if f"{low:.3g}" == f"{high:.3g}" else f"{low:.3g} to {high:.3g}"
    evidence = (
        Evidence(name="lowest of untrained twins", value=low, unit=unit),
        Evidence(name="highest of untrained twins", value=high, unit=unit),
    )
    return f"{joint}untrained twins: {shown}{f' {unit}' if unit else ''}", evidence


def _named(units: np.ndarray) -> str:
    """Numbers of the units that are true, the first few."""
    listed = np.flatnonzero(units)
    more = ", ..." if len(listed) > _UNITS_NAMED else ""
    return ", ".join(map(str, listed[:_UNITS_NAMED])) + more


def _fragment(one: ReverseLayer) -> str:
    return f"reverse-{one.layer}"
