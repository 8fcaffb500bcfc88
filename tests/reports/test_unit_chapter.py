"""The chapter of units plays each excerpt where the unit answered."""

from dataclasses import replace

import numpy as np
import pytest
from kept_sound import run_with

from cnnviz.clips import ClipTable
from cnnviz.results import ClipGallery, find
from cnnviz.run import Run
from reports.page import walk
from reports.parts import Paragraph, Play, Table
from reports.sections.unit_exemplars import audible, section
from reports.sound import within_budget
from tests.unit_results import units_of_two_layers


def table_of(result):
    return next(part for part in walk(section(Run(results=[result])).parts) if type(part) is Table)


def test_without_units_there_is_no_chapter() -> None:
    assert section(Run()) is None


def test_a_row_has_the_numbers_of_its_unit_and_plays_its_excerpts() -> None:
    table = table_of(units_of_two_layers())

    assert [row[0] for row in table.rows[:3]] == ["conv2 0", "conv1 0", "conv2 1"]
    name, best, selectivity, chance, sparseness, *plays = table.rows[2]
    assert (name, best) == ("conv2 1", "$no_ 5.5 (5 to 6)")
    assert (selectivity, chance, sparseness) == (0.69, 0.5, 0.4)
    assert plays[0] == Play(clip=2, text="$no_ 6", start=0.2, stop=0.5)
    assert [play.clip for play in plays] == [2, 3, 1, 0]  # two top clips, median, least


def test_a_unit_that_never_responds_has_no_row() -> None:
    assert {row[0] for row in table_of(units_of_two_layers()).rows}.isdisjoint({"conv1 3"})


def test_without_classes_units_have_sparseness_alone() -> None:
    result = units_of_two_layers()
    layers = tuple(replace(one, selectivity=None) for one in result.layers)

    table = table_of(replace(result, layers=layers))

    assert [column.name for column in table.columns][:2] == ["Unit", "Sparseness"]
    assert table.rows[0][:2] == ("conv2 0", 0.5)


def test_clips_without_sound_and_layers_without_a_field_are_said() -> None:
    result = units_of_two_layers()
    unknown = replace(result.layers[1], field_seconds=None, field_status="unknown")
    result = replace(result, n_candidates=3, layers=(result.layers[0], unknown))

    shown = section(Run(results=[result]))

    (text,) = (part.text for part in walk(shown.parts) if isinstance(part, Paragraph))
    assert "exemplars are from 3 of 4 clips, those whose sound was kept" in text
    assert "Receptive fields: conv1 300 ms; whole clips of conv2." in text


@pytest.mark.parametrize(
    ("ends", "played"),
    [
        ((0.5, 0.51), (0.455, 0.555)),
        ((0.0, 0.01), (0.0, 0.1)),
        ((0.99, 1.0), (0.9, 1.0)),
        ((0.2, 0.6), (0.2, 0.6)),
    ],
)
def test_short_excerpts_are_widened_about_their_middle_within_the_clip(ends, played) -> None:
    assert audible(*ends, 1.0) == pytest.approx(played)


def test_clips_that_the_chapter_plays_come_into_a_small_budget() -> None:
    clips = ClipTable(names=tuple(f"{k}.wav" for k in range(8)), labels=np.zeros(8, int))
    gallery = ClipGallery(
        clips=clips,
        sample_rate=8000,
        audio_index=np.arange(8),
        provenance=units_of_two_layers().provenance,
    )
    run = run_with(np.zeros((8, 80)), (gallery, units_of_two_layers()), sample_rate=8000)

    (kept,) = find(within_budget(run, 4), ClipGallery)

    assert kept.audio_index.tolist() == [0, 1, 2, 3]
