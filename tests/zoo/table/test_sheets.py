"""Rows of cells: printed accuracies with ours beside them."""

from cards import card

from zoo.table.comparison import Table, compare
from zoo.table.outcomes import outcomes
from zoo.table.sheets import Sheet, accuracy_text, sheet

CARDS = [
    card("custom_ch32-8-do0.5", 0.8),
    card("custom_ch32-8-do0.5-bn", 0.7, data="other"),
]


def _table(name: str) -> Table:
    (table,) = [t for t in compare(outcomes(CARDS)).tables if t.name == name]
    return table


def _row(found: Sheet, label: str) -> list[tuple[object, ...]]:
    return [row for row in found.rows if row[0] == label]


def test_heads_say_whose_the_numbers_are() -> None:
    heads = sheet(_table("custom_ch32")).heads

    assert [(head.name, head.whose) for head in heads] == [
        ("Convolutions", ""),
        ("trained on", "ours"),
        *(
            (name, whose)
            for name in ("DO 0.5", "BN", "DO 0.5 + BN")
            for whose in ("printed", "ours")
        ),
        ("parameters", "printed"),
        ("parameters", "ours"),
    ]


def test_each_corpus_has_a_line_of_its_own() -> None:
    tones, other = _row(sheet(_table("custom_ch32")), "8")

    assert other[1:8] == (
        "other, 3 classes; own run; rate 0.003",
        0.9477,
        "",
        0.9285,
        "",
        0.9391,
        other[7],
    )
    assert str(other[7]).startswith("0.7000 (")
    assert tones[1] == "tones, 3 classes; own run; rate 0.003"
    assert str(tones[3]).startswith("0.8000 (")
    assert tones[7] == ""


def test_untrained_row_has_empty_cells() -> None:
    (row,) = _row(sheet(_table("custom_ch32")), "9")

    assert row == ("9", "", 0.9379, "", 0.9268, "", 0.9424, "", 132_784, 132_784)


def test_compact_sheet_leaves_out_what_is_empty_or_said_twice() -> None:
    heads = sheet(_table("custom_ch64")).compact().heads

    assert [(head.name, head.whose) for head in heads] == [
        ("Convolutions", ""),
        ("DO 0.5", "printed"),
        ("BN", "printed"),
        ("DO 0.5 + BN", "printed"),
        ("parameters", "printed"),
    ]


def test_compact_sheet_keeps_counts_that_differ() -> None:
    heads = sheet(_table("wide_k25_ch64")).compact().heads

    assert [head.whose for head in heads if head.name == "parameters"] == ["printed", "ours"]


def test_seeds_are_counted_in_the_cell() -> None:
    (found,) = outcomes([card("m5", 0.8, seed=0), card("m5", 0.9, seed=1)])

    assert accuracy_text(found) == "0.8500 (0.800\N{EN DASH}0.900, 2 seeds)"
