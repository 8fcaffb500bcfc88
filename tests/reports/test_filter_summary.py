"""The chapter on filters says what a bank is together, and offers the numbers of its charts."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from synthetic import bank

from cnnviz.dsp.scales import SCALES
from cnnviz.results import BandwidthTrend, BankSummary, CentreScales, Frame, TwinRange
from cnnviz.results.bank_summary import CONDITION, EFFECTIVE
from reports.sections._filter_charts import charts
from reports.sections._filter_summary import summary

SCALES_FOUND = CentreScales(
    names=tuple(SCALES),
    distances=np.array([0.1, 0.12, 0.2, 0.3, 0.4, 0.5]),
    p=np.array([0.8, 0.7, 0.06, 0.01, 0.001, 0.0001]),
    level=0.05,
    n_centres=29,
    low_hz=190.0,
    high_hz=6200.0,
    confusable=(("mel (HTK)", "mel (Slaney)"),),
    untrained_shares=np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.0]),
)
SUMMARY = BankSummary(
    n_filters=31,
    effective_number=12.34,
    overlap=0.5,
    per_erb=1.5,
    frame=Frame(
        stride=4,
        step_rate=4000.0,
        lower=0.5,
        upper=50.0,
        weakest_hz=0.0,
        strongest_hz=500.0,
        null_hz=np.zeros((0, 2)),
        lost_share=0.0,
    ),
    scales=SCALES_FOUND,
    bandwidths=BandwidthTrend(slope=0.7, low=0.6, high=0.8, ratio_to_hearing=1.1, n_filters=31),
    ranges=(
        TwinRange(name=EFFECTIVE, value=12.34, low=3.0, high=4.0),
        TwinRange(name=CONDITION, value=20.0, low=5.0, high=6.0),
    ),
)


def facts_of(found: BankSummary) -> dict[str, tuple[str, str]]:
    facts = summary(replace(bank(), summary=found))[0]
    return {fact.label: (fact.value, fact.note) for fact in facts.items}


def test_a_file_of_an_earlier_version_has_no_summary() -> None:
    assert summary(bank()) == ()


def test_facts_stand_beside_untrained_twins() -> None:
    facts = facts_of(SUMMARY)

    assert facts["Different responses"] == ("12.3", "of 31 live filters; untrained: 3 to 4")
    assert facts["Condition (dB)"] == ("20", "frame bounds 0.5 and 50; untrained: 5 to 6")
    assert facts["Power of the bandwidth"] == ("0.7", "95 %: 0.60 to 0.80")


def test_what_leaves_no_trace_is_named() -> None:
    deaf = replace(
        SUMMARY.frame, lower=0.0, null_hz=np.array([[0, 0], [7000, 8000]]), lost_share=0.25
    )

    value, note = facts_of(replace(SUMMARY, frame=deaf, ranges=()))["Condition (dB)"]

    assert value == "infinite"
    assert note == ("frame bounds 0 and 50, silent at 0 Hz, 7,000-8,000 Hz, 25% of dimensions lost")


def test_every_scale_has_its_verdict_and_the_caveat_its_pairs() -> None:
    _, table = summary(replace(bank(), summary=SUMMARY))

    assert [(row[0], row[3].text) for row in table.rows] == [
        ("mel (HTK)", "compatible"),
        ("mel (Slaney)", "compatible"),
        ("ERB", "compatible"),
        ("Bark", "rejected"),
        ("logarithmic", "rejected"),
        ("linear", "rejected"),
    ]
    assert table.rows[5][4] == 100.0
    assert table.caption.endswith("cannot tell apart: mel (HTK) and mel (Slaney).")


@pytest.mark.parametrize("found", [None, SUMMARY], ids=["earlier version", "summary"])
def test_charts_of_centres_and_widths_offer_their_numbers(found: BankSummary | None) -> None:
    given = replace(bank(), summary=found)
    table = given.table
    centred = np.sort(table.centre_hz[(table.centre_hz > 0) & ~table.dead])

    centres, widths, _ = charts(given, given.responses)

    rows = list(csv.DictReader(centres.data.text.splitlines()))
    np.testing.assert_allclose([float(row["centre_hz"]) for row in rows], centred, rtol=1e-5)
    steps = [float(row["even on linear (Hz)"]) for row in rows if row["even on linear (Hz)"]]
    np.testing.assert_allclose(np.diff(steps), np.diff(steps).mean(), rtol=1e-3)
    rows = list(csv.DictReader(widths.data.text.splitlines()))
    kept = [int(row["filter"]) for row in rows]
    np.testing.assert_allclose(
        [float(row["erb_hz"]) for row in rows], table.erb_hz[kept], rtol=1e-5
    )


def test_the_caption_says_which_scales_are_solid() -> None:
    centres, widths, _ = charts(replace(bank(), summary=SUMMARY), bank().responses)

    assert "not rejected (mel (HTK), mel (Slaney), ERB)" in centres.caption
    assert "are rejected (Bark, logarithmic, linear)" in centres.caption
    assert "power 0.70 of the centre frequency" in widths.caption
