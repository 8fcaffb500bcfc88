"""Lowering: every text is escaped, numbers read as people write them."""

from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.results import Evidence, Finding
from reports import html
from reports.parts import (
    Axis,
    Badge,
    Column,
    Details,
    Fact,
    Facts,
    Findings,
    Group,
    Link,
    Matrix,
    Paragraph,
    Part,
    Play,
    Raster,
    Table,
    Vector,
)

CONTEXT = html.Context(data_folder="data/", audio_links={3: ""})
TEXTS = st.text(min_size=1, max_size=40) | st.sampled_from(
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='alert(1)",
        "</style></script><svg/onload=alert(1)>",
        "{{ 7 * 7 }}",
        "naïve \N{SNOWMAN} \u2028 \u202e",
    ]
)


class Elements(HTMLParser):
    """Names of elements and attributes, and all text, of a piece of HTML."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.values: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.values += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def parts_with(text: str) -> list[Part]:
    """One part of each kind with `text` wherever text can stand."""
    column = Column(name=text, unit=text, is_row_name=True)
    axis = Axis(label=text, unit=text, start=0, stop=1, ticks=((0.5, text),))
    table = Table(
        name="t",
        caption=text,
        columns=(column, Column(name=text)),
        rows=((text, Badge(text=text)), (Link(text=text, target=text), Play(clip=3, text=text))),
        anchors=(text, "other"),
    )
    finding = Finding(
        id=text, sentence=text, evidence=(Evidence(name=text, value=1.0),), fragment=text or "x"
    )
    return [
        Paragraph(text=text),
        Findings(items=(finding,), title=text),
        Facts(items=(Fact(label=text, value=text, note=text),)),
        table,
        Vector(svg='<svg viewBox="0 0 1 1"></svg>', alt=text, caption=text, target=text),
        Raster(values=np.eye(2), alt=text, x=axis, y=axis, unit=text, caption=text),
        Matrix(
            name="m",
            caption=text,
            values=np.eye(1, dtype=int),
            rows=(text,),
            columns=(text,),
            row_title=text,
            column_title=text,
            anchors={(0, 0): text},
        ),
        Details(summary=text, parts=(Paragraph(text=text),), anchor=text),
        Group(title=text, parts=(), anchor=text, text=text),
    ]


def shape(markup: str) -> tuple[list[str], set[str]]:
    """Elements and attributes of a piece of HTML."""
    found = Elements(markup)
    return found.tags, found.attributes


@settings(max_examples=60, deadline=None)
@given(text=TEXTS)
@pytest.mark.parametrize("index", range(9))
def test_no_text_adds_an_element_or_an_attribute(index: int, text: str) -> None:
    harmless = html.lower(parts_with("word")[index], CONTEXT)

    lowered = html.lower(parts_with(text)[index], CONTEXT)

    assert shape(str(lowered)) == shape(str(harmless))


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1))
def test_a_text_is_read_back_as_it_was_given(text: str) -> None:
    lowered = html.lower(Paragraph(text=text), CONTEXT)

    assert Elements(str(lowered)).text.strip("\n") == text.strip("\n")


def test_a_number_that_is_not_defined_is_a_dash() -> None:
    column = Column(name="Q", unit="")

    assert ">\N{EM DASH}<" in html.cell(float("nan"), CONTEXT, column)


@pytest.mark.parametrize(
    ("value", "column", "text"),
    [
        (12345, Column(name="n"), "12,345"),
        (0.98765, Column(name="r", digits=2), "0.99"),
        (1.0, Column(name="F1", places=3), "1.000"),
        (True, Column(name="dead"), "yes"),
        (np.float32(2.5), Column(name="x"), "2.5"),
    ],
    ids=["thousands", "digits", "places", "answer", "numpy"],
)
def test_a_cell_reads_as_people_write(value: float, column: Column, text: str) -> None:
    assert str(html.cell(value, CONTEXT, column)) == text


def test_a_table_names_its_columns_and_rows_for_screen_readers() -> None:
    table = Table(
        name="t",
        caption="c",
        columns=(Column(name="a", is_row_name=True), Column(name="b", unit="Hz")),
        rows=(("x", 1.5),),
    )

    lowered = html.lower(table, CONTEXT)

    assert '<th scope="row">x</th>' in lowered
    assert lowered.count('scope="col"') == 2


def test_a_clip_without_audio_has_no_button() -> None:
    assert "<button" in html.lower(Play(clip=3, text="dog"), CONTEXT)
    assert "<button" not in html.lower(Play(clip=4, text="dog"), CONTEXT)


def test_only_zero_has_no_heat() -> None:
    assert [html.heat(value, 100) for value in (0, 1, 50, 100)] == [0, 1, 5, 9]
