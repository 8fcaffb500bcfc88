"""Spectro-temporal receptive fields: ridge regression of answers on the cells of a spectrogram.

The answer of a unit is predicted from the bands of the latest frames that it sees,

    y[t] ~ b + sum over band and lag of k[band, lag] x[band, t - lag],

by least squares with a penalty alpha on the squared weights. Bands and answers are scaled to a
standard deviation of 1. Alpha is chosen by cross-validation over groups of clips, for each unit,
and the correlation is that of groups which chose neither weights nor alpha. By chance it is what
the same predictions reach with the answers to other clips, which takes away what all clips have
in common, such as the time at which they begin. Where answers follow nothing, the correlation of
fold A under weights of fold B is that of B under weights of A, so that a mean over folds varies up
to twice as much as one over independent folds: the draws are spread by sqrt(2) about their mean.

References
----------
Theunissen, David, Singh, Hsu, Vinje and Gallant, "Estimating spatio-temporal receptive fields of
auditory and visual neurons from their responses to natural stimuli" (2001).
Machens, Wehr and Zador, "Linearity of cortical receptive fields measured with natural sounds"
(2004).
"""

from dataclasses import dataclass

import numpy as np

from cnnviz.dsp.ridge import PENALTIES, Moments, Solved, inner_scores, total

