"""How far filters moved from the taps that training began with."""

from dataclasses import dataclass, fields

import numpy as np

from cnnviz.dsp import descriptors, response
from cnnviz.dsp.scales import erb_number

MOVED_ERBS = 1.0
"""Change of centre on the ERB-rate scale from which a filter counts as moved."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SpectralDrift:
    """Filters beside those that training began with, (filter,) each; NaN without energy.

    Parameters
    ----------
    initial_centre_hz
        Middle of the half-power band before training.
    centre_change_hz, centre_change_erbs
        What training added to it, in Hz and on the ERB-rate scale.
    erb_change_hz
        What training added to the equivalent rectangular bandwidth.
    spectral_distance
        Jensen-Shannon distance of the power spectra, in [0, 1].
    """

    initial_centre_hz: np.ndarray
    centre_change_hz: np.ndarray
    centre_change_erbs: np.ndarray
    erb_change_hz: np.ndarray
    spectral_distance: np.ndarray


def compare_spectra(taps: np.ndarray, initial: np.ndarray, sample_rate: float) -> SpectralDrift:
    """Compare filters (filter, tap) with those that training began with.

    The distance is used on filters by Anderson, Kinnunen and Harte, "Learnable Frontends that do
    not Learn: Quantifying Sensitivity to Filterbank Initialisation" (2023).
    """
    n_fft = response.n_points(taps.shape[1])
    parts = [
        _compare(taps[rows], initial[rows], sample_rate, n_fft)
        for rows in response.row_chunks(len(taps), n_fft)
    ]
    names = [field.name for field in fields(SpectralDrift)]
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return SpectralDrift(**columns)


def jensen_shannon_distances(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Jensen-Shannon distances to base 2 of rows (row, n) taken as distributions, in [0, 1].

    sqrt((D(p, m) + D(q, m)) / 2), m = (p + q) / 2 (Endres and Schindelin, "A new metric for
    probability distributions", 2003). NaN where either row sums to zero.

    Examples
    --------
    >>> before = np.array([[2.0, 0.0], [1.0, 1.0]])
    >>> jensen_shannon_distances(before, np.array([[0.0, 1.0], [3.0, 3.0]]))
    array([1., 0.])
    """
    one, other = (_normalised(each) for each in (values, others))
    middle = (one + other) / 2
    divergence = (_divergence(one, middle) + _divergence(other, middle)) / 2
    return np.asarray(np.sqrt(np.clip(divergence, 0.0, 1.0)))


def moved_share(centre_change_erbs: np.ndarray) -> float:
    """Share of the filters of known change whose centre moved by more than one ERB.

    Examples
    --------
    >>> moved_share(np.array([-2.0, 0.5, np.nan]))
    0.5
    """
    known = np.abs(centre_change_erbs[np.isfinite(centre_change_erbs)])
    return float(np.mean(known > MOVED_ERBS)) if len(known) else np.nan


def _compare(
    taps: np.ndarray, initial: np.ndarray, sample_rate: float, n_fft: int
) -> SpectralDrift:
    now, before = (_read(each, sample_rate, n_fft) for each in (taps, initial))
    return SpectralDrift(
        initial_centre_hz=before.centre_hz,
        centre_change_hz=now.centre_hz - before.centre_hz,
        centre_change_erbs=erb_number(now.centre_hz) - erb_number(before.centre_hz),
        erb_change_hz=now.erb_hz - before.erb_hz,
        spectral_distance=jensen_shannon_distances(now.powers, before.powers),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Spectra:
    """Power spectra (filter, n), their centres and bandwidths (filter,)."""

    powers: np.ndarray
    centre_hz: np.ndarray
    erb_hz: np.ndarray


def _read(taps: np.ndarray, sample_rate: float, n_fft: int) -> _Spectra:
    sizes = np.abs(taps).max(axis=1, keepdims=True)
    taps = taps / np.where(sizes > 0, sizes, 1.0)  # levels far from one stay in range
    has_energy = np.where(sizes[:, 0] > 0, 1.0, np.nan)
    powers = response.power(response.spectra(taps, n_fft))
    peaks = descriptors.find_peaks(powers)
    bands = descriptors.half_power_bands(powers, peaks)
    widths = descriptors.equivalent_bandwidths(
        descriptors.energies(taps), peaks.power, sample_rate / 2
    )
    return _Spectra(
        powers=powers,
        centre_hz=(bands.lower + bands.upper) / 2 * sample_rate / n_fft * has_energy,
        erb_hz=widths * has_energy,
    )


def _normalised(rows: np.ndarray) -> np.ndarray:
    total = rows.sum(axis=1, keepdims=True)
    return np.where(total > 0, rows / np.where(total > 0, total, 1.0), np.nan)


def _divergence(one: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """Kullback-Leibler divergence of rows in bits; 0 log 0 is 0."""
    share = np.where(one == 0, 1.0, one / np.where(middle > 0, middle, 1.0))
    return np.asarray((one * np.log2(share)).sum(axis=1))


def cosines(taps: np.ndarray, initial: np.ndarray) -> np.ndarray:
    """Cosine between filters and their initial taps, both (filter, axes ...), in [-1, 1].

    NaN where either has no energy.

    Examples
    --------
    >>> cosines(np.array([[3.0, 0.0], [1.0, 1.0]]), np.array([[1.0, 0.0], [1.0, -1.0]]))
    array([1., 0.])
    """
    now, before = (each.reshape(len(each), -1) for each in (taps, initial))
    products = np.linalg.norm(now, axis=1) * np.linalg.norm(before, axis=1)
    inner = np.einsum("ij,ij->i", now, before)
    cosine = np.where(products > 0, inner / np.where(products > 0, products, 1.0), np.nan)
    return np.asarray(np.clip(cosine, -1.0, 1.0))


def norm_changes(taps: np.ndarray, initial: np.ndarray) -> np.ndarray:
    """Change of the norm over the initial norm, (filter,); NaN where that is zero."""
    now, before = (np.linalg.norm(each.reshape(len(each), -1), axis=1) for each in (taps, initial))
    change = (now - before) / np.where(before > 0, before, 1.0)
    return np.asarray(np.where(before > 0, change, np.nan))
