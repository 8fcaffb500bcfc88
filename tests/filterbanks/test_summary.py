"""What is said of a bank as a whole: planted banks, and untrained ones beside them."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.dsp.frame_bounds import measure_frame
from cnnviz.dsp.scales import SCALES, evenly_spaced
from cnnviz.filterbanks import Settings, read_banks
from cnnviz.loaders import load_model
from cnnviz.model import AudioModel
from cnnviz.provenance import Provenance
from cnnviz.results import Bank, BankSummary, FilterResponses, Finding
from cnnviz.results.bank_summary import CONDITION, EFFECTIVE, SLOPE
from cnnviz.store import results as stored
from tests.dsp.kernels import gabor
from tests.filterbanks.models import LOG_MEL, RATE, model_of


def banks_of(model: AudioModel) -> tuple[Bank, ...]:
    return read_banks(model, (), Settings(least_points=4096, null_draws=400, seed=0))


def network(taps: np.ndarray, **options: int) -> nn.Sequential:
    """A first layer of these taps (filter, tap), and a layer that reads all of it."""
    first = nn.Conv1d(1, len(taps), taps.shape[1], **options)
    with torch.no_grad():
        first.weight[:] = torch.tensor(taps[:, None], dtype=torch.float32)
    return nn.Sequential(first, nn.ReLU(), nn.Conv1d(len(taps), 4, 3))


def summary_of(taps: np.ndarray, **options: int) -> BankSummary:
    summary = banks_of(model_of(network(taps, **options)))[0].summary
    assert summary is not None
    return summary


def claims_of(bank: Bank) -> dict[str, Finding]:
    return {finding.id.partition(":")[0]: finding for finding in bank.findings}


@pytest.fixture(scope="module")
def mel_bank() -> Bank:
    """Gabors of constant Q with 64 centres even on the mel scale, moved by 4 samples a step."""
    centres = evenly_spaced(SCALES["mel (HTK)"], 60.0, 7600.0, 64)
    shapes = [gabor(hz, min(25_000 / hz, 250), 1001, phase=k) for k, hz in enumerate(centres)]
    return banks_of(model_of(network(np.stack(shapes), stride=4)))[0]


@pytest.fixture(scope="module")
def untrained_bank() -> Bank:
    torch.manual_seed(3)
    return banks_of(model_of(nn.Sequential(nn.Conv1d(1, 32, 80, 4), nn.Conv1d(32, 4, 3))))[0]


def test_planted_mel_spacing_is_not_rejected_and_linear_is(mel_bank: Bank) -> None:
    assert mel_bank.summary is not None
    scales = mel_bank.summary.scales
    assert scales is not None

    assert {"mel (HTK)", "mel (Slaney)"} <= set(scales.compatible)
    assert {"linear", "logarithmic"} <= set(scales.rejected)
    assert scales.untrained_shares[scales.names.index("mel (HTK)")] < 0.5

    found = claims_of(mel_bank)["centre_scales"]
    assert (scales.n_centres, found.evidence[0].value) == (58, scales.p.max())  # 64 - 2 * 3
    assert "compatible with even steps on: mel (HTK), mel (Slaney)" in found.sentence
    assert "cannot tell apart mel (HTK) and mel (Slaney)" in found.sentence
    assert found.threshold == 0.05


def test_constant_q_has_a_slope_of_one(mel_bank: Bank) -> None:
    assert mel_bank.summary is not None
    trend, beside = mel_bank.summary.bandwidths, mel_bank.summary.range_of(SLOPE)
    assert trend is not None
    assert beside is not None

    assert trend.slope == pytest.approx(1.0, abs=0.05)  # those below 100 Hz are cut to 1,001 taps
    assert trend.low <= trend.slope <= trend.high
    assert beside.low <= 0.1
    assert beside.high < 0.5
    assert claims_of(mel_bank)["bandwidth_slope"].evidence[0].value == trend.slope


def test_the_frame_is_that_of_the_taps_and_the_stride(mel_bank: Bank) -> None:
    assert mel_bank.summary is not None
    frame = mel_bank.summary.frame
    assert frame is not None
    taps = mel_bank.taps[:, 0].astype(np.float64)
    expected = measure_frame(taps, stride=4, sample_rate=RATE)
    assert expected is not None

    assert (frame.stride, frame.step_rate) == (4, 4000.0)
    assert (frame.lower, frame.upper) == pytest.approx((expected.lower, expected.upper), rel=1e-6)


@pytest.mark.parametrize("n_copies", [1, 3])
def test_copies_do_not_count_as_different_filters(n_copies: int) -> None:
    bands = np.stack([gabor(hz, 60, 513) for hz in (1000, 2500, 4000, 5500, 7000)])

    found = summary_of(np.repeat(bands, n_copies, axis=0))

    assert found.n_filters == 5 * n_copies
    assert found.effective_number == pytest.approx(5.0, abs=0.01)


def test_an_untrained_bank_lies_among_its_twins(untrained_bank: Bank) -> None:
    assert untrained_bank.summary is not None

    ranges = [untrained_bank.summary.range_of(name) for name in (EFFECTIVE, SLOPE, CONDITION)]

    for beside in ranges:
        assert beside is not None
        width = beside.high - beside.low
        assert beside.low - width <= beside.value <= beside.high + width
    found = claims_of(untrained_bank)["effective_filters"]
    assert found.null == pytest.approx((ranges[0].low + ranges[0].high) / 2)  # type: ignore[union-attr]
    assert "untrained t" in found.sentence


def test_filters_that_sum_to_zero_do_not_hear_a_constant() -> None:
    taps = np.random.default_rng(0).normal(size=(8, 64))

    bank = banks_of(model_of(network(taps - taps.mean(axis=1, keepdims=True))))[0]

    found = claims_of(bank)["unheard_sounds"]
    assert found.sentence == "No filter passes tones at 0 Hz."
    assert (found.evidence[0].value, found.threshold) == (0.0, 1e-12)
    assert "frame_condition" not in claims_of(bank)


def test_steps_longer_than_the_number_of_filters_lose_the_rest() -> None:
    bank = banks_of(model_of(network(np.random.default_rng(0).normal(size=(4, 64)), stride=16)))[0]

    assert claims_of(bank)["unheard_sounds"].sentence == (
        "With 4 live filters and 16 samples a step 75% of the dimensions of a sound leave no trace."
    )


def test_dead_filters_take_no_part() -> None:
    taps = np.stack([gabor(hz, 60, 513) for hz in (1000, 2500, 4000)])

    found = summary_of(np.concatenate([taps, 0 * taps]))

    assert found.n_filters == 3
    assert found.effective_number == pytest.approx(3.0, abs=0.01)


def test_few_centres_are_not_compared_with_scales() -> None:
    assert summary_of(np.random.default_rng(0).normal(size=(6, 32))).scales is None


def test_without_a_graph_the_step_is_not_known(tmp_path: Path) -> None:
    torch.save({"conv.weight": torch.randn(12, 1, 40)}, tmp_path / "weights.pt")

    (bank,) = banks_of(load_model(str(tmp_path / "weights.pt"), sample_rate=RATE))

    assert bank.summary is not None
    assert bank.summary.frame is None
    assert not {"frame_condition", "unheard_sounds"} & set(claims_of(bank))


def test_layers_behind_activations_and_on_spectrograms_have_no_summary() -> None:
    second = banks_of(model_of(nn.Sequential(nn.Conv1d(1, 4, 9), nn.ReLU(), nn.Conv1d(4, 4, 9))))[1]
    (plane,) = banks_of(model_of(nn.Conv2d(1, 4, (5, 7)), frontend=LOG_MEL))

    assert (second.summary, plane.summary) == (None, None)


def test_a_linear_chain_has_one() -> None:
    model = model_of(nn.Sequential(nn.Conv1d(1, 4, 9, stride=2), nn.Conv1d(4, 12, 9, stride=2)))

    summary = banks_of(model)[1].summary

    assert summary is not None
    assert summary.frame is not None
    assert summary.frame.stride == 4


def test_a_summary_is_stored_to_the_last_bit(mel_bank: Bank, tmp_path: Path) -> None:
    provenance = Provenance(created="", model_name="m", versions=("cnnviz 0",), platform="test")

    stored.write(FilterResponses(banks=(mel_bank,), provenance=provenance), tmp_path / "f.h5")
    (bank,) = stored.read(tmp_path / "f.h5").banks  # type: ignore[attr-defined]

    assert bank.summary is not None
    assert mel_bank.summary is not None
    assert bank.summary.ranges == mel_bank.summary.ranges
    assert bank.summary.bandwidths == mel_bank.summary.bandwidths
    assert bank.summary.scales.confusable == mel_bank.summary.scales.confusable
    np.testing.assert_array_equal(bank.summary.scales.p, mel_bank.summary.scales.p)
    assert bank.summary.frame.lower == mel_bank.summary.frame.lower
