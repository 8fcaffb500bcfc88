"""The chapter of an evaluation: shares, averages, reliability, and clips to listen to."""

from dataclasses import replace

import numpy as np
import pytest
import report_results

from cnnviz.results import Evaluation
from cnnviz.run import Run
from reports.page import data_of, walk
from reports.parts import Choice, Facts, Link, Matrix, Part, Play, Table, Vector
from reports.sections import evaluation


def parts(result: Evaluation, kind: type, *others: object) -> list[Part]:
    """Parts of one kind in the chapter, in order of reading."""
    section = evaluation.section(Run(results=(result, *others)))
    assert section is not None
    return [part for part in walk(section.parts) if isinstance(part, kind)]


def table(result: Evaluation, name: str, *others: object) -> Table:
    return next(
        part for part in parts(result, Table, *others) if part.name == result.fragment(name)
    )


def test_confusion_is_shown_in_clips_and_in_per_cent() -> None:
    result = report_results.evaluation()

    counts, shares = parts(result, Matrix)

    np.testing.assert_allclose(shares.values.sum(axis=1), 100)
    np.testing.assert_allclose(
        shares.values, 100 * counts.values / result.support[:, None], rtol=1e-12
    )
    assert (counts.unit, shares.unit) == ("clips", "%")
    assert shares.anchors == counts.anchors


def test_a_class_without_clips_has_an_empty_row_and_dashes() -> None:
    result = report_results.evaluation(("yes", "no"))
    lone = replace(
        result,
        confusion=np.array([[5, 0], [0, 0]]),
        recall=np.array([1, np.nan]),
        roc_auc=np.full(2, np.nan),
        macro_roc_auc=float("nan"),
        kappa=float("nan"),
    )

    _, shares = parts(lone, Matrix)
    facts = {fact.label: fact for fact in parts(lone, Facts)[0].items}

    assert shares.values.tolist() == [[100, 0], [0, 0]]
    assert facts["Cohen's kappa"].value == facts["Area under ROC"].value == "\N{EM DASH}"
    assert facts["Cohen's kappa"].note == "one class alone"


def test_averages_stand_below_the_classes() -> None:
    result = report_results.evaluation()

    rows = table(result, "averages-test").rows

    assert rows[0][1:] == pytest.approx(
        (*(np.mean(v) for v in (result.precision, result.recall, result.f1)), result.macro_roc_auc)
    )
    assert rows[1][2] == pytest.approx(result.accuracy)  # recall weighted by clips


def test_each_class_has_its_area_under_the_curve() -> None:
    result = report_results.evaluation()

    assert [row[4] for row in table(result, "classes-test").rows] == result.roc_auc.tolist()


def test_reliability_counts_the_clips_of_each_bin() -> None:
    result = report_results.evaluation()
    (chart,) = parts(result, Vector)

    rows = [line.split(",") for line in data_of(chart).text.splitlines()]

    assert rows[0] == ["from", "to", "clips", "confidence", "accuracy"]
    assert [int(row[2]) for row in rows[1:]] == result.reliability.counts.tolist()
    assert chart.svg.count("<rect") == np.count_nonzero(result.reliability.counts)
    assert "nan" not in chart.svg.lower()


def test_three_lists_of_clips_are_offered_one_at_a_time() -> None:
    result = report_results.evaluation()

    choice = parts(result, Choice)[-1]

    assert [option.title for option in choice.options] == [
        "Surest errors",
        "Surest right answers",
        "Nearest to the boundary",
    ]


def test_clips_near_the_boundary_show_what_they_were_almost_taken_for() -> None:
    gallery, result = report_results.clip_gallery(), report_results.evaluation()

    row = table(result, "boundary-test", gallery).rows[0]

    nearest = int(result.nearest_boundary[0])
    second, first = np.sort(result.probabilities[nearest])[-2:]
    assert row[0] == Play(clip=nearest)
    assert row[1] == Link(text=gallery.clips.names[nearest], target=f"clip={nearest}")
    assert row[5:7] == (first, second)
    assert row[4] == result.class_names[int(np.argsort(result.probabilities[nearest])[-2])]


def test_without_a_gallery_clips_are_named_and_nothing_plays() -> None:
    result = report_results.evaluation()

    found = table(result, "right-test")

    assert found.columns[0].name == "Clip"
    assert found.rows[0][0] == result.clip_names[int(result.confident_right[0])]


def test_a_network_without_errors_has_no_list_of_them() -> None:
    result = replace(report_results.evaluation(), confident_wrong=np.empty(0, dtype=int))

    titles = [option.title for option in parts(result, Choice)[-1].options]

    assert titles == ["Surest right answers", "Nearest to the boundary"]
