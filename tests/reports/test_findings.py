"""Every sentence of a page is a finding of a result, and its numbers are evidence."""

import json
import re
from dataclasses import fields, replace
from decimal import Decimal

import numpy as np
import pytest
import report_results
from synthetic import attribution, feature_maps, responses

from cnnviz.analyzers import _evaluation_findings as evaluation_findings
from cnnviz.analyzers._comparison_findings import describe_comparison
from cnnviz.analyzers.layer_statistics import coverage_findings, silence_findings
from cnnviz.attribution.findings import completeness_findings
from cnnviz.cli import _evaluation_text
from cnnviz.evaluation import compare, evaluate
from cnnviz.results import ChannelStatistics, Evidence, Finding, ranked
from cnnviz.run import Run
from reports import html
from reports.page import Page, data_files, every_part, sections
from reports.parts import Findings, Interactive, Paragraph

RESULTS = (
    *report_results.results(),
    responses(),
    feature_maps(),
    attribution(converged=False),
)
PAGE = Page(title="mynet", sections=sections(Run(results=RESULTS)))
NAMES = re.compile(r"'[^']*'|features\.\d+|conv\d\b|\bF1\b")
"""Class names, layers and the name of a rate hold digits that are no numbers."""
NUMBER = re.compile(r"([+-]?\d[\d,]*(?:\.\d+)?(?:e[+-]\d+)?)( ?%| points)?")
CAPTIONS = (
    "Showing 3 of 3 clips with maps, at display resolution",
    "Batch normalisation folded; ReLU taken as gain 1, max-pooling as averaging.",
)
"""Paragraphs with numbers that say how something was computed or drawn: no claims."""


def _scores(labels, probabilities, class_names):
    return evaluate(np.array(labels), np.array(probabilities), class_names, seed=0, n_resamples=99)


def _rare() -> tuple[Finding, ...]:
    """Findings that a healthy network on labelled clips does not have."""
    scores = _scores([0, 0], [[0.6, 0.3, 0.1], [0.7, 0.2, 0.1]], ("a", "b", "c"))
    broken = np.array([np.nan, 1.0])
    channel = ChannelStatistics(
        layer="conv1", mean=broken, maximum=broken, rms=broken, fraction_silent=np.zeros(2)
    )
    return (
        *evaluation_findings.describe_scores(scores, "all"),
        *evaluation_findings.describe_broken(scores, "all", 5),
        *evaluation_findings.describe_unlabelled(1_234, "all"),
        *evaluation_findings.describe_unknown(7, ("bird", "cat"), "all"),
        *evaluation_findings.describe_absent(scores, "all"),
        *coverage_findings((123, 15_000), 16_000, 16_000),
        *silence_findings((channel,), 2),
        *completeness_findings("lrp", np.arange(3), np.array([0.001, 0.204, 15.23]), tolerance=0.1),
    )


def _compared() -> tuple[Finding, ...]:
    """Findings about a network and one that takes every clip for the first of four classes."""
    labels = np.arange(40) % 4
    answers = np.where(np.arange(40) % 5, labels, (labels + 1) % 4)
    comparison = compare(labels, answers, np.zeros(40, dtype=int), tuple("abcd"), seed=0)
    return describe_comparison(comparison, "mynet", "other")


def _own() -> tuple[Finding, ...]:
    """Findings of all results of the page, those of their records included."""
    found: list[Finding] = []
    for result in RESULTS:
        holders = [result, *getattr(result, "banks", ())]
        for holder in holders:
            found += getattr(holder, "findings", ())
    return tuple(found)


def _checked() -> list[Finding]:
    return [*_own(), *_rare(), *_compared()]


def _is_shown(text: str, sign: str, evidence: tuple[Evidence, ...]) -> bool:
    """Whether a number of a sentence is one of the evidence, rounded as it is printed."""
    value = float(text.replace(",", ""))
    scale = 100 if sign.strip() in ("%", "points") or text[0] in "+-" else 1  # a signed: points
    last_place = Decimal(text.replace(",", "")).as_tuple().exponent
    half = 0.5 * 10.0**last_place * (1 + 1e-9)
    return any(abs(scale * one.value - value) <= half for one in evidence)


def _printed() -> list[Finding]:
    return [one for part in every_part(PAGE) if isinstance(part, Findings) for one in part.items]


def test_every_finding_on_the_page_is_one_of_a_result() -> None:
    own = {(one.id, one.evidence): one.sentence for one in _own()}

    for finding in _printed():
        assert finding.sentence.endswith(own[finding.id, finding.evidence])


def test_every_finding_of_a_result_is_on_the_page() -> None:
    printed = {(one.id, one.evidence) for one in _printed()}

    assert [one.sentence for one in _own() if (one.id, one.evidence) not in printed] == []


def test_paragraphs_with_numbers_only_say_how_something_is_drawn() -> None:
    texts = [part.text for part in every_part(PAGE) if isinstance(part, Paragraph)]

    numbered = [text for text in texts if NUMBER.search(NAMES.sub("", text))]
    assert [text for text in numbered if not text.startswith(CAPTIONS)] == []


