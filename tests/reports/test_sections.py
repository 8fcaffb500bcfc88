"""Sections of this room: the numbers of the results stand where a reader looks for them."""

import json
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import report_results
from synthetic import bank, responses

from cnnviz.grid import ReceptiveField
from cnnviz.run import Run
from reports.page import data_of, walk
from reports.parts import (
    ClipList,
    Details,
    Facts,
    Findings,
    Interactive,
    Link,
    Matrix,
    Part,
    Play,
    Raster,
    Section,
    Table,
    Vector,
)
from reports.sections import (
    clip_gallery,
    embedding,
    evaluation,
    layer_statistics,
)


def found(section: Section | None, kind: type) -> list[Part]:
    """Parts of one kind in a section, in order of reading."""
    assert section is not None
    return [part for part in walk(section.parts) if isinstance(part, kind)]


def facts(section: Section | None) -> dict[str, str]:
    """Values of all facts by label; a later one of the same label wins."""
    return {fact.label: fact.value for part in found(section, Facts) for fact in part.items}


@pytest.mark.parametrize("module", [layer_statistics, clip_gallery, evaluation, embedding])
def test_a_section_without_its_results_is_left_out(module) -> None:
    assert module.section(Run(results=())) is None


def test_layers_have_their_receptive_field_in_samples_and_milliseconds() -> None:
    section = layer_statistics.section(Run(results=report_results.results()))
    table = next(part for part in found(section, Table) if part.name.startswith("layers."))

    # conv of 80 taps, stride 4; pooling of 4 adds 3 steps of 4 samples
    assert [row[5:8] for row in table.rows[:2]] == [(80, 5.0, 0.25), (92, 5.75, 1.0)]


def test_a_receptive_field_that_is_not_known_stays_empty() -> None:
    statistics = report_results.layer_statistics()
    unknown = ReceptiveField(size=9, status="unknown")
    rows = (replace(statistics.layers[0], time_field=unknown), *statistics.layers[1:])

    table = layer_statistics.layer_table(replace(statistics, layers=rows))

    assert table.rows[0][5:8] == (None, None, None)
    assert table.rows[0][8].text == "not known"


def test_the_chart_of_receptive_fields_leaves_out_layers_that_see_no_further() -> None:
    statistics = report_results.layer_statistics()
    twice = tuple(row for row in statistics.layers for _ in range(2))

    (chart,) = layer_statistics.reach_chart(replace(statistics, layers=twice))

    assert len(chart.bars) == len(statistics.layers)
    assert "features.0 5 ms" in chart.alt


@pytest.mark.parametrize("first_ms", [0.1, 1, 4, 8, 30, 100, 400])
def test_labels_of_the_axis_do_not_meet_on_a_telephone(first_ms: float) -> None:
    statistics = report_results.layer_statistics()
    n_samples = statistics.n_samples
    sizes = (first_ms / 1000 * statistics.sample_rate, n_samples)
    fields = [ReceptiveField(size=size, status="exact") for size in sizes]
    rows = [
        replace(row, time_field=field)
        for row, field in zip(statistics.layers, fields, strict=False)
    ]

    (chart,) = layer_statistics.reach_chart(replace(statistics, layers=tuple(rows)))

    assert chart.ticks
    for (at, text), (after, next_text) in pairwise(chart.ticks):
        half = 6.5 * (len(text) + len(next_text)) / 2  # CSS pixels, of 11 px letters
        assert (after - at) * 180 > half


def test_the_overview_says_which_frequencies_live_filters_cover() -> None:
    first = bank()
    highest = first.table.centre_hz[~first.table.dead].argmax()
    levels = first.responses.magnitudes_db[highest]
    edge = first.responses.frequencies[levels >= levels.max() - 10].max()

    span = layer_statistics.covered_span(Run(results=[responses(first)]))

    stop = float(span.removeprefix("0 to ").removesuffix(" Hz").replace(",", ""))
    assert edge <= stop < 1.02 * edge  # the sum reaches a little further than the pass band
    assert layer_statistics.covered_span(Run()) == ""


def test_the_overview_says_how_like_its_start_the_first_layer_is() -> None:
    cosines = np.resize([0.5, -0.75, 1.0], len(bank().order))  # turned over is no change of band
    table = replace(bank().table, drift_cosine=cosines)
    moved = responses(replace(bank(), table=table))

    section = layer_statistics.section(Run(results=(report_results.layer_statistics(), moved)))

    facts = {fact.label: fact for row in found(section, Facts) for fact in row.items}
    assert facts["Cosine to the initial taps"].value == "0.75"
    assert facts["Cosine to the initial taps"].note.startswith("median over the filters of conv1;")


def test_findings_of_all_results_meet_in_the_overview_once() -> None:
    results = report_results.results()

    (findings,) = found(layer_statistics.section(Run(results=(*results, *results))), Findings)

    sentences = [finding.sentence for finding in findings.items]
    assert len(set(sentences)) == len(sentences)
    assert results[2].findings[0].sentence in sentences


