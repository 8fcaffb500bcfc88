"""Banks against their own untrained twins: which twins, what is said, and nothing is changed."""

import random
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cnnviz.analyzers.filter_responses import FrequencyResponses
from cnnviz.errors import ModelLoadError
from cnnviz.filterbanks import Settings, read_banks
from cnnviz.loaders import load_model
from cnnviz.model import AudioModel
from cnnviz.results import Bank, Finding
from cnnviz.run import Run
from cnnviz.store import read, write
from tests.dsp.kernels import gabor
from tests.filterbanks.models import RATE, model_of

N_FILTERS, N_TAPS = 24, 64
AGAIN = "its layers drawn again by their own reset_parameters"


class Designed(nn.Module):
    """Gabor bands of one learnable parameter each: every seed begins with the same taps."""

    def __init__(self) -> None:
        super().__init__()
        self.centres = nn.Parameter(torch.linspace(300, 6000, N_FILTERS))

    def forward(self, clips: Tensor) -> Tensor:
        times = torch.arange(N_TAPS) - N_TAPS / 2
        window = torch.exp(-((times / 12) ** 2) / 2)
        taps = window * torch.cos(2 * torch.pi * self.centres[:, None] * times / RATE)
        return nn.functional.conv1d(clips, taps[:, None], stride=4)


def network() -> nn.Sequential:
    return nn.Sequential(nn.Conv1d(1, N_FILTERS, N_TAPS, stride=4), nn.ReLU())


def learned() -> nn.Sequential:
    """The same with Gabors, as if training had made them."""
    made = network()
    centres = np.geomspace(200, 6000, N_FILTERS)
    planted = np.stack([gabor(hz, 12, N_TAPS) for hz in centres])
    made[0].weight.data = torch.tensor(planted, dtype=torch.float32)[:, None]
    return made


def first_bank(model: AudioModel, init: str = "") -> Bank:
    model = replace(model, n_samples=1000)
    settings = Settings(least_points=4096, null_draws=200, seed=0, init=init)
    return read_banks(model, (), settings)[0]


def claim_of(bank: Bank, claim: str) -> Finding:
    (finding,) = [finding for finding in bank.findings if finding.id.startswith(f"{claim}:")]
    return finding


def claims_of(bank: Bank) -> list[str]:
    return [finding.id.partition(":")[0] for finding in bank.findings]


def test_a_planted_bank_is_found_in_full_against_its_own_twins() -> None:
    bank = first_bank(model_of(learned()))

    assert bank.untrained.null == AGAIN
    assert bank.table.peakier.all()
    assert claim_of(bank, "peakier_filters").sentence.startswith(
        f"{N_FILTERS} of {N_FILTERS} peakier than 95 % of their own untrained twins; "
        "untrained twins: 0-"
    )


def test_an_untrained_bank_is_said_to_be_one() -> None:
    torch.manual_seed(1)

    bank = first_bank(model_of(network()))

    found = claim_of(bank, "untrained_bank")
    assert found.sentence.startswith("The bank is not told apart from its untrained twins")
    assert found.severity == "warning"


def test_an_untrained_bank_of_designed_filters_is_said_to_be_one() -> None:
    model = replace(model_of(Designed()), rebuild=Designed)

    bank = first_bank(model)

    assert bank.untrained.is_own
    assert set(bank.table.shape) <= {"low-pass", "band-pass"}  # what they pass is no less true
    assert "untrained_bank" in claims_of(bank)


def test_a_designed_bank_that_cannot_be_built_again_is_held_against_random_taps() -> None:
    bank = first_bank(model_of(Designed()))

    assert not bank.untrained.is_own
    sentence = claim_of(bank, "peakier_filters").sentence
    assert "95 % of untrained filters" in sentence
    assert "(uniform taps, as torch draws convolutions)" in sentence


def test_a_factory_that_gives_trained_weights_is_no_untrained_twin() -> None:
    model = replace(model_of(learned()), rebuild=learned)

    bank = first_bank(model)

    assert bank.untrained.null == AGAIN
    assert bank.table.peakier.all()


def test_a_factory_that_fails_leaves_the_next_null() -> None:
    def fails() -> nn.Module:
        raise OSError("no such file")

    assert first_bank(replace(model_of(learned()), rebuild=fails)).untrained.null == AGAIN


def test_weights_that_are_normalised_are_drawn_by_the_factory() -> None:
    def build() -> nn.Module:
        made = nn.Sequential(nn.Conv1d(1, N_FILTERS, N_TAPS, stride=4))
        nn.utils.parametrizations.weight_norm(made[0])
        return made

    torch.manual_seed(5)

    bank = first_bank(replace(model_of(build()), rebuild=build))

    assert bank.untrained.null == "5 networks built again"
    assert "untrained_bank" in claims_of(bank)


def test_twins_of_a_second_layer_are_drawn_all_the_way_from_the_input() -> None:
    torch.manual_seed(2)
    made = nn.Sequential(*learned(), nn.Conv1d(N_FILTERS, 16, 5))
    settings = Settings(least_points=4096, null_draws=200, seed=0)

    _, second = read_banks(replace(model_of(made), n_samples=1000), (), settings)

    assert second.untrained.null == AGAIN
    assert second.table.peakier.mean() > 0.5  # bands of the first layer shine through


