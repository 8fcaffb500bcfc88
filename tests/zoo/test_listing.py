"""What is said of an architecture equals what its network is."""

from pathlib import Path

import pytest
import torch
from torch import nn

import zoo
from cnnviz.errors import UnknownNameError
from cnnviz.model import write_checkpoint
from zoo import catalogue
from zoo.listing import describe, in_short, matching

NAMES = ("custom_ch32-6-do0.5", "custom_ch32-6-bn", "nsynth_preliminary", "vgg_net1", "sinc_net")


@pytest.mark.parametrize("name", NAMES)
def test_counts_are_those_of_the_network(name: str) -> None:
    network = catalogue.family_of(name).build(name, describe(name).n_classes)
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
    in_norms = sum(p.numel() for norm in norms for p in norm.parameters())
    everything = sum(p.numel() for p in network.parameters())

    listing = describe(name)

    assert listing.n_parameters == everything
    assert listing.n_parameters_without_batch_norm == everything - in_norms


def test_plain_network_tells_the_count_of_its_form_with_batch_norm() -> None:
    plain, normed = describe("custom_ch64-8"), describe("custom_ch64-8-bn")

    assert (plain.n_parameters, plain.n_parameters_with_batch_norm) == (363_600, 365_136)
    assert normed.n_parameters == 365_136


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("custom_ch32-8", "raw 1 s, 16 kHz"),
        ("nsynth_optimized", "raw 4 s, 2 kHz"),
        ("se_resnet3", "log-mel 40 x 101 of 1 s, 16 kHz"),
        ("vgg_net1", "MFCC 40 x 101 of 1 s, 16 kHz"),
    ],
)
def test_input_is_said_in_words(name: str, said: str) -> None:
    assert describe(name).input == said


def test_weights_trained_here_without_a_card_are_at_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "custom_ch32-6"
    family = catalogue.family_of(name)
    path = tmp_path / "runs" / name / f"{name}.safetensors"
    write_checkpoint(path, family.build(name, 2), family.spec(name, ("no", "yes")))
    monkeypatch.chdir(tmp_path)

    weights = describe(name).weights

    assert (weights.place, weights.test_accuracy) == ("run", None)


def test_short_list_has_one_line_per_architecture_and_what_is_trained() -> None:
    assert in_short(matching("custom_ch32-8")) == ("custom_ch32-8", "custom_ch32-8-do0.25-bn")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("kws12", {zoo.REFERENCE}),
        ("NSynth", {"nsynth_preliminary", "nsynth_optimized"}),
        ("sinc_n", {"sinc_net"}),
    ],
    ids=["training data", "task", "name"],
)
def test_text_is_looked_for_in_names_tasks_and_training_data(text: str, names: set[str]) -> None:
    assert names <= set(matching(text)) < set(zoo.names())


def test_text_that_is_nowhere_gives_the_nearest_names() -> None:
    text = r"no name, task or training data in the zoo hold 'vgg_net9'; nearest names: vgg_net1, "
    with pytest.raises(UnknownNameError, match=text):
        matching("vgg_net9")


def test_describing_draws_no_weights() -> None:
    state = torch.random.get_rng_state()

    describe("wide_k25_ch130-6-bn")  # not listed: no other test described it before

    assert torch.equal(torch.random.get_rng_state(), state)
