"""``cnnviz zoo list``: names, sizes, what is seen, and weights at hand."""

import json

import pytest
from click.testing import CliRunner, Result

import zoo
from cnnviz import cli


def _list(*arguments: str) -> Result:
    return CliRunner().invoke(cli.root, ["zoo", "list", *arguments])


@pytest.fixture(scope="module")
def everything() -> list[str]:
    """Lines of the list without a filter."""
    return _list().stdout.splitlines()


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("custom_ch32-8", ["94,768", "95,536", "6,563", "410", "-"]),
        ("nsynth_preliminary", ["9,098", "-", "3", "1.5", "-"]),
        ("vgg_net1", ["1,135,892", "1,136,116", "6,080", "380", "36", "of", "40"]),
    ],
)
def test_line_has_both_counts_and_what_is_seen(
    everything: list[str], name: str, cells: list[str]
) -> None:
    line = next(line for line in everything if line.split()[:1] == [name])

    assert line.split()[1 : 1 + len(cells)] == cells


@pytest.mark.parametrize(
    "heading",
    [
        "16 spoken words (Speech Commands): raw 1 s, 16 kHz; 16 classes",
        "12 keywords (Speech Commands): log-mel 40 x 101 of 1 s, 16 kHz; 12 classes",
        "10 instrument families (NSynth): raw 4 s, 2 kHz; 10 classes",
    ],
)
def test_networks_stand_under_their_task_and_input(everything: list[str], heading: str) -> None:
    assert everything.count(heading) == 1


def test_architectures_are_listed_without_their_rates_but_with_trained_variants(
    everything: list[str],
) -> None:
    names = [line.split()[0] for line in everything if line.startswith("  ")]

    assert zoo.REFERENCE in names
    assert "custom_ch32-8-do0.5" not in names


def test_lines_fit_a_terminal(everything: list[str]) -> None:
    assert max(map(len, everything)) <= 112  # 88 and the name of a data folder


def test_counts_of_no_sequential_network_are_told_with_ours(everything: list[str]) -> None:
    told = [line.strip() for line in everything if "printed" in line and "ours" in line]

    assert len(told) == 6
    assert told[0] == ("wide_k25_ch64-1  printed 6,137,360  ours 5,455,632, less by 16 x 8 x 5,326")


def test_text_keeps_every_name_that_holds_it() -> None:
    lines = _list("custom_ch32-8").stdout.splitlines()

    names = [line.split()[0] for line in lines if "custom" in line]
    assert names == [name for name in zoo.names() if "custom_ch32-8" in name]
    assert len(names) == 8


def test_trained_keeps_names_with_weights_and_says_on_what() -> None:
    listings = json.loads(_list("--trained", "--json").stdout)

    found = {listing["name"]: listing["weights"] for listing in listings}
    assert found[zoo.REFERENCE]["place"] == "package"
    assert found[zoo.REFERENCE]["data"] == "kws12"
    assert found[zoo.REFERENCE]["n_classes"] == 12
    assert None not in found.values()


def test_json_has_the_facts_of_a_name() -> None:
    found = {item["name"]: item for item in json.loads(_list("se_resnet3", "--json").stdout)}

    listing = found["se_resnet3"]
    assert listing["input"] == "log-mel 40 x 101 of 1 s, 16 kHz"
    assert listing["n_parameters"] == listing["n_parameters_with_batch_norm"]
    assert listing["n_parameters_without_batch_norm"] < listing["n_parameters"]


def test_text_in_no_name_gives_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="1"):
        cli.main(["zoo", "list", "sincnet"])

    told = capsys.readouterr().err
    assert "in the zoo hold 'sincnet'; nearest names: sinc_net" in told
