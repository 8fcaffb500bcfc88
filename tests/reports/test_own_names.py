"""Two results of one kind keep apart on one page: fragments, files, figures and links."""

from dataclasses import replace

import pytest
from synthetic import bank, responses

from cnnviz.provenance import Provenance
from cnnviz.results import Evidence, Finding
from cnnviz.run import Run
from reports.own_names import differences, own_names, side_by_side
from reports.page import Page, data_files, every_part, sections
from reports.parts import (
    Choice,
    DataFile,
    Findings,
    Group,
    Interactive,
    Link,
    Option,
    Paragraph,
    Table,
    Vector,
)

RESULT = replace(responses(bank()), provenance=Provenance(analyzer="a", parameters='{"k": 1}'))
OTHER = replace(RESULT, provenance=Provenance(analyzer="a", parameters='{"k": 2}'))
DIGEST = RESULT.provenance.digest


def test_names_and_links_among_the_parts_get_the_digest_and_others_stay():
    (group,) = own_names(
        RESULT,
        (
            Group(
                title="t",
                anchor="filters-conv1",
                parts=(
                    Table(
                        name="rows",
                        caption="",
                        columns=(),
                        rows=(),
                        anchors=("row-1",),
                    ),
                    Link(text="inside", target="row-1"),
                    Link(text="outside", target="clip=3"),
                    Vector(
                        svg="", alt="", target="filters-conv1", data=DataFile(name="a.csv", text="")
                    ),
                    Choice(label="c", options=(Option(title="o", anchor="one"),)),
                ),
            ),
        ),
    )

    table, inside, outside, vector, choice = group.parts
    assert group.anchor == f"filters-conv1.{DIGEST}"
    assert (table.name, table.anchors) == (f"rows.{DIGEST}", (f"row-1.{DIGEST}",))
    assert (inside.target, outside.target) == (f"row-1.{DIGEST}", "clip=3")
    assert (vector.target, vector.data.name) == (f"filters-conv1.{DIGEST}", f"a.{DIGEST}.csv")
    assert choice.options[0].anchor == f"one.{DIGEST}"


def test_a_finding_leads_to_the_part_of_its_own_result():
    found = Finding(
        id="f", sentence="s", evidence=(Evidence(name="n", value=1.0),), fragment="here"
    )
    elsewhere = replace(found, fragment="overview")

    findings, _ = own_names(
        RESULT, (Findings(items=(found, elsewhere)), Group(title="g", anchor="here", parts=()))
    )

    assert [one.fragment for one in findings.items] == [f"here.{DIGEST}", "overview"]


def test_a_figure_has_ids_of_its_own():
    item = {"root_id": "fig-1", "roots": [{"id": "fig-1", "name": "fig-1"}, {"id": "p1"}]}
    figure = Interactive(name="fig", item=item, alt="", views={"filter=1": {}})

    own = own_names(RESULT, figure)

    assert own.name == f"fig.{DIGEST}"
    assert own.item["root_id"] == f"fig.{DIGEST}-1"
    assert own.item["roots"] == [{"id": f"fig.{DIGEST}-1", "name": "fig-1"}, {"id": "p1"}]
    assert list(own.views) == [f"filter=1.{DIGEST}"]


@pytest.mark.parametrize(
    ("results", "told"),
    [
        ((RESULT,), ("",)),
        ((RESULT, OTHER), ("k 1", "k 2")),
        ((RESULT, replace(OTHER, provenance=Provenance(analyzer="b"))), ("", "")),
    ],
    ids=["alone", "other parameters", "other analyzer"],
)
def test_results_are_told_apart_by_the_parameters_that_differ(results, told):
    assert differences(results) == told


def test_one_result_stands_without_a_heading_and_two_under_theirs():
    def parts(result):
        return [Paragraph(text=result.id)]

    assert side_by_side([RESULT], parts, anchor="of") == (Paragraph(text=RESULT.id),)
    first, second = side_by_side([RESULT, OTHER], parts, anchor="of")
    assert (first.title, second.title) == ("k 1", "k 2")
    assert first.anchor != second.anchor


def test_two_filter_results_share_no_name_on_a_page():
    page = Page(title="", sections=sections(Run(results=[RESULT, OTHER])))

    names = [part.name for part in every_part(page) if isinstance(part, Table | Interactive)]
    assert len(set(names)) == len(names)
    assert len([file for file in data_files(page) if file.name.startswith("filters-")]) == 2
