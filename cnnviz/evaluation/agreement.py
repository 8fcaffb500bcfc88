"""Whether two curves over bands rise and fall together, and more so than a control does.

Curves of each class are means over its clips. Their agreement is Spearman's correlation over the
bands. What chance gives is found by rotating one of the curves along the bands, by the same step
in all classes: neighbouring bands answer alike, and so do classes, which a permutation would
ignore. What other speakers or recordings would give is found by resampling them.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from cnnviz.evaluation.bootstrap import interval_of

N_RESAMPLES = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """Correlations over bands with a reference, each in [-1, 1], of each class.

    Parameters
    ----------
    observed, control
        Of the curve, and of the control, (class,).
    rotated
        Of the curve rotated along the bands by 1, 2 and so on, (rotation, class).
    lead
        95 % interval of `observed` - `control`, groups resampled, (class, 2); NaN of one group.
    mean_lead
        That of its mean over classes, (2,).
    """

    observed: np.ndarray
    control: np.ndarray
    rotated: np.ndarray
    lead: np.ndarray
    mean_lead: np.ndarray

    @property
    def p_value(self) -> float:
        """Share of rotations whose mean over classes is as high as that observed."""
        as_high = self.rotated.mean(1) >= self.observed.mean()
        return float((1 + as_high.sum()) / (1 + len(as_high)))


def agree(
    curves: np.ndarray,
    control: np.ndarray,
    reference: np.ndarray,
    *,
    classes: np.ndarray,
    groups: np.ndarray,
    seed: int,
    n_resamples: int = N_RESAMPLES,
) -> Agreement:
    """Correlate class means of curves, and of a control, with those of a reference.

    Parameters
    ----------
    curves, control, reference
        Of each clip, (clip, band).
    classes, groups
        Number of the class and of the speaker or recording of each clip from 0, (clip,).
    seed, n_resamples
        Of the draws of as many groups as there are.

    References
    ----------
    Spearman, "The Proof and Measurement of Association between Two Things" (1904).
    """
    of_class = classes == np.arange(classes.max() + 1)[:, None]  # (class, clip)
    sums = (of_class @ one for one in (curves, control, reference))  # ranked as the means are
    own, other, against = (_unit_ranks(one) for one in sums)  # (class, band)
    n_groups = [len(np.unique(groups[own])) for own in of_class]
    leads = _resampled_leads((curves, control, reference), of_class, groups, seed, n_resamples)
    return Agreement(
        observed=(own * against).sum(1),
        control=(other * against).sum(1),
        rotated=np.stack(
            [(np.roll(own, step, axis=1) * against).sum(1) for step in range(1, own.shape[1])]
        ),
        lead=np.stack([interval_of(one, n) for one, n in zip(leads, n_groups, strict=True)]),
        mean_lead=interval_of(np.nanmean(leads, axis=0), int(np.median(n_groups))),
    )


def _resampled_leads(
    curves: tuple[np.ndarray, ...],
    of_class: np.ndarray,
    groups: np.ndarray,
    seed: int,
    n_resamples: int,
) -> np.ndarray:
    """Leads over the control with other groups, (class, resample); NaN without clips of a class."""
    n = int(groups.max()) + 1
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=n_resamples)
    leads = np.empty((len(of_class), n_resamples))
    for k, own in enumerate(of_class):
        weights = drawn[:, groups[own]].astype(np.float64)  # (resample, clip)
        first, second, third = (_unit_ranks(weights @ one[own]) for one in curves)
        leads[k] = np.where(weights.any(1), ((first - second) * third).sum(1), np.nan)
    return leads


def _unit_ranks(values: np.ndarray) -> np.ndarray:
    """Ranks along the last axis about 0, of length 1; 0 where all values are equal.

    The products of two sum to Spearman's correlation.
    """
    ranks = stats.rankdata(values, axis=-1)
    ranks -= ranks.mean(-1, keepdims=True)
    lengths = np.linalg.norm(ranks, axis=-1, keepdims=True)
    return np.asarray(np.divide(ranks, lengths, out=np.zeros_like(ranks), where=lengths > 0))
