"""Responses against scipy.signal and closed forms."""

import numpy as np
import pytest
from scipy import signal

from cnnviz.dsp.response import (
    audible,
    dilated,
    frequency_axis,
    group_delays,
    levels_db,
    n_points,
    phases,
    power,
    row_chunks,
    spectra,
)

TAPS = np.random.default_rng(0).normal(size=(5, 41))
N_FFT = 4096


def delays_of(taps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    spectrum = spectra(taps, N_FFT)
    powers = power(spectrum)
    weighted = spectra(taps * np.arange(taps.shape[1]), N_FFT)
    return group_delays(weighted, spectrum, powers), powers


def powers_of(taps: np.ndarray) -> np.ndarray:
    return power(spectra(taps, N_FFT))


def test_spectra_equal_freqz() -> None:
    _, expected = signal.freqz(TAPS[2], worN=N_FFT // 2 + 1, include_nyquist=True)

    np.testing.assert_allclose(spectra(TAPS, N_FFT)[2], expected, atol=1e-10)


def test_group_delays_equal_scipy_where_the_filter_passes() -> None:
    delays, powers = delays_of(TAPS)
    heard = audible(powers)[1]

    angles = np.linspace(0, np.pi, N_FFT // 2 + 1)[heard]
    _, expected = signal.group_delay((TAPS[1], [1.0]), w=angles)

    np.testing.assert_allclose(delays[1][heard], expected, atol=1e-8)


def test_a_correlation_answers_a_tone_with_the_conjugate_spectrum_of_its_taps() -> None:
    angle = 2 * np.pi * 37 / N_FFT  # the 37th bin
    tone = np.exp(1j * angle * np.arange(200))

    answers = np.correlate(tone, TAPS[0], "valid") / tone[: 200 - 40]

    np.testing.assert_allclose(answers, spectra(TAPS, N_FFT)[0, 37].conj(), atol=1e-12)


def test_a_symmetric_kernel_delays_by_half_its_length() -> None:
    symmetric = TAPS + TAPS[:, ::-1]

    delays, powers = delays_of(symmetric)

    np.testing.assert_allclose(delays[audible(powers)], 20.0, atol=1e-9)


def test_energy_weighted_group_delay_is_the_time_centroid() -> None:
    delays, powers = delays_of(TAPS)

    weights = np.full(N_FFT // 2 + 1, 2.0)
    weights[[0, -1]] = 1.0
    mean = (delays * powers * weights).sum(1) / (powers * weights).sum(1)
    centroid = (TAPS**2 @ np.arange(41)) / (TAPS**2).sum(1)

    np.testing.assert_allclose(mean, centroid, atol=1e-9)


def test_a_delta_is_flat_at_zero_decibels() -> None:
    levels = levels_db(powers_of(np.eye(1, 64)))

    np.testing.assert_allclose(levels, 0.0, atol=1e-12)


def test_the_first_difference_has_the_gain_of_a_sine() -> None:
    frequencies = frequency_axis(N_FFT, 16_000)

    gains = np.abs(spectra(np.array([[1.0, -1.0]]), N_FFT))[0]

    np.testing.assert_allclose(gains, 2 * np.sin(np.pi * frequencies / 16_000), atol=1e-12)


def test_filters_are_heard_down_to_forty_decibels_below_their_peak() -> None:
    powers = powers_of(np.ones((1, 32)))

    levels = levels_db(powers)
    np.testing.assert_array_equal(audible(powers), levels > levels.max() - 40)


def test_unwrapped_phase_of_a_delay_is_a_straight_line() -> None:
    unwrapped = phases(spectra(np.eye(1, 64, 40), N_FFT))[0]

    expected = -2 * np.pi * 40 * np.arange(N_FFT // 2 + 1) / N_FFT
    np.testing.assert_allclose(unwrapped, expected, atol=1e-4)  # float32


def test_a_dead_filter_has_no_level_and_gives_no_warning() -> None:
    powers = powers_of(np.zeros((1, 8)))

    assert np.isnan(levels_db(powers)).all()
    assert not audible(powers).any()


def test_dilation_repeats_the_response_along_frequency() -> None:
    plain, spread = powers_of(TAPS), powers_of(dilated(TAPS, 2))

    assert dilated(TAPS, 2).shape == (5, 81)
    np.testing.assert_allclose(spread[:, : N_FFT // 4 + 1], plain[:, ::2], atol=1e-9)


@pytest.mark.parametrize(("n_taps", "expected"), [(5, 4096), (128, 4096), (129, 8192)])
def test_the_transform_has_at_least_32_points_a_tap(n_taps: int, expected: int) -> None:
    assert n_points(n_taps) == expected


def test_chunks_cover_all_rows_and_stay_small() -> None:
    chunks = list(row_chunks(10_000, 4097))

    assert [chunk.start for chunk in chunks[1:]] == [chunk.stop for chunk in chunks[:-1]]
    assert (chunks[0].start, chunks[-1].stop) == (0, 10_000)
    assert max(chunk.stop - chunk.start for chunk in chunks) * 4097 * 8 <= 2**24
