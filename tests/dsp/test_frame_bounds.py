"""Frame bounds against singular values of the whole analysis matrix."""

import numpy as np
import pytest
from scipy import signal

from cnnviz.dsp.frame_bounds import measure_frame
from tests.dsp.kernels import delta, gabor, moving_average

RATE = 16_000.0


def random_taps(n_filters: int, n_taps: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, (n_filters, n_taps))


def analysis_matrix(taps: np.ndarray, stride: int, length: int) -> np.ndarray:
    """Rows x -> sum_n h_k[n] x[(m S + n) mod length], (filter * length / stride, length)."""
    rows = np.zeros((len(taps), length))
    rows[:, : taps.shape[1]] = taps
    return np.stack([np.roll(row, m) for row in rows for m in range(0, length, stride)])


def alias_eigenvalues(taps: np.ndarray, stride: int, length: int) -> np.ndarray:
    """Of M(f) as it is defined, at f = 0 ... length / stride - 1."""
    spectrum = np.fft.fft(taps, length)  # (filter, length)
    step = length // stride
    return np.stack(
        [
            np.linalg.eigvalsh(each.conj().T @ each / stride)
            for each in (spectrum[:, f::step] for f in range(step))
        ]
    )


def test_bounds_are_singular_values_of_the_circulant_analysis_matrix() -> None:
    taps = random_taps(12, 16)
    found = measure_frame(taps, stride=4, sample_rate=RATE)

    # a period of 4096 samples is the grid of the function; 128 is the one of the published check
    squares = np.linalg.svd(analysis_matrix(taps, 4, 128), compute_uv=False) ** 2
    eigenvalues = alias_eigenvalues(taps, 4, 128)
    dense = alias_eigenvalues(taps, 4, 4096)

    assert (eigenvalues.min(), eigenvalues.max()) == pytest.approx((squares.min(), squares.max()))
    assert (found.lower, found.upper) == pytest.approx((dense.min(), dense.max()), rel=1e-10)
    assert found.lower <= squares.min() * (1 + 1e-9)
    assert found.upper >= squares.max() * (1 - 1e-9)


def test_a_transform_as_short_as_the_taps_misses_the_bounds() -> None:
    taps = random_taps(32, 64)
    summed = (np.abs(np.fft.rfft(taps)) ** 2).sum(axis=0)

    found = measure_frame(taps, stride=1, sample_rate=RATE)

    assert found.condition > 1.02 * summed.max() / summed.min()


@pytest.mark.parametrize(("n_filters", "stride"), [(12, 5), (3, 8), (8, 8)])
def test_any_stride_agrees_with_a_long_circulant_matrix(n_filters: int, stride: int) -> None:
    taps = random_taps(n_filters, 21, seed=n_filters)
    squares = np.linalg.svd(analysis_matrix(taps, stride, 100 * stride), compute_uv=False) ** 2
    lowest = squares.min() if n_filters >= stride else 0.0

    found = measure_frame(taps, stride=stride, sample_rate=RATE)

    assert found.upper == pytest.approx(squares.max(), rel=2e-3)
    assert found.lower == pytest.approx(lowest, rel=0.05, abs=1e-12)


def test_at_stride_one_the_bounds_are_those_of_the_summed_power() -> None:
    taps = random_taps(6, 40)
    _, responses = signal.freqz(taps.T[:, :, None], worN=2**14, include_nyquist=True)
    summed = (np.abs(np.squeeze(responses)) ** 2).sum(axis=0)

    found = measure_frame(taps, stride=1, sample_rate=RATE)

    assert found.lower == pytest.approx(summed.min(), rel=1e-4)
    assert found.upper == pytest.approx(summed.max(), rel=1e-4)
    assert found.lower <= summed.min() * (1 + 1e-12)


def test_a_windowed_fourier_bank_is_a_tight_frame_of_known_bound() -> None:
    n_taps, hop = 32, 8
    window = np.sqrt(signal.get_window("hann", n_taps))  # squares add up to n_taps / (2 hop)
    phases = 2 * np.pi * np.outer(np.arange(n_taps), np.arange(n_taps)) / n_taps
    taps = np.concatenate([np.cos(phases), np.sin(phases)]) * window

    found = measure_frame(taps, stride=hop, sample_rate=RATE)

    assert found.condition == pytest.approx(1.0, abs=1e-9)
    assert found.upper == pytest.approx(n_taps * n_taps / (2 * hop))


def test_a_delta_passes_all_energy() -> None:
    found = measure_frame(delta(16, at=5)[None], stride=1, sample_rate=RATE)

    assert (found.lower, found.upper, found.null_hz) == (pytest.approx(1), pytest.approx(1), ())


def test_averages_do_not_hear_multiples_of_their_rate() -> None:
    taps = np.stack([moving_average(25, 60), 0.3 * np.roll(moving_average(25, 60), 20)])

    found = measure_frame(taps, stride=1, sample_rate=RATE)

    multiples = 640.0 * np.arange(1, 13)
    np.testing.assert_allclose(found.null_hz, np.stack([multiples, multiples], axis=1), atol=0.01)
    assert (found.lower, found.condition) == (0.0, np.inf)


def test_a_stop_band_is_one_band() -> None:
    taps = gabor(4000, 20, 513)[None]  # |W|^2 = exp(-(f - 4000)^2 / s^2), s = fs / (2 pi 20)

    found = measure_frame(taps, stride=1, sample_rate=RATE)

    reach = RATE / (2 * np.pi * 20) * np.sqrt(12 * np.log(10))
    assert found.null_hz == (
        pytest.approx((0.0, 4000 - reach), abs=2),
        pytest.approx((4000 + reach, 8000.0), abs=2),
    )


def test_what_single_precision_leaves_of_a_zero_is_a_null() -> None:
    taps = random_taps(8, 64)
    taps -= taps.mean(axis=1, keepdims=True)

    found = measure_frame(taps.astype(np.float32), stride=1, sample_rate=RATE)

    assert found.null_hz == (pytest.approx((0.0, 0.0), abs=0.01),)


def test_fewer_filters_than_samples_a_step_lose_the_rest() -> None:
    found = measure_frame(random_taps(10, 400), stride=160, sample_rate=RATE)

    assert (found.lower, found.lost_share) == (0.0, 150 / 160)
    assert found.null_hz == ()


def test_repeated_filters_keep_no_more_than_one_of_them() -> None:
    taps = np.repeat(random_taps(2, 16), 4, axis=0)

    found = measure_frame(taps, stride=4, sample_rate=RATE)

    assert found.lost_share == 0.5


@pytest.mark.parametrize("level", [1e-12, 1e9])
@pytest.mark.parametrize("stride", [1, 4])
def test_the_condition_number_does_not_depend_on_the_level(level: float, stride: int) -> None:
    taps = random_taps(12, 16)

    found = measure_frame(level * taps, stride=stride, sample_rate=RATE)

    usual = measure_frame(taps, stride=stride, sample_rate=RATE)
    assert found.condition == pytest.approx(usual.condition)
    assert found.upper == pytest.approx(level**2 * usual.upper)


def test_silence_has_no_bounds() -> None:
    assert measure_frame(np.zeros((3, 8)), stride=2, sample_rate=RATE) is None
