"""Many filters at once: every descriptor and curve of a bank, in bounded memory."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace

import numpy as np

from cnnviz.dsp import descriptors, null, response, shapes
from cnnviz.dsp.details import Details, Spectra, describe, joined

_CURVE_POINTS_PER_TAP = 8
_NULL_POINTS = 1024
_CACHE_BYTES = 2**22
_MOST_THREADS = 8
_DESIGNED = 0.5  # share of untrained filters that are peakier than random taps


@dataclass(frozen=True, kw_only=True, slots=True)
class Curves:
    """Responses for display: float32 (filter, n), NaN where masked; `frequencies` in Hz (n,)."""

    frequencies: np.ndarray
    magnitudes_db: np.ndarray
    phases: np.ndarray
    group_delays: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class BankAnalysis:
    """Descriptors of filters, each (filter,), named and defined as in `results.FilterTable`.

    `details` has the further ones; `verdict` says which filters differ from untrained ones.
    """

    peak_hz: np.ndarray
    centre_hz: np.ndarray
    bandwidth_3db_hz: np.ndarray
    erb_hz: np.ndarray
    q_3db: np.ndarray
    peak_gain_db: np.ndarray
    dc_gain_db: np.ndarray
    nyquist_gain_db: np.ndarray
    spectral_flatness: np.ndarray
    tuning_z: np.ndarray
    symmetry: np.ndarray
    centroid_seconds: np.ndarray
    shape: tuple[str, ...]
    dead: np.ndarray
    details: Details
    verdict: null.Verdict
    curves: Curves


@dataclass(frozen=True, kw_only=True, slots=True)
class _Comparison:
    """Filters held against untrained ones, each (filter,)."""

    verdict: null.Verdict
    tuning_z: np.ndarray
    named: np.ndarray


def analyse(
    taps: np.ndarray,
    sample_rate: float,
    *,
    untrained: np.ndarray,
    noise: np.ndarray | None = None,
    dead: np.ndarray | None = None,
    least_points: int = response.LEAST_POINTS,
) -> BankAnalysis:
    """Describe filters.

    Parameters
    ----------
    taps
        (filter, tap), float64.
    sample_rate
        Hz, of the axis the taps run along.
    untrained
        Taps of untrained filters of the same length, (draw, tap).
    noise
        Random taps of that length, (draw, tap), where the untrained ones are designed: what is
        peakier than these has a shape, learned or not. None: the untrained ones.
    dead
        bool (filter,); None: found by the size of `taps`.
    least_points
        Least length of the transform.
    """
    dead = shapes.find_dead(taps) if dead is None else dead
    grid = _grid(taps.shape[1], sample_rate, least_points)
    compared = _compare(taps, untrained, noise, dead)
    curves = _blank_curves(len(taps), grid)

    def read(rows: slice) -> BankAnalysis:
        part = Curves(
            frequencies=curves.frequencies,
            magnitudes_db=curves.magnitudes_db[rows],
            phases=curves.phases[rows],
            group_delays=curves.group_delays[rows],
        )
        return _describe(taps, dead, compared, rows=rows, grid=grid, out=part)

    chunks = response.row_chunks(len(taps), grid.n_fft, chunk_bytes=_CACHE_BYTES)
    with ThreadPoolExecutor(max_workers=min(_MOST_THREADS, os.cpu_count() or 1)) as pool:
        parts = list(pool.map(read, chunks))
    return _joined(parts, curves)


def measure(taps: np.ndarray) -> null.Traits:
    """Measure what taps (filter, tap) are compared by with untrained ones."""
    n_fft = response.n_points(taps.shape[1], _NULL_POINTS, points_per_tap=_CURVE_POINTS_PER_TAP)
    chunks = response.row_chunks(len(taps), n_fft)
    parts = [null.measure(response.power(response.spectra(taps[rows], n_fft))) for rows in chunks]
    return replace(
        null.joined(parts),
        symmetry=descriptors.symmetries(taps),
        centroid=descriptors.centroids(taps),
    )


def shapes_and_qs(taps: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Shape of each filter (filter, tap), whether peakier or not, and its Q or NaN (filter,)."""
    n_fft = response.n_points(taps.shape[1], _NULL_POINTS, points_per_tap=_CURVE_POINTS_PER_TAP)
    powers = response.power(response.spectra(taps, n_fft))
    bands = descriptors.half_power_bands(powers, descriptors.find_peaks(powers))
    every = np.ones(len(taps), bool)
    shape = shapes.label_shapes(bands, peakier=every, dead=shapes.find_dead(taps))
    two_sided = ~(bands.reaches_zero | bands.reaches_nyquist)
    width = np.where(two_sided, bands.upper - bands.lower, 1.0)
    return shape, np.where(two_sided, (bands.lower + bands.upper) / 2 / width, np.nan)


