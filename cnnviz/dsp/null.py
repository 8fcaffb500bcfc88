"""What untrained filters look like: the null that a tuned filter must differ from.

Random taps of a network that never learnt show peaks too: of 80 uniform taps at 16 kHz the
highest bin stands 7 dB over the mean. A filter counts as tuned when its spectrum is flatter
than no more than 5 % of untrained ones of its length, or its peak over the mean is higher than
that of 95 % of them. Taps are drawn uniformly about zero, as torch initialises convolutions
(He et al., "Delving Deep into Rectifiers", 2015); level and scale do not matter.

Of fewer than ten taps nothing can be said filter by filter: the peakiest filter there can be,
with all power of n taps at one frequency, has a peak 10 log10(n) dB over the mean, and 5 % of
untrained ones come within 3 dB of it. All filters then pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cnnviz.dsp.composite import Affine, Kernel, Step, effective_kernel
from cnnviz.dsp.descriptors import spectral_flatness
from cnnviz.dsp.response import log_powers

LEVEL = 0.05
FEWEST_TAPS = 10
_LEAST_SPREAD_DB = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class Tunedness:
    """How peaky spectra are: `flatness` in [0, 1], `peak_db` peak over mean power, (filter,)."""

    flatness: np.ndarray
    peak_db: np.ndarray


def draw_kernels(chain: Sequence[Step], n_channels: int, *, n_draws: int, seed: int) -> np.ndarray:
    """Draw what the chain's filters would be before training.

    Parameters
    ----------
    chain
        Steps from the input on, ending in a convolution; normalisation counts as identity,
        as it is before training.
    n_channels
        Channels of the chain's input.
    n_draws
        Filters to draw for the last convolution.
    seed
        Of the random generator.

    Returns
    -------
    np.ndarray
        Effective taps (draw, channel, axes ...), float64.
    """
    generator = np.random.default_rng(seed)
    *before, last = [step for step in chain if not isinstance(step, Affine)]
    assert isinstance(last, Kernel), "a chain ends in a convolution"
    unscaled = [
        _untrained(step, len(step.taps), generator)
        if isinstance(step, Kernel) and step.is_learned
        else step
        for step in before
    ]
    n_filters = -(-n_draws // last.groups) * last.groups
    return effective_kernel([*unscaled, _untrained(last, n_filters, generator)], n_channels).taps


def measure(powers: np.ndarray) -> Tunedness:
    """Measure power spectra of any number of axes, (filter, axes ...)."""
    flat = powers.reshape(len(powers), -1)
    mean = flat.mean(axis=1)
    above = np.where(mean > 0, flat.max(axis=1) / np.where(mean > 0, mean, 1.0), np.nan)
    return Tunedness(
        flatness=spectral_flatness(flat, log_powers(flat)), peak_db=10 * np.log10(above)
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Null:
    """Limits that untrained filters set, and where they lie on the average.

    `lowest_flatness` is passed by 5 % of untrained filters, `highest_peak_db` as well.
    """

    lowest_flatness: float
    highest_peak_db: float
    mean_peak_db: float
    spread_peak_db: float


def limits(untrained: Tunedness, *, n_taps: int) -> Null:
    """Read the limits off untrained filters of `n_taps` taps; dead ones do not count."""
    flatness = untrained.flatness[np.isfinite(untrained.flatness)]
    peaks = untrained.peak_db[np.isfinite(untrained.peak_db)]
    if not len(peaks):
        return Null(
            lowest_flatness=-np.inf, highest_peak_db=np.inf, mean_peak_db=0.0, spread_peak_db=0.0
        )
    return Null(
        lowest_flatness=float(np.quantile(flatness, LEVEL)) if n_taps >= FEWEST_TAPS else np.inf,
        highest_peak_db=float(np.quantile(peaks, 1 - LEVEL)),
        mean_peak_db=float(np.mean(peaks)),
        spread_peak_db=float(np.std(peaks)),
    )


def is_tuned(tunedness: Tunedness, reference: Null) -> np.ndarray:
    """Whether filters differ from untrained ones, bool (filter,); False for dead filters.

    Each of the two measures lets pass 5 % of untrained filters, so up to 10 % of them are
    called tuned.
    """
    flat = tunedness.flatness < reference.lowest_flatness
    return np.asarray(flat | (tunedness.peak_db > reference.highest_peak_db))


def deviations(tunedness: Tunedness, reference: Null) -> np.ndarray:
    """Peak over mean in standard deviations above untrained filters, (filter,).

    0 where untrained filters do not vary (a single tap).
    """
    if reference.spread_peak_db < _LEAST_SPREAD_DB:
        return 0.0 * tunedness.peak_db
    return np.asarray((tunedness.peak_db - reference.mean_peak_db) / reference.spread_peak_db)


def count_taps(kernels: np.ndarray) -> int:
    """Taps that are not zero in all kernels (filter, axes ...): gaps of dilation do not count."""
    return int(np.count_nonzero((kernels != 0).any(axis=0)))


def _untrained(step: Kernel, n_filters: int, generator: np.random.Generator) -> Kernel:
    taps = generator.uniform(-1.0, 1.0, (n_filters, *step.taps.shape[1:]))
    return replace(step, taps=taps, bias=None)
