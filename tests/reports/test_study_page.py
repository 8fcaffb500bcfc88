"""The page of a study: plain values in, one safe page out."""

import csv
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from reports.parts import Column, Fact, Facts
from reports.study_page import (
    Study,
    StudyPoint,
    StudySeries,
    StudyTable,
    compose_study,
    render_study,
)


def _point(name: str, size: int, accuracy: float, *, is_on_front: bool = False) -> StudyPoint:
    return StudyPoint(
        name=name,
        n_parameters=size,
        accuracy=accuracy,
        low=accuracy - 0.02,
        high=accuracy + 0.02,
        is_on_front=is_on_front,
    )


def study(name: str = "net") -> Study:
    printed = StudySeries(
        label="printed: words",
        is_printed=True,
        points=(
            StudyPoint(
                name="p", n_parameters=90_000, accuracy=0.9, low=0.9, high=0.9, is_on_front=True
            ),
        ),
    )
    ours = StudySeries(
        label="ours: tones, 3 classes",
        is_printed=False,
        points=(
            _point(name, 1000, 0.6, is_on_front=True),
            _point("worse", 5000, 0.5),
            _point("better", 9000, 0.8, is_on_front=True),
        ),
    )
    table = StudyTable(
        name="custom",
        title="Custom",
        note="",
        caption="Test accuracies",
        columns=(Column(name="Convolutions", is_row_name=True), Column(name="BN", unit="ours")),
        rows=(("8", "0.8000 (0.700-0.900)"), ("9", "")),
    )
    return Study(
        title="Beside the printed ones",
        text="How to read it.",
        facts=Facts(items=(Fact(label="Trained here", value="1 of 2"),)),
        series=(printed, ours),
        tables=(table,),
    )


@pytest.fixture
def page(tmp_path: Path) -> str:
    """HTML of the page."""
    return render_study(study(), tmp_path / "table.html").read_text()


def test_page_lets_nothing_in_and_asks_for_nothing(page: str) -> None:
    assert "default-src &#39;none&#39;" in page
    assert re.findall(r'(?:src|href)="https?:', page) == []


def test_every_network_is_a_point_that_says_its_name(page: str) -> None:
    titles = re.findall(r"<title>([^<]*: [\d,]+ parameters, [\d.]+)</title>", page)

    assert titles == [
        "p: 90,000 parameters, 0.9000",
        "net: 1,000 parameters, 0.6000",
        "worse: 5,000 parameters, 0.5000",
        "better: 9,000 parameters, 0.8000",
    ]


def test_front_is_a_staircase_through_its_networks() -> None:
    (plot,) = [part for part in compose_study(study()).sections[0].parts if hasattr(part, "svg")]

    lines = re.findall(r'<path class="line c0" d="([^"]+)"', plot.svg)
    numbers = [list(map(float, re.findall(r"-?[\d.]+", line))) for line in lines]
    (steps,) = (np.reshape(one, (-1, 2)) for one in numbers if len(one) == 8)
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = np.cumsum(steps, axis=0)  # a start, then relative
    assert (y0, x1, y2) == (y1, x2, y3)
    assert x0 < x1 < x3
    assert y2 < y0  # up is smaller


def test_picture_has_text_for_those_who_do_not_see_it(page: str) -> None:
    said = re.search(r'role="img" aria-label="([^"]+)"', page)

    assert said is not None
    assert (
        "ours: tones, 3 classes: 3 networks, front of 2: net, 1,000 parameters, 0.6000" in said[1]
    )


def test_front_table_leaves_out_what_is_beaten(page: str) -> None:
    table = page.split('data-table="front-1"')[1].split("</table>", maxsplit=1)[0]

    assert re.findall(r'<th scope="row"[^>]*>([^<]+)<', table) == ["net", "better"]


def test_cell_that_is_not_trained_is_empty(page: str) -> None:
    table = page.split('data-table="custom"')[1].split("</table>", maxsplit=1)[0]

    assert re.findall(r"<td[^>]*>(.*?)</td>", table) == ["0.8000 (0.700-0.900)", ""]


def test_numbers_of_the_plot_are_offered(tmp_path: Path) -> None:
    render_study(study(), tmp_path / "table.html")

    text = (tmp_path / "table-data" / "accuracy-and-size.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    assert [(row["name"], row["on_front"]) for row in rows] == [
        ("p", "1"),
        ("net", "1"),
        ("worse", "0"),
        ("better", "1"),
    ]


def test_names_are_escaped(tmp_path: Path) -> None:
    class Tags(HTMLParser):
        found: list[str]

        def handle_starttag(self, tag: str, attrs: object) -> None:
            self.found.append(tag)

    reader = Tags()
    reader.found = []
    reader.feed(render_study(study("<b>net</b>"), tmp_path / "t.html").read_text())

    assert "b" not in reader.found


def test_page_is_the_same_twice(tmp_path: Path) -> None:
    first = render_study(study(), tmp_path / "table.html").read_bytes()

    assert render_study(study(), tmp_path / "table.html").read_bytes() == first


def test_page_without_anything_of_ours_says_so(tmp_path: Path) -> None:
    from dataclasses import replace

    bare = replace(study(), series=study().series[:1])

    page = render_study(bare, tmp_path / "table.html").read_text()

    assert "Nothing is trained here yet" in page
