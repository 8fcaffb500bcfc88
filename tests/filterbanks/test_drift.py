"""Drift of banks from the weights that training began with: planted shifts, and what is kept."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from cnnviz.analyzers.filter_responses import FrequencyResponses
from cnnviz.filterbanks import Settings, read_banks
from cnnviz.results import FilterDrift, FilterResponses
from cnnviz.run import Run
from cnnviz.store import read, write
from tests.dsp.kernels import gabor
from tests.filterbanks.models import model_of

CENTRES_HZ = np.array([500.0, 1000.0, 2000.0, 4000.0])
MOVED = 1


def two_erb_above(hertz: float) -> float:
    return (10 ** (2 / 21.4) * (1 + 4.37e-3 * hertz) - 1) / 4.37e-3


def network(centres: np.ndarray) -> nn.Sequential:
    """Gabor bands, and a mixture of them behind a ReLU."""
    torch.manual_seed(0)
    made = nn.Sequential(
        nn.Conv1d(1, 4, 256, bias=False), nn.ReLU(), nn.Conv1d(4, 3, 5, bias=False)
    )
    taps = np.stack([gabor(hertz, 40, 256) for hertz in centres])
    made[0].weight.data = torch.tensor(taps, dtype=torch.float32)[:, None]
    return made


def banks(now: nn.Sequential, before: nn.Sequential, folder: Path):
    torch.save(before.state_dict(), folder / "first.pt")
    settings = Settings(least_points=4096, null_draws=50, seed=0, init=str(folder / "first.pt"))
    return read_banks(model_of(now), (), settings)


def test_a_filter_moved_by_two_erb_is_found_alone(tmp_path: Path) -> None:
    centres = CENTRES_HZ.copy()
    centres[MOVED] = two_erb_above(centres[MOVED])

    bank, behind = banks(network(centres), network(CENTRES_HZ), tmp_path)

    drift = bank.drift
    assert isinstance(drift, FilterDrift)
    np.testing.assert_allclose(drift.initial_centre_hz, CENTRES_HZ, rtol=2e-3)
    np.testing.assert_allclose(drift.centre_change_erbs, [0, 2, 0, 0], atol=5e-3)
    np.testing.assert_allclose(drift.norm_ratio, 1.0, atol=1e-3)
    assert (drift.spectral_distance > 0.5).tolist() == [False, True, False, False]
    assert drift.moved_share == 0.25
    (found,) = [one for one in bank.findings if one.id == "moved_centres:0"]
    assert [one.value for one in found.evidence[:2]] == [1, 4]
    assert "1 of 4 filters by more than 1 ERB" in found.sentence
    assert behind.drift is not None
    assert behind.drift.spectral_distance.max() > 0.1  # it reads the filter that moved


def test_the_same_weights_have_moved_nothing(tmp_path: Path) -> None:
    for bank in banks(network(CENTRES_HZ), network(CENTRES_HZ), tmp_path):
        drift = bank.drift
        assert drift is not None
        for name in ("centre_change_hz", "centre_change_erbs", "erb_change_hz"):
            np.testing.assert_allclose(getattr(drift, name), 0.0, atol=1e-9)
        np.testing.assert_allclose(drift.spectral_distance, 0.0, atol=1e-6)
        np.testing.assert_allclose(drift.norm_ratio, 1.0, rtol=1e-12)
        assert drift.moved_share == 0.0


def test_three_times_the_weights_have_three_times_the_norm_and_the_same_spectra(
    tmp_path: Path,
) -> None:
    louder = network(CENTRES_HZ)
    louder[0].weight.data *= 3

    bank = banks(louder, network(CENTRES_HZ), tmp_path)[0]

    np.testing.assert_allclose(bank.drift.norm_ratio, 3.0, rtol=1e-6)
    np.testing.assert_allclose(bank.drift.spectral_distance, 0.0, atol=1e-6)


def test_without_initial_weights_there_is_no_drift() -> None:
    settings = Settings(least_points=4096, null_draws=50, seed=0)

    bank = read_banks(model_of(network(CENTRES_HZ)), (), settings)[0]

    assert bank.drift is None
    assert "centre_change_hz" not in bank.columns()


def test_drift_is_kept_and_has_columns(tmp_path: Path) -> None:
    torch.save(network(CENTRES_HZ).state_dict(), tmp_path / "first.pt")
    model = model_of(network(CENTRES_HZ * 1.1))
    result = FrequencyResponses(null_draws=50, init=str(tmp_path / "first.pt")).run(
        Run(model=model)
    )
    write(result, tmp_path / "result.h5")

    kept = read(tmp_path / "result.h5")

    assert isinstance(kept, FilterResponses)
    for one, other in zip(kept.banks, result.banks, strict=True):
        np.testing.assert_array_equal(one.drift.centre_change_hz, other.drift.centre_change_hz)
        assert one.drift.moved_share == other.drift.moved_share
    assert {"centre_change_erbs", "spectral_distance"} <= set(result.to_dataframe().columns)
