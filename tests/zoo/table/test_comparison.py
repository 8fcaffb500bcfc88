"""Printed tables with ours in the cell of the same network."""

import pytest
from cards import card

from zoo.table.comparison import Comparison, column_title, compare
from zoo.table.outcomes import outcomes


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """One network of the study, one of the challenge, one of none."""
    cards = [
        card("custom_ch32-8-do0.5-bn", 0.8),
        card("custom_ch32-8-do0.5-bn", 0.6, data="other"),
        card("se_resnet3", 0.7),
        card("custom_k9_ch8-4", 0.5),
    ]
    return compare(outcomes(cards))


def test_every_printed_accuracy_has_a_cell(comparison: Comparison) -> None:
    assert comparison.n_printed == 292 + 5


def test_ours_stand_beside_the_printed_accuracy_of_the_same_network(
    comparison: Comparison,
) -> None:
    (cell,) = [c for c in comparison.cells if c.name == "custom_ch32-8-do0.5-bn"]

    assert cell.printed == 0.9391
    assert [(o.setting.corpus.name, o.accuracy) for o in cell.ours] == [
        ("other", 0.6),
        ("tones", 0.8),
    ]


def test_what_is_not_trained_has_nothing_of_ours(comparison: Comparison) -> None:
    trained = {cell.name for cell in comparison.cells if cell.ours}

    assert trained == {"custom_ch32-8-do0.5-bn", "se_resnet3", "custom_k9_ch8-4"}
    assert comparison.n_trained == 2


def test_networks_of_no_table_come_last_without_a_printed_accuracy(
    comparison: Comparison,
) -> None:
    others = comparison.tables[-1]

    assert (others.name, others.rows[-1].label) == ("others", "custom_k9_ch8-4")
    assert others.rows[-1].cells[0].printed is None


@pytest.mark.parametrize(
    ("table", "label", "counts"),
    [
        ("custom_ch64", "8", (365_136, 365_136)),  # with batch norm
        ("custom_ch32", "8", (94_768, 94_768)),  # without
        ("wide_k25_ch64", "1", (6_137_360, 5_455_632)),
        ("only_conv_k25", "1", (None, 511_456)),
        ("others", "nsynth_optimized", (8_838_158, 8_838_158)),
    ],
)
def test_row_has_both_counts(
    comparison: Comparison, table: str, label: str, counts: tuple[int | None, int]
) -> None:
    (found,) = [t for t in comparison.tables if t.name == table]
    (row,) = [row for row in found.rows if row.label == label]

    assert (row.n_printed, row.n_ours) == counts


def test_columns_are_those_of_the_study(comparison: Comparison) -> None:
    columns = {table.name: table.columns for table in comparison.tables}

    assert columns["custom_ch32"] == ("DO 0.5", "BN", "DO 0.5 + BN")
    assert columns["only_conv_k25"] == ("plain", "DO 0.5", "BN", "DO 0.5 + BN")
    assert columns["dropout_tuning_ch32"] == ("DO 0.25", "DO 0.25 + BN", "DO 0.75", "DO 0.75 + BN")


def test_column_title_of_a_plain_network() -> None:
    assert column_title(0.0, batch_norm=False) == "plain"