def test_accuracy_stands_with_its_interval() -> None:
    result = replace(
        report_results.evaluation(), accuracy=0.9412, accuracy_interval=np.array([0.912, 0.963])
    )

    (row, *_) = found(evaluation.section(Run(results=(result,))), Facts)

    assert row.items[0].value == "94.1 %"
    assert row.items[0].note == "95 % interval 91.2\N{EN DASH}96.3 %"


def test_each_filled_cell_of_the_confusion_matrix_leads_to_its_clips() -> None:
    result = report_results.evaluation()

    matrix, _ = found(evaluation.section(Run(results=(result,))), Matrix)

    assert set(matrix.anchors) == {tuple(map(int, at)) for at in np.argwhere(result.confusion)}
    assert matrix.anchors[0, 0] == "confusion=true:0,pred:0"


def test_many_classes_give_a_picture_and_all_counts_as_data() -> None:
    words = tuple(f"word {k}" for k in range(50))
    result = report_results.evaluation(words, n_clips=200)

    section = evaluation.section(Run(results=(result,)))

    assert found(section, Matrix) == []
    (picture,) = found(section, Raster)
    rows = [line.split(",") for line in data_of(picture).text.splitlines()]
    counts = np.array([[int(n) for n in row[1:]] for row in rows[1:]])
    np.testing.assert_array_equal(counts, result.confusion)


def test_the_surest_error_comes_first_and_links_to_its_clip() -> None:
    results = report_results.results()
    result = results[2]
    wrong = result.labels != result.predictions
    surest = np.flatnonzero(wrong)[result.probabilities[wrong].max(axis=1).argmax()]

    table = next(
        part
        for part in found(evaluation.section(Run(results=results)), Table)
        if part.name.startswith("errors-test.")
    )

    assert table.rows[0][0] == Play(clip=result.clip_index[surest])
    assert table.rows[0][1] == Link(
        text=results[1].clips.names[surest], target=f"clip={result.clip_index[surest]}"
    )
    assert len(table.rows) == min(int(wrong.sum()), 20)


def test_reliability_is_drawn_at_the_mean_of_each_bin() -> None:
    result = report_results.evaluation()
    sure = result.probabilities.max(axis=1)
    upper = (sure >= 14 / 15) & (sure <= 1.0)
    expected_x = 46 + sure[upper].mean() * (420 - 46 - 12)

    chart = next(
        part
        for part in found(evaluation.section(Run(results=(result,))), Vector)
        if "Reliab" in part.caption
    )

    dots = [float(x) for x in re.findall(r"M([\d.]+) [\d.]+h0", chart.svg)]
    assert min(abs(x - expected_x) for x in dots) <= 0.1


def test_the_quality_of_a_map_stands_beside_it_with_chance() -> None:
    section = embedding.section(Run(results=(report_results.embedding("umap"),)))
    (row,) = found(section, Facts)

    assert facts(section)["Trustworthiness"] == "0.962"
    assert facts(section)["Continuity"] == "0.951"
    assert facts(section)["kNN purity"] == "84.0 %"
    assert "by chance 8.3 %" in row.items[2].note


def test_variance_is_told_of_principal_components_only() -> None:
    share = np.array([0.3, 0.2])
    maps = (
        replace(report_results.embedding("pca"), explained_variance=share),
        replace(report_results.embedding("umap"), explained_variance=share),
    )

    first, second = found(embedding.section(Run(results=maps)), Facts)

    assert "Variance shown" not in [fact.label for fact in first.items]
    assert second.items[-1].value == "50.0 %"


def test_a_map_without_labels_claims_no_purity() -> None:
    result = replace(report_results.embedding(), knn_purity=np.nan, knn_purity_input=np.nan)

    assert "kNN purity" not in facts(embedding.section(Run(results=(result,))))


def test_the_data_of_a_map_are_its_points() -> None:
    results = report_results.results()

    (figure, _) = found(embedding.section(Run(results=results)), Interactive)
    rows = json.loads(figure.data.text)

    np.testing.assert_allclose([[r["x"], r["y"]] for r in rows], results[3].points)
    assert rows[5]["name"] == results[1].clips.names[5]
    assert rows[5]["class"] == "right"


def test_clips_carry_their_prediction_and_whether_they_can_be_played() -> None:
    results = report_results.results()
    gallery = replace(results[1], audio_index=np.array([2]))

    (clips,) = found(clip_gallery.section(Run(results=(gallery, results[2]))), ClipList)

    words = report_results.WORDS
    assert clips.rows[3].predicted == words[results[2].predictions[3]]
    assert [row.clip for row in clips.rows if row.audio] == [2]


def test_skipped_files_are_listed_with_their_reason() -> None:
    (details,) = found(clip_gallery.section(Run(results=(report_results.clip_gallery(),))), Details)

    assert details.parts[0].rows[0] == ("dog/broken.wav", "Format not recognised")
