"""Maps of networks drawn anew on the page: a verdict above the clips, a table below them."""

import numpy as np

from cnnviz.attribution.checks.randomisation_findings import randomisation_findings
from cnnviz.results import Sanity
from cnnviz.run import Run
from reports.page import walk
from reports.parts import Findings, Group, Table
from reports.sections.attribution import section
from tests.attribution.test_relevance import RESULTS, replace


def with_sanity(layers, values):
    values = np.array(values, dtype=float)
    sanity = Sanity(
        layers=layers,
        values=values,
        intervals=np.stack([values.mean(0) - 0.1, values.mean(0) + 0.1], axis=-1),
        n_draws=3,
        groups=("ann", "bob"),
    )
    found = randomisation_findings("lrp", sanity)
    return replace(RESULTS["a propagation rule on the waveform"], sanity=sanity, findings=found)


def parts_of(result):
    return list(walk(section(Run(results=[result])).parts))


def table_of(parts):
    (table,) = [p for p in parts if isinstance(p, Table) and p.name.startswith("randomisation")]
    return table


def test_each_layer_stands_beside_the_agreement_of_networks_that_know_nothing():
    clip = [0.5, 0.75, 0.875, 0.125, 0.25, 0.375, 0.0, 0.625, 2.0, 0.0625]

    table = table_of(parts_of(with_sanity(("head", "conv"), [clip, clip])))

    assert [row[0].partition(",")[-1].strip() for row in table.rows[:2]] == [
        "drawn down to head", "all drawn (conv)",
    ]  # fmt: skip
    told = [[row[1], row[2], row[3], row[4]] for row in table.rows]
    expected = [
        [0.5, 0.4, 0.6, 0.875],
        [0.75, 0.65, 0.85, 0.875],
        [0.0, -0.1, 0.1, 0.625],
        [0.25, 0.15, 0.35, 0.375],
        [2.0, 1.9, 2.1, 0.0625],
    ]
    np.testing.assert_allclose(np.array(told), expected)


def test_the_verdict_stands_first_and_leads_to_its_table():
    result = with_sanity(("conv",), np.ones((2, 9)))

    first = parts_of(result)[0]

    assert isinstance(first, Findings)
    (verdict,) = first.items
    assert verdict.severity == "warning"
    assert "depend on the clip more than on what the network learned" in verdict.sentence
    assert verdict.fragment == result.fragment("attribution-randomisation-lrp")


def test_of_a_network_that_cannot_be_copied_the_page_says_so():
    nothing = [np.nan, np.nan, 0.25, np.nan, np.nan, np.nan, 2.0, 0.0625]

    parts = parts_of(with_sanity((), [nothing, nothing]))

    (group,) = [p for p in parts if isinstance(p, Group) and "learned?" in p.title]
    assert "it cannot be copied" in group.text
    energy, noise = table_of(parts).rows
    assert (energy[1], energy[4], energy[5]) == (0.25, None, "")
    assert (noise[1], noise[4]) == (2.0, 0.0625)


def test_without_it_nothing_is_said_of_it():
    parts = parts_of(RESULTS["a propagation rule on the waveform"])

    assert not [p for p in parts if getattr(p, "name", "").startswith("randomisation")]