def test_the_terminal_prints_the_findings_of_the_evaluation_and_no_other_sentence() -> None:
    result = report_results.evaluation()

    lines = _evaluation_text.describe(result)

    assert [line for line in lines if line.endswith(".")] == [
        one.sentence for one in ranked(result.findings)
    ]


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: type(result).__name__)
def test_a_result_says_each_thing_once(result) -> None:
    for holder in (result, *getattr(result, "banks", ())):
        ids = [one.id for one in getattr(holder, "findings", ())]
        assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("finding", _checked(), ids=lambda one: one.id)
def test_each_number_of_a_sentence_is_evidence(finding) -> None:
    numbers = NUMBER.findall(NAMES.sub("", finding.sentence))

    assert [n for n, sign in numbers if not _is_shown(n, sign, finding.evidence)] == []


@pytest.mark.parametrize("finding", _checked(), ids=lambda one: one.id)
def test_a_sentence_ends_with_one_full_stop_and_rests_on_finite_numbers(finding) -> None:
    assert re.search(r"[^.]\.$", finding.sentence)
    assert [one.name for one in finding.evidence if not np.isfinite(one.value)] == []


@pytest.mark.parametrize("n_classes", [12, 50])
def test_what_a_finding_points_to_is_on_the_page(n_classes) -> None:
    words = tuple(f"word {k}" for k in range(n_classes))
    page = Page(
        title="",
        sections=sections(Run(results=report_results.results(words, n_clips=4 * n_classes))),
    )
    context = html.Context(data_folder="data/")

    markup = "".join(html.lower(part, context) for s in page.sections for part in s.parts)

    places = {*re.findall(r'id="([^"]+)"', markup), *(one.anchor for one in page.sections)}
    for part in every_part(page):
        places |= set(part.views) if isinstance(part, Interactive) else set()
    pointed = [
        one.fragment
        for part in every_part(page)
        if isinstance(part, Findings)
        for one in part.items
        if one.fragment
    ]
    assert len(pointed) > 5
    assert set(pointed) <= places


def test_problems_come_before_warnings_and_these_before_notes() -> None:
    evidence = (Evidence(name="n", value=1),)
    kinds = ("note", "problem", "warning", "note")
    items = tuple(
        Finding(id=str(k), sentence=f"{kind} {k}.", severity=kind, evidence=evidence)
        for k, kind in enumerate(kinds)
    )

    markup = html.lower(Findings(items=items), html.Context(data_folder=""))

    assert re.findall(r"(\w+ \d)\.", markup) == ["problem 1", "warning 2", "note 0", "note 3"]
    assert re.findall(r'<span class="badge (\w+)">(\w+)', markup) == [
        ("bad", "problem"),
        ("warn", "warning"),
    ]


def test_a_problem_is_in_the_overview_however_many_notes_there_are() -> None:
    statistics = report_results.layer_statistics()
    broken = _rare()[-1]
    notes = tuple(replace(_rare()[0], id=str(k), severity="note") for k in range(20))

    (overview,) = sections(Run(results=(replace(statistics, findings=(*notes, broken)),)))[:1]

    (part,) = [one for one in overview.parts if isinstance(one, Findings)]
    assert broken.severity == "problem"
    assert part.items[0] == replace(broken, fragment=statistics.fragment(broken.fragment))


def test_the_data_of_a_page_hold_each_finding_once_and_whole() -> None:
    (file,) = [one for one in data_files(PAGE) if one.name == "findings.json"]

    rows = json.loads(file.text)

    own = _own()
    assert len(rows) == len(own)
    accuracy = next(row for row in rows if row["id"] == "accuracy:test")
    finding = next(one for one in own if one.id == "accuracy:test")
    assert accuracy["section"] == "evaluation"
    assert {key: accuracy[key] for key in ("sentence", "severity", "null", "threshold")} == {
        key: getattr(finding, key) for key in ("sentence", "severity", "null", "threshold")
    }
    assert accuracy["evidence"] == [
        {field.name: getattr(one, field.name) for field in fields(one)} for one in finding.evidence
    ]


def test_a_number_that_is_not_defined_is_null_in_the_data() -> None:
    finding = replace(_rare()[0], evidence=(Evidence(name="kappa", value=float("nan")),))
    evaluation = replace(report_results.evaluation(), findings=(finding,))

    (file,) = [
        one
        for one in data_files(Page(title="", sections=sections(Run(results=(evaluation,)))))
        if one.name == "findings.json"
    ]

    assert json.loads(file.text)[0]["evidence"] == [{"name": "kappa", "value": None, "unit": ""}]


def test_a_page_without_findings_has_no_file_of_them() -> None:
    page = Page(title="", sections=sections(Run(results=(feature_maps(),))))

    assert [one.name for one in data_files(page) if one.name == "findings.json"] == []
