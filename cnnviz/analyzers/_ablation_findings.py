"""What the ablation of units says in words: which change something, and what."""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from cnnviz.results import ChannelConductance, Evidence, Finding, plural
from cnnviz.results.unit_ablation import UnitAblation

_N_NAMED = 3
_FEWEST_UNITS, _N_PERMUTATIONS = 5, 9999


def ablation_findings(result: UnitAblation) -> tuple[Finding, ...]:
    """Say how many units change something, and which class those move that change most."""
    n_changing, n_units = int(result.changes.sum()), len(result.units)
    n_answers, n_still = int(result.changes_answers.sum()), n_units - n_changing
    what = plural(n_units, "cluster" if "," in result.units[0] else "unit")
    return (
        Finding(
            id=f"units_that_matter:{result.layer}",
            sentence=f"{result.layer}: held at their mean, {n_answers:,} of {what} change the "
            f"accuracy or the recall of a class on {plural(len(result.clip_index), 'clip')}, "
            f"{n_changing - n_answers:,} more only the score of a class on its own clips, and "
            f"{n_still:,} nothing that is told from chance (FDR {100 * result.level:.0f} %).",
            evidence=(
                Evidence(name="units that change answers", value=n_answers),
                Evidence(name="units that change answers or scores", value=n_changing),
                Evidence(name="units", value=n_units),
                Evidence(name="clips", value=len(result.clip_index)),
                Evidence(name="groups of clips", value=result.n_groups),
            ),
        ),
        *_strongest(result),
    )


def _strongest(result: UnitAblation) -> tuple[Finding, ...]:
    """The units whose ablation lowers the score of a class most, of those told from chance."""
    told = (result.score.q_value < result.level) & (result.score.value < 0)
    falls = np.where(told, -result.score.value, 0.0)  # (unit, class)
    order = np.argsort(-falls, axis=None, kind="stable")[:_N_NAMED]
    places = [divmod(int(k), falls.shape[1]) for k in order if falls.flat[k] > 0]
    if not places:
        return ()
    said = ", ".join(
        f"unit {result.units[unit]} that of {result.class_names[k]} by {falls[unit, k]:.3g}"
        for unit, k in places
    )
    return (
        Finding(
            id=f"strongest_units:{result.layer}",
            sentence=f"{result.layer}: the scores of classes on their own clips fall most without "
            f"{said}.",
            evidence=tuple(
                Evidence(
                    name=f"fall of {result.class_names[k]} without {result.units[unit]}",
                    value=falls[unit, k],
                    unit="unit of the score",
                )
                for unit, k in places
            ),
            null=0.0,
        ),
    )


def conductance_findings(
    result: UnitAblation, found: Sequence[ChannelConductance], *, seed: int
) -> tuple[Finding, ...]:
    """Say whether units that carry more of a score move scores more when they are held.

    Parameters
    ----------
    result
        Units held one at a time.
    found
        Conductances of a run; that of the channels of this layer over most clips is taken.
    seed
        Of the permutations of units.

    References
    ----------
    Spearman, "The Proof and Measurement of Association between Two Things" (1904).
    """
    same = [one for one in found if one.layer == result.layer and one.cell == "channel"]
    single = [k for k, name in enumerate(result.units) if name.isdecimal()]
    if not same or len(single) < _FEWEST_UNITS:
        return ()
    chosen = max(same, key=lambda one: len(one.clip_index))
    units = [int(result.units[k]) for k in single]
    effects = stats.rankdata(result.score_rms[single].mean(axis=1))
    carried = stats.rankdata(np.abs(chosen.conductance).mean(axis=0)[units])
    if not np.ptp(effects) or not np.ptp(carried):
        return ()
    correlation, p_value = _correlated(effects, carried, seed)
    rises = "moves scores more" if correlation > 0 else "moves scores less"
    said = rises if p_value <= result.level else "is not shown to move scores more or less"
    return (
        Finding(
            id=f"ablation_and_conductance:{result.layer}",
            sentence=f"{result.layer}: a unit that carries more of the score ({chosen.score_name}, "
            f"mean |conductance| over {plural(len(chosen.clip_index), 'clip')}) {said} when it is "
            f"held at its mean: Spearman's correlation {correlation:.2f} over "
            f"{plural(len(units), 'unit')}, p = {p_value:.2g} by permuting units.",
            evidence=(
                Evidence(name="Spearman's correlation", value=correlation),
                Evidence(name="p", value=p_value),
                Evidence(name="units", value=len(units)),
            ),
            null=0.0,
        ),
    )


def _correlated(one: np.ndarray, other: np.ndarray, seed: int) -> tuple[float, float]:
    """Correlation of ranks (unit,), and its two-sided p by permutations of the units."""
    one, other = stats.zscore(one), stats.zscore(other)
    observed = float(np.mean(one * other))
    rows = np.tile(other, (_N_PERMUTATIONS, 1))
    drawn = np.random.default_rng(seed).permuted(rows, axis=1) @ one / len(one)
    as_far = np.abs(drawn) >= abs(observed) - 1e-12
    return observed, float((1 + as_far.sum()) / (1 + _N_PERMUTATIONS))
