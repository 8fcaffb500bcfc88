"""Findings about banks: sentences, and the numbers they rest on."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import signal
from torch import nn

from cnnviz.dsp.coverage import measure_coverage
from cnnviz.dsp.shapes import NOT_PEAKIER
from cnnviz.filterbanks import Settings, read_banks
from cnnviz.loaders import load_model
from cnnviz.model import AudioModel
from cnnviz.results import Bank, Finding
from tests.dsp.kernels import gabor, moving_average
from tests.filterbanks.models import RATE, model_of


def banks_of(model: AudioModel) -> tuple[Bank, ...]:
    return read_banks(model, (), Settings(least_points=4096, null_draws=50, seed=0))


def bare(weight: torch.Tensor, folder: Path) -> AudioModel:
    torch.save({"conv.weight": weight}, folder / "weights.pt")
    return load_model(str(folder / "weights.pt"), sample_rate=RATE)


def evidence_of(finding: Finding) -> dict[str, list[float]]:
    numbers: dict[str, list[float]] = {}
    for evidence in finding.evidence:
        numbers.setdefault(evidence.name, []).append(evidence.value)
    return numbers


def claim_of(bank: Bank, claim: str) -> Finding:
    (finding,) = [finding for finding in bank.findings if finding.id == f"{claim}:{bank.layer}"]
    return finding


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """A low-pass, a band-pass at 3 kHz, the same at half the level, and a dead filter."""
    low, high = moving_average(25, 257), gabor(3000, 40, 257)
    weight = torch.tensor(np.stack([low, high, 0.5 * high, 0 * high]), dtype=torch.float32)
    return banks_of(bare(weight[:, None], tmp_path_factory.mktemp("weights")))[0]


def test_findings_count_what_the_table_says(tmp_path: Path) -> None:
    low, high = moving_average(25, 257), gabor(3000, 40, 257)
    weight = torch.tensor(np.stack([low, high, 0.5 * high]), dtype=torch.float32)[:, None]

    (bank,) = banks_of(bare(weight, tmp_path))

    assert bank.findings[0].sentence.startswith(
        "3 filters: 1 low-pass, 2 band-pass; 1 pair repeats;"
    )
    assert "; no filter passes " in bank.findings[0].sentence


def test_short_filters_are_said_to_be_too_short_for_the_null() -> None:
    (bank,) = banks_of(model_of(nn.Conv1d(1, 16, 5, dilation=4)))

    assert NOT_PEAKIER not in bank.table.shape
    assert any(finding.sentence.startswith("With 5 taps a filter") for finding in bank.findings)
    assert claim_of(bank, "too_few_taps").threshold == 10


def test_the_summary_carries_its_counts_and_the_holes_it_names(planted: Bank) -> None:
    numbers = evidence_of(claim_of(planted, "filter_shapes"))

    levels = planted.responses.magnitudes_db[~planted.table.dead]
    holes = measure_coverage(levels, planted.responses.frequencies).holes
    assert (numbers["filters"], numbers["band-pass"], numbers["dead"]) == ([4], [2], [1])
    assert list(zip(numbers["hole from"], numbers["hole to"], strict=True)) == list(holes)
    assert "; no filter passes " in claim_of(planted, "filter_shapes").sentence


def test_a_narrow_hole_is_named_with_two_ends(tmp_path: Path) -> None:
    taps = signal.firwin(1023, [2950, 3050], fs=RATE)  # stops this band
    weight = torch.tensor(taps, dtype=torch.float32)[None, None]

    (bank,) = banks_of(bare(weight, tmp_path))

    (low,), (high,) = (evidence_of(bank.findings[0])[f"hole {end}"] for end in ("from", "to"))
    assert 2945 < low < 2980
    assert 3020 < high < 3055
    text = f"no filter passes {low / 1000:.3g}-{high / 1000:.3g} kHz within 10 dB of its peak."
    assert bank.findings[0].sentence.endswith(text)


def test_repetition_is_held_against_its_threshold(planted: Bank) -> None:
    finding = claim_of(planted, "repeating_filters")

    assert finding.evidence[0].value == pytest.approx(1.0, abs=1e-5)
    assert finding.threshold == 0.95
    assert "most alike are 2 and 1 (|r| = 1.00)" in finding.sentence


def test_tuning_is_held_against_chance(planted: Bank) -> None:
    finding = claim_of(planted, "peakier_filters")

    assert evidence_of(finding)["peakier filters"] == [3]
    assert finding.null == pytest.approx(0.05 * 3)


def test_pass_bands_are_those_of_the_table(planted: Bank) -> None:
    numbers = evidence_of(claim_of(planted, "pass_bands"))

    assert numbers["highest centre"] == pytest.approx([3000], rel=1e-3)
    assert numbers["lowest centre"] == [np.nanmin(planted.table.centre_hz)]


def test_of_filters_of_several_bands_the_strongest_is_meant(tmp_path: Path) -> None:
    weight = np.stack([gabor(hz, 40, 257) + 0.9 * gabor(3000, 40, 257) for hz in (1100, 1300)])

    (bank,) = banks_of(bare(torch.tensor(weight[:, None], dtype=torch.float32), tmp_path))

    assert set(bank.table.shape) == {"multi-band"}
    sentence = claim_of(bank, "pass_bands").sentence
    assert sentence.startswith("The strongest pass bands are centred from 1.1 kHz to 1.3 kHz")


def test_dead_filters_are_counted_and_shown_in_their_group(planted: Bank) -> None:
    finding = claim_of(planted, "dead_filters")

    assert finding.sentence.endswith("1 filter (3).")
    assert (finding.evidence[0].value, finding.fragment) == (1, "filters-conv")