def half_power_centres(taps: np.ndarray, sample_rate: float) -> np.ndarray:
    """Middle of the -3 dB band of filters (filter, tap) in Hz, (filter,); NaN for all-zero taps."""
    n_fft = response.n_points(taps.shape[1])
    powers = response.power(response.spectra(taps, n_fft))
    bands = descriptors.half_power_bands(powers, descriptors.find_peaks(powers))
    return np.asarray(_centres(bands, descriptors.energies(taps)) * sample_rate / n_fft)


def centres_and_widths(taps: np.ndarray, sample_rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Middle of the -3 dB band and ERB of filters (filter, tap) in Hz, (filter,) each."""
    n_fft = response.n_points(taps.shape[1], _NULL_POINTS, points_per_tap=_CURVE_POINTS_PER_TAP)
    powers = response.power(response.spectra(taps, n_fft))
    peaks, energy = descriptors.find_peaks(powers), descriptors.energies(taps)
    centres = _centres(descriptors.half_power_bands(powers, peaks), energy)
    widths = descriptors.equivalent_bandwidths(energy, peaks.power, sample_rate / 2)
    return np.asarray(centres * sample_rate / n_fft), widths


@dataclass(frozen=True, kw_only=True, slots=True)
class _Grid:
    """What all chunks share: lengths of the transform and of that of the curves."""

    sample_rate: float
    n_fft: int
    n_curve: int

    @property
    def bin_hz(self) -> float:
        return self.sample_rate / self.n_fft


def _grid(n_taps: int, sample_rate: float, least_points: int) -> _Grid:
    n_fft = response.n_points(n_taps, least_points)
    n_curve = response.n_points(n_taps, points_per_tap=_CURVE_POINTS_PER_TAP)
    return _Grid(sample_rate=sample_rate, n_fft=n_fft, n_curve=min(n_fft, n_curve))


def _blank_curves(n_filters: int, grid: _Grid) -> Curves:
    frequencies = response.frequency_axis(grid.n_curve, grid.sample_rate)
    shape = (n_filters, len(frequencies))
    return Curves(
        frequencies=frequencies,
        magnitudes_db=np.empty(shape, np.float32),
        phases=np.empty(shape, np.float32),
        group_delays=np.empty(shape, np.float32),
    )


def _compare(
    taps: np.ndarray, untrained: np.ndarray, noise: np.ndarray | None, dead: np.ndarray
) -> _Comparison:
    """Hold filters against untrained ones; of few taps every filter's shape is named."""
    sizes = np.abs(taps).max(axis=1)
    own = measure(taps / np.where(sizes > 0, sizes, 1.0)[:, None])
    reference = measure(untrained)
    verdict = null.judge(own, reference)
    verdict = replace(
        verdict, peakier=verdict.peakier & ~dead, structured=verdict.structured & ~dead
    )
    is_named = verdict.peakier | (null.count_taps(untrained) < null.FEWEST_TAPS)
    if noise is not None:
        random = measure(noise)
        if null.judge(reference, random).peakier.mean() > _DESIGNED:
            is_named |= null.judge(own, random).peakier
    return _Comparison(
        verdict=verdict,
        tuning_z=null.deviations(own, reference),
        named=is_named,
    )


def _describe(
    taps: np.ndarray,
    dead: np.ndarray,
    compared: _Comparison,
    *,
    rows: slice,
    grid: _Grid,
    out: Curves,
) -> BankAnalysis:
    taps, dead = taps[rows], dead[rows]
    sizes = np.abs(taps).max(axis=1)
    taps = taps / np.where(sizes > 0, sizes, 1.0)[:, None]  # levels far from one stay in range
    gains = descriptors.decibels(sizes**2)
    spectrum = response.spectra(taps, grid.n_fft)
    spectra = _spectra(taps, response.power(spectrum), grid.sample_rate)
    peaks, bands = spectra.peaks, spectra.half_power
    energy = descriptors.energies(taps)
    has_energy = np.where(energy > 0, 1.0, np.nan)
    centre = _centres(bands, energy) * grid.bin_hz
    width = (bands.upper - bands.lower) * grid.bin_hz * has_energy
    two_sided = ~(bands.reaches_zero | bands.reaches_nyquist)
    _draw_curves(spectra, spectrum, gains, grid=grid, out=out)
    return BankAnalysis(
        peak_hz=peaks.position * grid.bin_hz * has_energy,
        centre_hz=centre,
        bandwidth_3db_hz=width,
        erb_hz=descriptors.equivalent_bandwidths(energy, peaks.power, grid.sample_rate / 2),
        q_3db=np.where(two_sided, centre / np.where(two_sided, width, 1.0), np.nan),
        peak_gain_db=descriptors.decibels(peaks.power) + gains,
        dc_gain_db=descriptors.gains_db(taps) + gains,
        nyquist_gain_db=descriptors.gains_db(taps, alternate=True) + gains,
        spectral_flatness=descriptors.spectral_flatness(spectra.powers, spectra.logs),
        tuning_z=compared.tuning_z[rows],
        symmetry=spectra.symmetry,
        centroid_seconds=descriptors.centroids(taps) / grid.sample_rate,
        shape=shapes.label_shapes(bands, peakier=compared.named[rows], dead=dead),
        dead=dead,
        details=describe(spectra, gains),
        verdict=compared.verdict,
        curves=out,
    )


def _spectra(taps: np.ndarray, powers: np.ndarray, sample_rate: float) -> Spectra:
    peaks = descriptors.find_peaks(powers)
    return Spectra(
        taps=taps,
        sample_rate=sample_rate,
        powers=powers,
        logs=response.log_powers(powers),
        peaks=peaks,
        half_power=descriptors.half_power_bands(powers, peaks),
        symmetry=descriptors.symmetries(taps),
    )


def _centres(bands: descriptors.Bands, energy: np.ndarray) -> np.ndarray:
    """Middle of each half-power band in bins, (filter,); NaN without energy."""
    return np.asarray((bands.lower + bands.upper) / 2 * np.where(energy > 0, 1.0, np.nan))


def _draw_curves(
    spectra: Spectra, spectrum: np.ndarray, gains: np.ndarray, *, grid: _Grid, out: Curves
) -> None:
    """Fill curves in place; what is stored in single precision is computed in it."""
    taps, step = spectra.taps, grid.n_fft // grid.n_curve
    powers, logs = spectra.powers[:, ::step], spectra.logs[:, ::step]
    masked = ~response.audible(powers)
    narrow = spectrum[:, ::step].astype(np.complex64)
    delayed = (taps * (np.arange(taps.shape[1]) / grid.sample_rate)).astype(np.float32)
    weighted = response.spectra(delayed, grid.n_curve)
    out.group_delays[:] = response.group_delays(weighted, narrow, powers.astype(np.float32))
    out.phases[:] = response.phases(narrow)
    np.copyto(out.group_delays, np.nan, where=masked)
    np.copyto(out.phases, np.nan, where=masked)
    np.multiply(logs, response.DB_PER_NEPER, out=out.magnitudes_db, casting="same_kind")
    np.add(out.magnitudes_db, gains[:, None], out=out.magnitudes_db, casting="same_kind")


def _joined(parts: Sequence[BankAnalysis], curves: Curves) -> BankAnalysis:
    columns = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(BankAnalysis)
        if field.name not in ("shape", "details", "verdict", "curves")
    }
    return BankAnalysis(
        **columns,
        shape=tuple(word for part in parts for word in part.shape),
        details=joined([part.details for part in parts]),
        verdict=parts[0].verdict,
        curves=curves,
    )