N_FOLDS, FEWEST_FOLDS = 4, 3
_LEAST_PER_FOLD = 2  # clips, so that one can take the other's place
_CONSTANT = 1e-9  # standard deviation re the largest value
N_DRAWS = 499
_TWICE_USED = np.sqrt(2.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Strf:
    """Receptive fields of units, and how well they predict clips that were held out.

    Parameters
    ----------
    kernels
        Standard deviations of the answer per standard deviation of a cell, (unit, band, lag);
        lag 0 is the latest frame.
    alphas
        Penalty of each unit, (unit,).
    held_out_correlations
        Of prediction and answer, mean over folds, (unit,); NaN of units of one answer.
    chance
        The same with answers to other clips of the fold, (draw, unit), spread as above.
    """

    kernels: np.ndarray
    alphas: np.ndarray
    held_out_correlations: np.ndarray
    chance: np.ndarray

    def p(self) -> np.ndarray:
        """One-sided p of each unit's correlation among its draws, (unit,)."""
        above = (self.chance >= self.held_out_correlations).sum(axis=0)
        p = (1 + above) / (1 + len(self.chance))
        return np.where(np.isfinite(self.held_out_correlations), p, np.nan)


def folds_of(groups: np.ndarray) -> np.ndarray | None:
    """Fold of each clip, int (clip,), all clips of a group in one; None of too few to hold out.

    Parameters
    ----------
    groups
        Number of the speaker or recording of each clip, (clip,).
    """
    _, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    n_folds = min(N_FOLDS, len(sizes), len(groups) // _LEAST_PER_FOLD)
    if n_folds < FEWEST_FOLDS:
        return None
    counts, fold_of_group = np.zeros(n_folds, int), np.zeros(len(sizes), int)
    for one in np.argsort(-sizes, kind="stable"):
        fold_of_group[one] = counts.argmin()
        counts[fold_of_group[one]] += sizes[one]
    return fold_of_group[group] if counts.min() >= _LEAST_PER_FOLD else None


def pooled(cells: np.ndarray, *, n_bands: int, n_frames: int) -> np.ndarray:
    """Means over neighbouring bands and frames of cells (clip, band, frame).

    The last mean is of the bands that are left; frames that are left over are dropped.
    """
    n_whole = cells.shape[2] // n_frames
    frames = cells[:, :, : n_whole * n_frames].reshape(*cells.shape[:2], n_whole, n_frames).mean(3)
    firsts = np.arange(0, cells.shape[1], n_bands)
    sizes = np.diff(np.append(firsts, cells.shape[1]))
    return np.asarray(np.add.reduceat(frames, firsts, axis=1) / sizes[:, None])


def lagged_ridge(
    cells: np.ndarray,
    answers: np.ndarray,
    *,
    starts: np.ndarray,
    n_lags: int,
    groups: np.ndarray,
    n_draws: int = N_DRAWS,
    seed: int = 0,
) -> Strf:
    """Regress the answers of units on the latest frames that each of them sees.

    Parameters
    ----------
    cells
        (clip, band, frame).
    answers
        (unit, clip, row).
    starts
        First frame that each row sees, int (row,).
    n_lags
        Frames that a row sees.
    groups
        Of clips that are held out together, (clip,); enough of them for `folds_of`.
    n_draws
        Pairings of predictions with the answers to other clips.
    seed
        Of the pairings.

    Examples
    --------
    >>> cells = np.random.default_rng(0).normal(size=(12, 3, 40))
    >>> answers = 2 * cells[None, :, 1, 1:] - cells[None, :, 2, :-1]
    >>> found = lagged_ridge(
    ...     cells, answers, starts=np.arange(39), n_lags=2, groups=np.arange(12)
    ... )
    >>> (found.kernels[0] * np.sqrt(5)).round(1) + 0.0
    array([[ 0.,  0.],
           [ 2.,  0.],
           [ 0., -1.]])
    """
    folds = folds_of(groups)
    assert folds is not None, "too few groups of clips"
    clips, scaled = _scaled(cells, (0, 2)), _scaled(answers, (1, 2))
    rows = _Rows(clips=clips, answers=scaled, starts=starts, n_lags=n_lags)
    parts = [rows.moments(np.flatnonzero(folds == k)) for k in range(folds.max() + 1)]
    whole, inner = total(parts), inner_scores(parts)
    outer, own, drawn = [], np.zeros(len(answers)), np.zeros((n_draws, len(answers)))
    for k, part in enumerate(parts):
        solved = Solved.of(whole - part)
        outer.append(solved.scores(part))
        weights = solved.weights(PENALTIES[inner[k].argmax(0)])
        pairs = rows.pairs(np.flatnonzero(folds == k), weights)
        own += np.einsum("uaa->u", pairs) / len(parts)
        drawn += _drawn(pairs, n_draws, np.random.default_rng((seed, k))) / len(parts)
    penalties = PENALTIES[np.mean(outer, axis=0).argmax(0)]
    weights = Solved.of(whole).weights(penalties)
    constant = ~scaled.any(axis=(1, 2))
    middle = drawn.mean(axis=0)
    return Strf(
        kernels=weights.T.reshape(len(answers), -1, n_lags),
        alphas=np.where(constant, np.nan, penalties * whole.n),
        held_out_correlations=np.where(constant, np.nan, own),
        chance=np.where(constant, np.nan, middle + _TWICE_USED * (drawn - middle)),
    )


def _scaled(values: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """Mean 0 and standard deviation 1 over axes; 0 of what is constant."""
    exact = values.astype(np.float64)
    centred = exact - exact.mean(axis=axes, keepdims=True)
    deviation = centred.std(axis=axes, keepdims=True)
    varies = deviation > _CONSTANT * np.abs(exact).max(axis=axes, keepdims=True)
    return np.where(varies, centred / np.where(varies, deviation, 1.0), 0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rows:
    """What rows see, clip by clip: (clip, band, frame), (unit, clip, row)."""

    clips: np.ndarray
    answers: np.ndarray
    starts: np.ndarray
    n_lags: int

    def seen(self, clip: int) -> np.ndarray:
        """(row, band * lag), the latest frame first."""
        windows = np.lib.stride_tricks.sliding_window_view(self.clips[clip], self.n_lags, axis=1)
        chosen = windows[:, self.starts, ::-1].transpose(1, 0, 2)  # (row, band, lag)
        return chosen.reshape(len(self.starts), -1)

    def moments(self, clip_index: np.ndarray) -> Moments:
        size, n_units = 1 + self.clips.shape[1] * self.n_lags, len(self.answers)
        gram, cross = np.zeros((size, size)), np.zeros((size, n_units))
        for clip in clip_index:
            seen = np.insert(self.seen(clip), 0, 1.0, axis=1)
            gram += seen.T @ seen
            cross += seen.T @ self.answers[:, clip].T
        square = np.square(self.answers[:, clip_index]).sum(axis=(1, 2))
        return Moments(gram=gram, cross=cross, square=square)

    def pairs(self, clip_index: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Parts of a correlation: prediction of a clip, answer to another, (unit, a, b)."""
        predicted = np.stack([(self.seen(clip) @ weights).T for clip in clip_index], axis=1)
        first, second = (
            one - one.mean(axis=(1, 2), keepdims=True)
            for one in (predicted, self.answers[:, clip_index])
        )
        size = np.linalg.norm(first, axis=(1, 2)) * np.linalg.norm(second, axis=(1, 2))
        products = np.einsum("uar,ubr->uab", first, second, optimize=True)
        return np.asarray(products / np.where(size > 0, size, 1.0)[:, None, None])


def _drawn(pairs: np.ndarray, n_draws: int, generator: np.random.Generator) -> np.ndarray:
    """Correlations with clips in random order, (draw, unit)."""
    clips = np.arange(pairs.shape[1])
    orders = [generator.permutation(clips) for _ in range(n_draws)]
    return np.stack([pairs[:, clips, order].sum(1) for order in orders])
