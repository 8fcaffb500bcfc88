"""Markdown and CSV of the comparison, read back."""

import csv
import io

import pytest
from cards import card

from zoo.table.comparison import Comparison, compare
from zoo.table.outcomes import outcomes
from zoo.table.text import cell_text, explanation, to_csv, to_markdown


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """One network of the study is trained."""
    return compare(outcomes([card("custom_ch32-8-do0.5-bn", 0.8, seed=4)]))


def test_csv_has_one_line_per_network(comparison: Comparison) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(comparison))))

    assert len(rows) == 292 + 5
    assert sum(bool(row["printed_accuracy"]) for row in rows) == 297


def test_csv_says_what_ours_were_trained_on(comparison: Comparison) -> None:
    rows = csv.DictReader(io.StringIO(to_csv(comparison)))
    (row,) = [row for row in rows if row["our_accuracy"]]

    assert row["name"] == "custom_ch32-8-do0.5-bn"
    assert (row["printed_accuracy"], row["printed_on"]) == ("0.9391", "Speech Commands, 16 words")
    assert (row["our_accuracy"], row["our_data"], row["our_classes"]) == ("0.8", "tones", "3")
    assert (row["our_test_clips"], row["our_seeds"]) == ("200", "4")


def test_markdown_line_has_printed_and_ours(comparison: Comparison) -> None:
    lines = to_markdown(comparison).splitlines()
    (line,) = [line for line in lines if "tones, 3 classes" in line]

    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[:7] == [
        "8",
        "tones, 3 classes; own run; rate 0.003",
        "0.9477",
        "",
        "0.9285",
        "",
        "0.9391",
    ]
    assert cells[7].startswith("0.8000 (0.")


def test_markdown_tables_are_rectangular(comparison: Comparison) -> None:
    blocks = [b for b in to_markdown(comparison).split("\n\n") if b.startswith("|")]

    widths = [{line.count("|") for line in block.splitlines()} for block in blocks]
    assert len(blocks) == 15
    assert all(len(width) == 1 for width in widths)


def test_markdown_tells_which_counts_are_of_no_sequential_network(comparison: Comparison) -> None:
    assert to_markdown(comparison).count("come from no sequential network") == 1


def test_explanation_counts_what_is_trained(comparison: Comparison) -> None:
    assert explanation(comparison).startswith(
        "1 of 297 printed networks have a trained one beside them; cells"
    )


@pytest.mark.parametrize(
    ("value", "text"), [(0.9, "0.9000"), (1234567, "1,234,567"), ("", ""), ("8", "8")]
)
def test_cell_is_said_in_words(value: float | int | str, text: str) -> None:
    assert cell_text(value) == text
