"""The printed study as files of the tree: every number, and the network it belongs to."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import zoo
from zoo import printed
from zoo.printed.study import PrintedCell, PrintedRow

PRINTED = Path(printed.__file__).parent
FILES = (
    "speech_commands_1d.json",
    "speech_challenge_12.json",
    "nsynth.json",
    "urbansound_tabular.json",
)


def _rows() -> list[PrintedRow]:
    return [row for table in printed.tables() for row in table.rows]


def _cells() -> Iterator[PrintedCell]:
    return (cell for row in _rows() for cell in row.cells)


@pytest.mark.data
@pytest.mark.parametrize("name", FILES)
def test_facts_are_those_of_the_source(data: Path, name: str) -> None:
    source = data.parent / "zoo" / name

    assert json.loads((PRINTED / name).read_text()) == json.loads(source.read_text())


def test_study_has_88_rows_292_accuracies_and_62_counts() -> None:
    counts = [row.n_parameters for row in _rows() if row.n_parameters is not None]

    assert (len(printed.tables()), len(_rows()), len(list(_cells())), len(counts)) == (
        13,
        88,
        292,
        62,
    )


def test_every_number_of_the_file_is_read_once() -> None:
    content = json.loads((PRINTED / "speech_commands_1d.json").read_text())
    numbers = [
        value
        for table in content["tables"].values()
        for row in table["rows"]
        for key, value in row.items()
        if key != "name"
    ]

    read = [cell.accuracy for cell in _cells()]
    read += [row.n_parameters for row in _rows() if row.n_parameters is not None]

    assert sorted(read) == sorted(numbers)


@pytest.mark.parametrize(
    ("name", "accuracies"),
    [
        ("baseline_fc2-5-do0.5-bn", [0.924]),
        ("only_conv_k25-4", [0.8866]),
        ("only_conv_k5-8-do0.5", [0.9132]),
        ("wide_k25_ch128-6-do0.5-bn", [0.9601]),
        ("custom_ch32-8-do0.75", [0.9533]),
        ("custom_ch64-1-do0.25-bn", [0.2069]),
        ("custom_ch128-9-do0.25-bn", [0.9701]),
        ("vgg_style_ch64-16-do0.5", [0.963]),
    ],
)
def test_name_of_a_network_leads_to_its_printed_accuracy(
    name: str, accuracies: list[float]
) -> None:
    assert [cell.accuracy for cell in _cells() if cell.name == name] == accuracies


def test_no_network_is_printed_twice() -> None:
    names = [cell.name for cell in _cells()]

    assert len(set(names)) == len(names)


def test_every_printed_network_is_in_the_zoo() -> None:
    assert {cell.name for cell in _cells()} <= set(zoo.names())


def test_rates_and_batch_norm_stand_in_the_name() -> None:
    said = [
        f"-do{cell.dropout:g}" * bool(cell.dropout) + "-bn" * cell.batch_norm for cell in _cells()
    ]

    assert all(cell.name.endswith(suffix) for cell, suffix in zip(_cells(), said, strict=True))


@pytest.mark.parametrize("table", printed.tables(), ids=lambda table: table.name)
def test_rows_of_a_table_have_the_same_columns(table: printed.PrintedTable) -> None:
    for row in table.rows:
        assert tuple((cell.dropout, cell.batch_norm) for cell in row.cells) == table.columns


def test_only_one_table_has_counts_of_no_sequential_network() -> None:
    found = {row.architecture: row.extra_channels for row in _rows() if row.extra_channels}

    assert found == {
        f"wide_k25_ch64-{depth}": channels
        for depth, channels in enumerate((8, 8, 16, 16, 32, 32), start=1)
    }