def test_model_and_random_states_are_as_they_were() -> None:
    made = learned()
    before = deepcopy(made.state_dict())

    def careless() -> nn.Module:
        made[0].reset_parameters()  # the very network that was lent
        np.random.seed(5)  # noqa: NPY002 (as networks of others do)
        random.seed(5)
        torch.manual_seed(5)
        return made

    numbers = np.random.get_state()  # noqa: NPY002 (as networks of others do)
    states = torch.get_rng_state(), numbers[1].copy(), random.getstate()

    first_bank(replace(model_of(made), rebuild=careless))

    for name, tensor in made.state_dict().items():
        assert torch.equal(tensor, before[name])
    assert torch.equal(torch.get_rng_state(), states[0])
    np.testing.assert_array_equal(np.random.get_state()[1], states[1])  # noqa: NPY002
    assert random.getstate() == states[2]


def test_the_same_weights_have_not_drifted(tmp_path: Path) -> None:
    made = network()
    torch.save(made.state_dict(), tmp_path / "first.pt")

    bank = first_bank(model_of(made), init=str(tmp_path / "first.pt"))

    np.testing.assert_allclose(bank.table.drift_cosine, 1.0, atol=1e-12)
    np.testing.assert_allclose(bank.table.norm_change, 0.0, atol=1e-12)
    found = claim_of(bank, "drift")
    assert found.severity == "warning"
    assert found.sentence.endswith("most filters keep the shapes they were drawn with.")


def test_drift_is_the_cosine_and_the_change_of_norm_of_each_filter(tmp_path: Path) -> None:
    made, began = network(), network()
    torch.save(began.state_dict(), tmp_path / "first.pt")
    now, before = (each[0].weight.detach().double().numpy()[:, 0] for each in (made, began))
    norms = np.linalg.norm(now, axis=1), np.linalg.norm(before, axis=1)

    bank = first_bank(model_of(made), init=str(tmp_path / "first.pt"))

    expected = (now * before).sum(axis=1) / norms[0] / norms[1]
    np.testing.assert_allclose(bank.table.drift_cosine, expected, atol=1e-12)
    np.testing.assert_allclose(bank.table.norm_change, norms[0] / norms[1] - 1, atol=1e-12)
    assert claim_of(bank, "drift").evidence[0].value == pytest.approx(np.median(expected))
    assert claim_of(bank, "drift").severity == "note"


def test_initial_weights_are_the_first_twin(tmp_path: Path) -> None:
    torch.save(network().state_dict(), tmp_path / "first.pt")

    bank = first_bank(model_of(learned()), init=str(tmp_path / "first.pt"))

    assert (bank.untrained.null, bank.untrained.n_banks) == (
        "the weights its training began with",
        1,
    )
    assert bank.table.peakier.all()


def test_weights_alone_have_initial_weights_of_the_same_names(tmp_path: Path) -> None:
    for name, made in (("now.pt", learned()), ("first.pt", network())):
        torch.save(made.state_dict(), tmp_path / name)

    bank = first_bank(
        load_model(tmp_path / "now.pt", sample_rate=RATE), init=str(tmp_path / "first.pt")
    )

    assert np.abs(bank.table.drift_cosine).max() < 0.5  # of a Gabor and random taps
    assert bank.untrained.is_own


@pytest.mark.parametrize("is_bare", [False, True], ids=["network", "weights alone"])
def test_initial_weights_of_another_network_are_refused(tmp_path: Path, is_bare: bool) -> None:
    torch.save(learned().state_dict(), tmp_path / "now.pt")
    torch.save(nn.Sequential(nn.Conv1d(1, 5, 7)).state_dict(), tmp_path / "first.pt")
    bare = load_model(tmp_path / "now.pt", sample_rate=RATE)

    with pytest.raises(ModelLoadError, match=r"first\.pt .*0\.weight"):
        first_bank(bare if is_bare else model_of(learned()), init=str(tmp_path / "first.pt"))


def test_a_file_that_is_missing_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match=r"none\.pt does not exist; .* torch\.save\("):
        first_bank(model_of(learned()), init=str(tmp_path / "none.pt"))


def test_repetitions_of_short_kernels_stand_beside_those_of_the_twins() -> None:
    torch.manual_seed(4)

    bank = first_bank(model_of(nn.Conv1d(1, 64, 3)))

    found = bank.untrained.range_of("repeating filters")
    assert bank.untrained.least_repeat > 0.995  # 5 % of untrained filters come nearer
    assert found.low <= found.value <= found.high <= 8
    assert "untrained twins: " in bank.findings[0].sentence


def test_cosines_and_sines_of_a_transform_are_pairs() -> None:
    made = nn.Conv1d(1, 16, 128, bias=False)
    angles = 2 * np.pi * np.arange(4, 20, 2)[:, None] * np.arange(128) / 128
    rows = np.hanning(128) * np.concatenate([np.cos(angles), np.sin(angles)])
    made.weight.data = torch.tensor(rows, dtype=torch.float32)[:, None]

    bank = first_bank(model_of(made))

    assert (bank.table.duplicate_of == -1).all()
    np.testing.assert_array_equal(bank.table.quadrature_of[8:], np.arange(8))
    assert claim_of(bank, "quadrature_pairs").sentence.startswith("8 filters are in quadrature")


def test_what_a_bank_was_held_against_is_kept(tmp_path: Path) -> None:
    torch.save(network().state_dict(), tmp_path / "first.pt")
    model = replace(model_of(learned()), n_samples=1000)
    analyzer = FrequencyResponses(null_draws=50, init=str(tmp_path / "first.pt"))

    result = analyzer.run(Run(model=model))
    write(result, tmp_path / "result.h5")

    (kept,), (bank,) = read(tmp_path / "result.h5").banks, result.banks
    assert kept.untrained.ranges == bank.untrained.ranges
    np.testing.assert_array_equal(kept.table.peakier, bank.table.peakier)
    np.testing.assert_array_equal(kept.table.drift_cosine, bank.table.drift_cosine)
    assert "first.pt" in result.provenance.parameters
