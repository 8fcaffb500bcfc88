"""How well a family fits filters by chance: their own taps in a random order.

A Gabor has five parameters: of 64 random taps it takes a fifth of the energy, of 256 a
fifteenth, and of a few large taps among zeros far more. A filter is held against shuffled
filters of its length whose energy is concentrated in as few taps as its own (shuffling keeps
that), and against its own taps shuffled.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from cnnviz.dsp.fits import Fit, fit_families
from cnnviz.dsp.null import CONFIDENCE, LEVEL

FEWEST_SHUFFLED = 199
N_ALIKE = 99
"""Shuffled filters that one is held against: those nearest in concentration."""
_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class Shuffled:
    """Shuffled filters and how well each family fits them.

    Parameters
    ----------
    concentration
        sum h^4 / (sum h^2)^2, in (0, 1]: one over the number of taps that share the energy,
        (draw,).
    r2
        (family, draw).
    filter_index
        Filter whose taps were shuffled, (draw,).
    """

    concentration: np.ndarray
    r2: np.ndarray
    filter_index: np.ndarray


def concentration(taps: np.ndarray) -> np.ndarray:
    """Sum of h^4 over the square of the sum of h^2, (filter,); NaN without energy.

    Examples
    --------
    >>> concentration(np.array([[1.0, -1.0, 0.0, 0.0]]))
    array([0.5])
    """
    squares = np.square(taps)
    energy = squares.sum(axis=1)
    has_energy = energy > 0
    share = np.square(squares).sum(axis=1) / np.square(np.where(has_energy, energy, 1.0))
    return np.where(has_energy, share, np.nan)


def fit_shuffled(taps: np.ndarray, *, seed: int) -> Shuffled:
    """Fit filters (filter, tap) with their taps in a random order, each at least once."""
    alive = np.flatnonzero(np.square(taps).sum(axis=1) > 0)
    n_copies = -(-FEWEST_SHUFFLED // max(len(alive), 1))
    index = np.tile(alive, n_copies)
    drawn = np.random.default_rng(seed).permuted(taps[index], axis=1)
    return Shuffled(
        concentration=concentration(drawn), r2=stacked(fit_families(drawn)), filter_index=index
    )


def limits(taps: np.ndarray, shuffled: Shuffled, *, first: int = 0) -> np.ndarray:
    """R2 that filters must exceed, (family, filter).

    Of n shuffled filters of like concentration it is the k-th highest, k = floor(0.05 (n + 1)),
    and the highest of the filter's own taps shuffled where that is more.

    Parameters
    ----------
    taps
        (filter, tap).
    shuffled
        Of these filters and others.
    first
        Number of the first filter among those that were shuffled.
    """
    own = concentration(taps)
    found = np.full((len(shuffled.r2), len(taps)), np.inf)
    for k in np.flatnonzero(np.isfinite(own)):
        apart = np.abs(np.log(shuffled.concentration / own[k]))
        alike = np.argsort(apart, kind="stable")[:N_ALIKE]
        n_limit = int(LEVEL * (len(alike) + 1))
        values = shuffled.r2[:, alike]  # (family, draw)
        limit = np.partition(values, -n_limit, axis=1)[:, -n_limit]
        itself = shuffled.r2[:, shuffled.filter_index == first + k].max(axis=1, initial=-np.inf)
        found[:, k] = np.maximum(limit, itself) + _ROUNDING
    return found


def stacked(fits: Sequence[Fit]) -> np.ndarray:
    """R2 of several families, (family, filter)."""
    return np.stack([fit.r2 for fit in fits])


def expect_count(of_banks: np.ndarray, n_each: int, n_filters: int) -> tuple[int, int]:
    """How many of a bank's filters exceed the limit in 95 % of untrained banks.

    Beta-binomial from all untrained filters together, with Jeffreys' prior, and as wide as the
    middle 95 % of the untrained banks themselves, whose filters may depend on each other.

    Parameters
    ----------
    of_banks
        Untrained filters that exceed it, (bank,).
    n_each
        Filters of each untrained bank.
    n_filters
        Of the bank.

    References
    ----------
    Gelman et al., "Bayesian data analysis" (2013), section 2.
    """
    n_beyond, n_all = float(of_banks.sum()), float(n_each * len(of_banks))
    shares = (n_beyond + 0.5, n_all - n_beyond + 0.5)
    low, high = stats.betabinom.interval(CONFIDENCE, n_filters, *shares)
    rest = (1 - CONFIDENCE) / 2
    scaled = of_banks * n_filters / n_each
    seen = np.quantile(scaled, (rest, 1 - rest))
    return int(min(low, np.floor(seen[0]))), int(max(high, np.ceil(seen[1])))
