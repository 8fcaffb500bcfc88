"""Spectro-temporal receptive fields by lagged ridge regression, against planted ones."""

import numpy as np
import pytest
from scipy import ndimage
from sklearn.linear_model import Ridge

from cnnviz.dsp import strf

N_CLIPS, N_BANDS, N_FRAMES, N_LAGS = 60, 16, 90, 8
STARTS = np.arange(N_FRAMES - N_LAGS + 1)
GROUPS = np.repeat(np.arange(20), 3)  # three clips of each speaker


def cells_of(seed=0):
    """Levels whose power falls with rate and scale, as those of sounds do."""
    noise = np.random.default_rng(seed).normal(size=(N_CLIPS, N_BANDS, N_FRAMES))
    rate, scale = np.fft.fftfreq(N_FRAMES), np.fft.fftfreq(N_BANDS)
    shape = 1 / (0.03 + np.hypot(rate, 0.5 * scale[:, None]))
    return np.fft.ifft2(np.fft.fft2(noise) * shape).real


def planted():
    """An excitatory spot with later inhibition, and a rising sweep, (unit, band, lag)."""
    spot = np.zeros((N_BANDS, N_LAGS))
    spot[9, 2], spot[9, 5] = 1.0, -0.8
    spot = ndimage.gaussian_filter(spot, (1.2, 0.7))
    band, lag = np.arange(N_BANDS)[:, None] - 7, np.arange(N_LAGS) - 4
    sweep = np.cos(2 * np.pi * (band / 9 + lag / 6)) * np.exp(-((band / 4) ** 2) - (lag / 2.5) ** 2)
    return np.stack([one / np.linalg.norm(one) for one in (spot, sweep)])


def answered(cells, kernels, *, snr=None, seed=1):
    """sum over bands and lags of kernel times cell, (unit, clip, row), with noise."""
    scaled = cells - cells.mean(axis=(0, 2), keepdims=True)
    scaled = scaled / scaled.std(axis=(0, 2), keepdims=True)
    latest = STARTS + N_LAGS - 1
    signal = sum(
        np.einsum("ub,cbr->ucr", kernels[..., lag], scaled[:, :, latest - lag])
        for lag in range(N_LAGS)
    )
    if snr is None:
        return signal
    noise = np.random.default_rng(seed).normal(size=signal.shape)
    return signal + noise * signal.std(axis=(1, 2), keepdims=True) / np.sqrt(snr)


def fitted(cells, answers, **options):
    known = {"starts": STARTS, "n_lags": N_LAGS, "groups": GROUPS, **options}
    return strf.lagged_ridge(cells, answers, **known)


def correlation(first, second):
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


def test_planted_fields_are_recovered_at_a_signal_to_noise_ratio_of_one():
    cells, kernels = cells_of(), planted()

    found = fitted(cells, answered(cells, kernels, snr=1.0))

    assert min(correlation(a, b) for a, b in zip(found.kernels, kernels, strict=True)) >= 0.95
    # a perfect prediction correlates with signal and noise of one power as 1 / sqrt(2)
    np.testing.assert_allclose(found.held_out_correlations, np.sqrt(0.5), atol=0.03)
    assert (found.p() == 1 / (1 + len(found.chance))).all()


def test_without_noise_they_predict_sounds_that_were_held_out():
    cells, kernels = cells_of(), planted()

    found = fitted(cells, answered(cells, kernels))

    assert found.held_out_correlations.min() > 0.999
    assert found.alphas.max() < 1


def test_weights_are_those_of_scikit_learns_ridge():
    cells = cells_of()
    answers = answered(cells, planted(), snr=1.0)
    scaled = (cells - cells.mean((0, 2), keepdims=True)) / cells.std((0, 2), keepdims=True)
    rows = np.concatenate(
        [[clip[:, s : s + N_LAGS][:, ::-1].ravel() for s in STARTS] for clip in scaled]
    )

    found = fitted(cells, answers)

    for unit, alpha in enumerate(found.alphas):
        target = answers[unit].ravel()
        expected = Ridge(alpha=alpha).fit(rows, (target - target.mean()) / target.std()).coef_
        np.testing.assert_allclose(found.kernels[unit].ravel(), expected, atol=1e-9)


def test_answers_of_other_sounds_are_not_predicted():
    cells = cells_of()
    answers = np.roll(answered(cells, planted(), snr=1.0), 7, axis=1)

    found = fitted(cells, np.repeat(answers, 10, axis=0) + 0 * answers[:1], n_draws=199)

    assert np.abs(found.held_out_correlations).max() < 0.1
    assert np.abs(found.chance.mean(axis=0)).max() < 0.02


def test_by_chance_p_is_below_five_percent_in_one_of_twenty_units():
    cells = cells_of()
    answers = np.random.default_rng(3).normal(size=(300, N_CLIPS, len(STARTS)))
    answers = ndimage.gaussian_filter1d(answers, 3, axis=2)

    p = fitted(cells, answers, n_draws=199).p()

    assert np.mean(p <= 0.05) == pytest.approx(0.05, abs=0.025)
    assert np.mean(p <= 0.5) == pytest.approx(0.5, abs=0.1)


def test_what_all_clips_have_in_common_is_no_field():
    """Sounds and answers that begin together at one time in each clip, and have no other tie."""
    onset = np.where(np.arange(N_FRAMES) < 30, -6.0, 0.0)
    answers = np.random.default_rng(4).normal(size=(1, N_CLIPS, len(STARTS)))

    found = fitted(cells_of() + onset, answers + onset[STARTS + N_LAGS - 1])

    assert found.held_out_correlations[0] > 0.75
    assert found.p()[0] > 0.01


def test_groups_are_never_on_both_sides():
    folds = strf.folds_of(GROUPS)

    assert len(set(folds)) == strf.N_FOLDS
    assert all(len(set(folds[group == GROUPS])) == 1 for group in range(20))
    np.testing.assert_array_equal(np.bincount(folds), 15)
    assert strf.folds_of(np.array([0, 0, 1, 1, 2])) is None
    assert strf.folds_of(np.arange(5)) is None


def test_constant_bands_and_silent_units_have_no_weights():
    cells = cells_of()
    cells[:, 3] = -100.0
    answers = answered(cells_of(), planted(), snr=1.0)
    answers[1] = 2.0

    found = fitted(cells, answers)

    np.testing.assert_allclose(found.kernels[:, 3], 0, atol=1e-12)
    assert not found.kernels[1].any()
    assert np.isnan(found.held_out_correlations[1])
    assert np.isnan(found.p()[1])
    assert found.held_out_correlations[0] > 0.5


def test_pooled_cells_are_means_of_neighbours():
    cells = np.arange(2 * 5 * 7.0).reshape(2, 5, 7)

    found = strf.pooled(cells, n_bands=2, n_frames=3)

    assert found.shape == (2, 3, 2)  # the last band alone, the last frame left out
    assert found[1, 0, 1] == cells[1, :2, 3:6].mean()
    assert found[0, 2, 0] == cells[0, 4, :3].mean()
