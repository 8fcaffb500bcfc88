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

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import linalg

N_FOLDS, FEWEST_FOLDS = 4, 3
PENALTIES = np.geomspace(1e-5, 1e2, 8)
"""Alpha over the number of rows."""
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
    whole = _sum(parts)
    n_units = len(answers)
    inner, outer = _inner_scores(parts), []
    own, drawn = np.zeros(n_units), np.zeros((n_draws, n_units))
    for k, part in enumerate(parts):
        solved = _Solved.of(whole - part)
        outer.append(solved.scores(part))
        weights = solved.weights(PENALTIES[inner[k].argmax(0)])
        clip_index = np.flatnonzero(folds == k)
        pairs = _pairs(rows.predicted(clip_index, weights), scaled[:, clip_index])
        own += np.einsum("uaa->u", pairs) / len(parts)
        drawn += _drawn(pairs, n_draws, np.random.default_rng((seed, k))) / len(parts)
    penalties = PENALTIES[np.mean(outer, axis=0).argmax(0)]
    kernels = _Solved.of(whole).weights(penalties).T.reshape(n_units, -1, n_lags)
    constant = ~scaled.any(axis=(1, 2))
    middle = drawn.mean(axis=0)
    return Strf(
        kernels=kernels,
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
class _Moments:
    """Sums over rows of 1, x and y with themselves: (feature, feature), (feature, unit), (unit,).

    The first feature is 1.
    """

    gram: np.ndarray
    cross: np.ndarray
    square: np.ndarray

    def __sub__(self, other: "_Moments") -> "_Moments":
        return _Moments(
            gram=self.gram - other.gram,
            cross=self.cross - other.cross,
            square=self.square - other.square,
        )

    @property
    def n(self) -> float:
        return float(self.gram[0, 0])

    def centred(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The same of deviations from the means."""
        means, levels = self.gram[0, 1:] / self.n, self.cross[0] / self.n
        return (
            self.gram[1:, 1:] - self.n * np.outer(means, means),
            self.cross[1:] - self.n * np.outer(means, levels),
            self.square - self.n * levels**2,
        )


def _sum(parts: Sequence[_Moments]) -> _Moments:
    return _Moments(
        gram=np.sum([one.gram for one in parts], axis=0),
        cross=np.sum([one.cross for one in parts], axis=0),
        square=np.sum([one.square for one in parts], axis=0),
    )


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

    def moments(self, clip_index: np.ndarray) -> _Moments:
        size, n_units = 1 + self.clips.shape[1] * self.n_lags, len(self.answers)
        gram, cross = np.zeros((size, size)), np.zeros((size, n_units))
        for clip in clip_index:
            seen = np.insert(self.seen(clip), 0, 1.0, axis=1)
            gram += seen.T @ seen
            cross += seen.T @ self.answers[:, clip].T
        square = np.square(self.answers[:, clip_index]).sum(axis=(1, 2))
        return _Moments(gram=gram, cross=cross, square=square)

    def predicted(self, clip_index: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """(unit, clip, row), without the constant."""
        return np.stack([(self.seen(clip) @ weights).T for clip in clip_index], axis=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Solved:
    """Ridge regression for any penalty: eigenvalues and vectors of x'x, and vectors' x'y."""

    values: np.ndarray
    vectors: np.ndarray
    turned: np.ndarray
    n: float

    @classmethod
    def of(cls, moments: _Moments) -> "_Solved":
        gram, cross, _ = moments.centred()
        values, vectors = linalg.eigh(gram)
        return cls(
            values=np.maximum(values, 0.0), vectors=vectors, turned=vectors.T @ cross, n=moments.n
        )

    def weights(self, penalties: np.ndarray) -> np.ndarray:
        """(feature, unit), each unit with its penalty."""
        damped = self.values[:, None] + self.n * penalties
        return np.asarray(self.vectors @ (self.turned / damped))

    def scores(self, held_out: _Moments) -> np.ndarray:
        """Correlation with the answers that were held out, (penalty, unit); 0 of one answer."""
        gram, cross, square = held_out.centred()
        gram, cross = self.vectors.T @ gram @ self.vectors, self.vectors.T @ cross
        found = np.zeros((len(PENALTIES), len(square)))
        for k, penalty in enumerate(PENALTIES):
            weights = self.turned / (self.values[:, None] + self.n * penalty)
            size = np.sqrt(np.maximum((weights * (gram @ weights)).sum(0) * square, 0))
            np.divide((weights * cross).sum(0), size, out=found[k], where=size > _CONSTANT)
        return found


def _inner_scores(parts: Sequence[_Moments]) -> list[np.ndarray]:
    """For each fold the mean scores of penalties over the others, (penalty, unit)."""
    whole = _sum(parts)
    sums = [np.zeros((len(PENALTIES), len(whole.square))) for _ in parts]
    for first, second in combinations(range(len(parts)), 2):
        solved = _Solved.of(whole - parts[first] - parts[second])
        sums[first] += solved.scores(parts[second])
        sums[second] += solved.scores(parts[first])
    return sums


def _pairs(predicted: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Parts of a correlation: prediction of a clip with the answer to another, (unit, a, b)."""
    first, second = (one - one.mean(axis=(1, 2), keepdims=True) for one in (predicted, answers))
    size = np.linalg.norm(first, axis=(1, 2)) * np.linalg.norm(second, axis=(1, 2))
    products = np.einsum("uar,ubr->uab", first, second, optimize=True)
    return np.asarray(products / np.where(size > 0, size, 1.0)[:, None, None])


def _drawn(pairs: np.ndarray, n_draws: int, generator: np.random.Generator) -> np.ndarray:
    """Correlations with clips in random order, (draw, unit)."""
    clips = np.arange(pairs.shape[1])
    orders = [generator.permutation(clips) for _ in range(n_draws)]
    return np.stack([pairs[:, clips, order].sum(1) for order in orders])
