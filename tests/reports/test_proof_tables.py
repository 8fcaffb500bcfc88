"""Faithfulness on the page: a verdict above the clips, a table of means below them."""

import numpy as np

from cnnviz.attribution.checks.faithfulness import faithfulness_findings
from cnnviz.results import Proof
from cnnviz.run import Run
from reports.page import walk
from reports.parts import Findings, Table
from reports.sections.attribution import section
from tests.attribution.test_relevance import RESULTS, replace


def with_proof(values):
    proof = Proof(
        rows=("map", "energy"),
        metrics=("deletion", "faithfulness", "sparseness"),
        titles=("Deletion", "Insertion - deletion", "Sparseness (Gini)"),
        values=values,
        intervals=np.stack([values.mean(0) - 1, values.mean(0) + 1], axis=-1),
        directions=np.array([-1, 1, 0]),
        groups=("ann", "bob"),
    )
    found = faithfulness_findings("lrp", proof)
    return replace(RESULTS["a propagation rule on the waveform"], proof=proof, findings=found)


def parts_of(result):
    return list(walk(section(Run(results=[result])).parts))


def test_a_table_has_the_means_of_the_map_with_its_interval_and_of_each_control():
    values = np.array([[[1.0, 4, 0.5], [2, 1, np.nan]], [[3.0, 6, 0.7], [4, 3, np.nan]]])

    parts = parts_of(with_proof(values))

    (table,) = [p for p in parts if isinstance(p, Table) and p.name.startswith("faithfulness")]
    assert [column.name for column in table.columns][2:] == [
        "This map", "From", "To", "Energy of the clip",
    ]  # fmt: skip
    assert table.rows[0] == ("Deletion", "less", 2.0, 1.0, 3.0, 3.0)
    assert table.rows[1] == ("Insertion - deletion", "more", 5.0, 4.0, 6.0, 2.0)
    assert table.rows[2][1] == ""
    assert table.rows[2][-1] is None


def test_the_verdict_stands_first_and_leads_to_its_table():
    values = np.ones((2, 2, 3))

    result = with_proof(values)

    first = parts_of(result)[0]
    assert isinstance(first, Findings)
    (verdict,) = first.items
    assert verdict.severity == "note"
    assert "are not shown to be better, for which 2 are too few: of 2 clips" in verdict.sentence
    assert verdict.fragment == result.fragment("attribution-faithfulness-lrp")


def test_without_proof_nothing_is_said_of_it():
    parts = parts_of(RESULTS["a propagation rule on the waveform"])

    assert not [p for p in parts if getattr(p, "name", "").startswith("faithfulness")]
