"""Spectro-temporal modulation: what patterns over frequency and time a kernel answers to.

The two-dimensional transform of a kernel over frequency channel m and frame t,

    W(s, r) = sum_{m, t} w[m, t] exp(-2j pi (s m + r t)),

is large at the scale s (cycles per channel) and rate r (cycles per frame) of the ripples it
passes (Chi, Ru and Shamma, "Multiresolution spectrotemporal analysis of complex sounds", 2005).
Channels that do not lie evenly, such as filters sorted by centre frequency, enter with their
places in place of m, so that a ripple even in octaves has one scale at any local density.
With frequency rising along m, energy at r s < 0 belongs to ripples that rise in time. Several
input channels add incoherently: their powers are summed.
"""

from dataclasses import dataclass

import numpy as np
from scipy import fft

from cnnviz.dsp.response import row_chunks
from cnnviz.dsp.shapes import BAND, DEAD, FLAT, HIGH, LOW, MULTI, NOT_PEAKIER

_LEAST_POINTS = 64
_POINTS_PER_TAP = 3
_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True, slots=True)
class Modulation:
    """Modulation power of kernels.

    Parameters
    ----------
    powers
        float64 (filter, scale, rate).
    scales
        Cycles per channel, 0 to 1/2.
    rates
        Cycles per frame, -1/2 to 1/2 without the lower end; negative rates rise.
    """

    powers: np.ndarray
    scales: np.ndarray
    rates: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class Ripples:
    """The best ripple of each filter and how it leans, (filter,); NaN for dead filters.

    `scale` cycles per channel, `rate` cycles per frame >= 0, `direction` in [-1, 1] (1: rises),
    `separability` in (0, 1].
    """

    scale: np.ndarray
    rate: np.ndarray
    direction: np.ndarray
    separability: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class Ends:
    """Where modulation is above half power, bool (filter,).

    `everywhere`; `low`: at zero rate and scale; `high`: at the highest rate or scale.
    """

    everywhere: np.ndarray
    low: np.ndarray
    high: np.ndarray


