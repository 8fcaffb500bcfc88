"""What findings about a bank claim only where it was measured."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.filterbanks import Settings, read_banks
from cnnviz.loaders import load_model
from cnnviz.model import AudioModel
from cnnviz.results import Bank, Finding
from tests.filterbanks.models import LOG_MEL, RATE, model_of


def first_bank(model: AudioModel) -> Bank:
    return read_banks(model, (), Settings(least_points=4096, null_draws=50, seed=0))[0]


def bare(weight: torch.Tensor, folder: Path) -> AudioModel:
    torch.save({"conv.weight": weight}, folder / "weights.pt")
    return load_model(str(folder / "weights.pt"), sample_rate=RATE)


def claims_of(bank: Bank) -> dict[str, Finding]:
    return {finding.id.partition(":")[0]: finding for finding in bank.findings}


def ripples(n: int) -> torch.Tensor:
    """Patterns of 16 bands and 32 frames, all falling, (n, 1, 16, 32)."""
    m, t = np.arange(16)[:, None], np.arange(32)
    window = np.hanning(16)[:, None] * np.hanning(32)
    rates = np.linspace(0.08, 0.12, n)
    waves = [np.cos(2 * np.pi * (rate * t + 0.15 * m)) * window for rate in rates]
    return torch.tensor(np.stack(waves)[:, None], dtype=torch.float32)


def test_a_bank_of_one_filter_is_too_small_for_a_verdict() -> None:
    found = claims_of(first_bank(model_of(nn.Conv1d(1, 1, 40))))

    assert "untrained_bank" not in found
    assert found["too_few_filters"].sentence.startswith("A bank of 1 live filter cannot be told")
    assert found["too_few_filters"].severity == "note"


def test_dead_filters_of_bare_weights_are_told_by_their_taps_alone(tmp_path: Path) -> None:
    weight = torch.randn(4, 1, 16, generator=torch.Generator().manual_seed(0))
    weight[2] *= 1e-9

    found = claims_of(first_bank(bare(weight, tmp_path)))["dead_filters"]

    assert found.sentence == (
        "Dead, with taps of at most a millionth of the median filter's: 1 filter (2)."
    )
    assert found.evidence[1].value == 1e-6


def test_dead_filters_of_a_network_are_told_by_what_they_give_later_layers() -> None:
    network = nn.Sequential(nn.Conv1d(1, 4, 16))
    with torch.no_grad():
        network[0].weight[2] *= 1e-9

    found = claims_of(first_bank(model_of(network)))["dead_filters"]

    assert found.sentence == (
        "Dead, giving later layers at most a thousandth of what the median filter gives: "
        "1 filter (2)."
    )
    assert found.evidence[1].value == 1e-3


def test_a_bank_whose_filters_are_all_dead_is_held_against_nothing(tmp_path: Path) -> None:
    found = claims_of(first_bank(bare(torch.zeros(3, 1, 16), tmp_path)))["dead_filters"]

    assert (
        found.sentence == "Dead, with taps that are zero on all live channels: 3 filters (0, 1, 2)."
    )


def test_patterns_rise_or_fall_in_frequency_only_where_the_axis_is_known(tmp_path: Path) -> None:
    weight = ripples(8)
    network = nn.Conv2d(1, 8, (16, 32))
    network.load_state_dict({"weight": weight, "bias": torch.zeros(8)})

    known = claims_of(first_bank(model_of(network, frontend=LOG_MEL)))
    unknown = claims_of(first_bank(bare(weight, tmp_path)))

    values = {one.name: one.value for one in known["directions"].evidence}
    assert (values["rising"], values["falling"]) == (0, 8)
    assert "directions" not in unknown


def test_directions_stand_beside_those_of_untrained_kernels() -> None:
    torch.manual_seed(0)

    bank = first_bank(model_of(nn.Conv2d(1, 32, (3, 3)), frontend=LOG_MEL))

    found = bank.untrained.range_of("clear directions")
    n_clear = int((np.abs(bank.table.direction) > 0.5).sum())
    assert found.value == n_clear > 0
    assert found.low <= n_clear <= found.high
    assert f"{found.low:.0f}-{found.high:.0f}" in claims_of(bank)["directions"].sentence


def test_taps_on_mel_bands_have_a_centre_of_energy_and_no_pass_bands() -> None:
    network = nn.Sequential(nn.Flatten(1, 2), nn.Conv1d(40, 2, 5, bias=False))
    with torch.no_grad():
        network[1].weight.zero_()
        network[1].weight[0, 10] = 1.0
        network[1].weight[1, 30] = 1.0

    bank = first_bank(model_of(network, frontend=LOG_MEL))

    found = claims_of(bank)
    centres = bank.channels.centre_hz[[10, 30]]
    assert "pass_bands" not in found
    assert [one.value for one in found["tap_energy"].evidence] == pytest.approx(list(centres))
    assert "by the modulation they pass" in found["filter_shapes"].sentence