def transform(
    kernels: np.ndarray, *, highest_scale: float = 0.5, places: np.ndarray | None = None
) -> Modulation:
    """Transform kernels (filter, channel, frequency, time) to modulation power.

    Parameters
    ----------
    kernels
        Frequency rises along its axis.
    highest_scale
        Scales to keep, cycles per channel.
    places
        Of the frequency channels where they do not lie evenly, rising, in units of their mean
        spacing, (frequency,); scales are then cycles per such unit. None: 0, 1, 2 ...
    """
    n_scales, n_rates = (_n_points(size) for size in kernels.shape[2:])
    n_kept = min(n_scales // 2, int(highest_scale * n_scales)) + 1
    powers = np.empty((len(kernels), n_kept, n_rates))
    for rows in row_chunks(len(kernels), 2 * max(kernels[0].size * 8, n_scales * n_rates)):
        if places is not None:
            waves = np.exp(-2j * np.pi * np.outer(np.arange(n_kept) / n_scales, places))
            full = fft.fft(waves @ kernels[rows], n_rates, axis=3)  # (filter, channel, scale, rate)
            powers[rows] = np.fft.fftshift(np.square(np.abs(full)).sum(axis=1), axes=2)
            continue
        is_single = kernels.shape[1] == 1
        lags = kernels[rows, 0] if is_single else _autocorrelated(kernels[rows], n_scales, n_rates)
        half = fft.rfft(lags, n_scales, axis=1)[:, :n_kept]  # one-sided scales
        full = fft.fft(half, n_rates, axis=2)
        transfer = np.square(np.abs(full)) if is_single else np.maximum(full.real, 0.0)
        powers[rows] = np.fft.fftshift(transfer, axes=2)  # (filter, scale, rate)
    scales, rates = np.arange(n_kept) / n_scales, np.arange(n_rates) / n_rates - 0.5
    return Modulation(powers=powers, scales=scales, rates=rates)


def _autocorrelated(kernels: np.ndarray, n_scales: int, n_rates: int) -> np.ndarray:
    """Autocorrelation summed over channels, lag zero first, (filter, n_scales, n_rates).

    Its transform is the summed power, so the fine grid is transformed once for all channels.
    """
    sizes = kernels.shape[2:]
    coarse = tuple(2 * size for size in sizes)
    spectrum = fft.rfft2(kernels, coarse)
    summed = (np.square(spectrum.real) + np.square(spectrum.imag)).sum(axis=1)
    lags = fft.irfft2(summed, coarse)  # (filter, 2 frequency, 2 time)
    spread = np.zeros((len(kernels), n_scales, n_rates))
    places = [np.r_[0:size, -size + 1 : 0] for size in sizes]
    spread[:, places[0][:, None], places[1]] = lags[:, places[0][:, None], places[1]]
    return spread


def read_ripples(modulation: Modulation, kernels: np.ndarray) -> Ripples:
    """Find the best ripple of each kernel (filter, channel, frequency, time), and its lean."""
    powers = modulation.powers
    alive = powers.max(axis=(1, 2)) > 0
    top = powers >= powers.max(axis=(1, 2), keepdims=True) * (1 - _ROUNDING)
    slowness = -(modulation.scales[:, None] + np.abs(modulation.rates))  # slowest of equals
    place = np.where(top, slowness, -np.inf).reshape(len(powers), -1).argmax(axis=1)
    scale_index, rate_index = np.unravel_index(place, powers.shape[1:])
    rows = np.arange(len(powers))
    scale = _refined(powers[rows, :, rate_index], scale_index, modulation.scales)
    rate = np.abs(_refined(powers[rows, scale_index], rate_index, modulation.rates))
    return Ripples(
        scale=np.where(alive, scale, np.nan),
        rate=np.where(alive, rate, np.nan),
        direction=directions(modulation),
        separability=_separabilities(kernels),
    )


def count_cells(shape: tuple[int, ...]) -> int:
    """Scales and rates of a whole transform of kernels (filter, channel, frequency, time)."""
    return (_n_points(shape[2]) // 2 + 1) * _n_points(shape[3])


def _n_points(size: int) -> int:
    return 1 << (max(_LEAST_POINTS, _POINTS_PER_TAP * size) - 1).bit_length()


def _refined(powers: np.ndarray, index: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """Place of the peak on an axis, by a parabola through the levels of three cells."""
    rows = np.arange(len(powers))
    middle = np.clip(index, 1, max(1, len(axis) - 2))
    steps = [np.clip(middle + step, 0, len(axis) - 1) for step in (-1, 0, 1)]
    top = np.maximum(powers[rows, index], np.finfo(float).tiny)
    left, centre, right = (np.log(np.maximum(powers[rows, at] / top, 1e-12)) for at in steps)
    bend = left - 2 * centre + right
    curved = (index == middle) & (bend < -1e-12)
    shift = np.where(curved, 0.5 * (left - right) / np.where(curved, bend, 1.0), 0.0)
    spacing = axis[1] - axis[0] if len(axis) > 1 else 0.0
    place = axis[index] + shift * spacing
    return np.where(np.abs(place) < _ROUNDING, 0.0, place)


def directions(modulation: Modulation) -> np.ndarray:
    """(up - down) / (up + down) of the energy off the axes, (filter,)."""
    inner = modulation.powers[:, (modulation.scales > 0) & (modulation.scales < 0.5)]
    up = inner[:, :, (modulation.rates > -0.5) & (modulation.rates < 0)].sum(axis=(1, 2))
    down = inner[:, :, modulation.rates > 0].sum(axis=(1, 2))
    total = up + down
    return np.where(total > 0, (up - down) / np.where(total > 0, total, 1.0), np.nan)


def _separabilities(kernels: np.ndarray) -> np.ndarray:
    """Energy in the first singular value of frequency x time over all energy, (filter,)."""
    shares = np.full(len(kernels), np.nan)
    tall = kernels.shape[2] > kernels.shape[3]
    for rows in row_chunks(len(kernels), int(np.prod(kernels.shape[1:]))):
        part = kernels[rows].swapaxes(2, 3) if tall else kernels[rows]
        squares = np.linalg.eigvalsh(part @ part.swapaxes(2, 3))  # (filter, channel, value)
        total = squares.sum(axis=(1, 2))
        first = squares[..., -1].sum(axis=1)
        shares[rows] = np.where(total > 0, first / np.where(total > 0, total, 1.0), np.nan)
    return np.asarray(np.minimum(shares, 1.0))


def label_ripples(
    modulation: Modulation, kernels: np.ndarray, *, peakier: np.ndarray, dead: np.ndarray
) -> tuple[str, ...]:
    """Name the shape of each kernel by where its modulation is above half power.

    Parameters
    ----------
    modulation, kernels
        As in `read_ripples`; axes of a single tap have no Nyquist.
    peakier, dead
        As in `shapes.label_shapes`.

    Returns
    -------
    tuple of str
        As `name_shapes` gives it.
    """
    return name_shapes(find_ends(modulation, kernels), peakier=peakier, dead=dead)


def find_ends(modulation: Modulation, kernels: np.ndarray) -> Ends:
    """Find where the modulation of kernels is above half power; as in `label_ripples`."""
    above = modulation.powers >= modulation.powers.max(axis=(1, 2), keepdims=True) / 2
    ends = np.zeros(above.shape[1:], bool)
    ends[:, 0] = kernels.shape[3] > 1
    ends[modulation.scales == 0.5] |= kernels.shape[2] > 1
    return Ends(
        everywhere=above.all(axis=(1, 2)),
        low=above[:, 0, modulation.rates == 0].any(axis=1),
        high=(above & ends).any(axis=(1, 2)),
    )


def name_shapes(ends: Ends, *, peakier: np.ndarray, dead: np.ndarray) -> tuple[str, ...]:
    """Name shapes.

    Returns
    -------
    tuple of str
        The first that holds of: dead; flat (everywhere); not peakier than untrained; multi-band
        (both of the next); low-pass (at zero rate and scale); high-pass (at the highest rate or
        scale); band-pass.
    """
    rules = (dead, ends.everywhere, ~peakier, ends.low & ends.high, ends.low, ends.high)
    names = (DEAD, FLAT, NOT_PEAKIER, MULTI, LOW, HIGH)
    return tuple(str(shape) for shape in np.select(rules, names, default=BAND))
