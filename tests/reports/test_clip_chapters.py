"""Chapters about single clips: maps and relevance stand where they sound."""

from dataclasses import replace

import numpy as np
import pytest
import report_results
from synthetic import RATE, attribution, feature_maps, gallery, layer_maps, run, waveforms

from cnnviz.grid import Grid
from cnnviz.results import FeatureMaps, LayerMaps, MapActivity, RelevanceMap
from cnnviz.run import Run
from reports import html, parts
from reports.page import walk
from reports.quantised import restored
from reports.sections import _clips, _maps
from reports.sections import attribution as saliency
from reports.sections import feature_maps as maps
from reports.sections._segments import segments


def _found(chapter, kind):
    return [part for part in walk(chapter.parts) if isinstance(part, kind)]


@pytest.mark.parametrize("chapter", [maps, saliency])
def test_without_results_there_is_no_chapter(chapter):
    assert chapter.section(run(gallery())) is None


def test_a_view_of_maps_gives_the_activations_back_to_half_a_step():
    given = feature_maps()

    (figure,) = _found(maps.section(run(gallery(), given)), parts.Interactive)

    layer = given.layers[0]
    drawn = figure.views[given.fragment("maps=1")]["maps-conv1"]["image"]
    error = np.abs(restored(drawn) - layer.maps[1][layer.order]).max()
    assert error <= drawn.step / 2 * (1 + 1e-6)


def test_rows_are_channels_from_the_lowest_centre_up():
    raster = _found(maps.section(run(gallery(), feature_maps())), parts.Raster)[1]

    assert raster.y.ticks[0][1] == "150"
    assert raster.y.ticks[-1][1] == "7k"


def test_what_lights_up_stands_under_its_sound():
    raster = _found(maps.section(run(gallery(), feature_maps())), parts.Raster)[1]

    known = np.nan_to_num(raster.values).max(axis=0) > 0.1
    seconds = np.flatnonzero(known)[[0, -1]] / raster.values.shape[1] * raster.x.stop
    np.testing.assert_allclose(seconds, [0.3, 0.7], atol=0.02)


def test_times_without_a_receptive_field_centre_are_left_open():
    raster = _found(maps.section(run(gallery(), feature_maps())), parts.Raster)[1]

    open_columns = np.isnan(raster.values).all(axis=0)
    n = len(open_columns)
    assert open_columns[: int(0.045 * n)].all()
    assert open_columns[int(0.955 * n) :].all()
    assert not open_columns[int(0.06 * n) : int(0.94 * n)].any()
    assert raster.is_hatched


def test_the_playhead_follows_the_clip_of_the_view():
    (figure,) = _found(maps.section(run(gallery(), feature_maps())), parts.Interactive)

    assert figure.views[feature_maps().fragment("maps=2")]["title"]["clip"] == ["2"]


def test_two_dimensional_maps_are_shown_over_channels_and_over_hertz():
    flat = layer_maps(2, 4, 50)
    values = np.stack([flat.maps, -2 * flat.maps], axis=2)  # (clip, channel, frequency, time)
    layer = LayerMaps(
        layer="stem",
        maps=values,
        grid=Grid(times=flat.grid.times, frequencies=np.array([500.0, 2000.0])),
        order=np.arange(4),
        channel_centre_hz=np.full(4, np.nan),
    )
    given = FeatureMaps(
        clip_index=np.arange(2), layers=(layer,), provenance=feature_maps().provenance
    )

    rasters = _found(maps.section(run(gallery(), given)), parts.Raster)[1:3]

    assert [raster.y.label for raster in rasters] == ["Channel", "Frequency (Hz)"]
    assert rasters[1].y.ticks[-1][1] == "2k"
    assert np.nanmin(rasters[0].values) == pytest.approx(-2 * flat.maps[0].max())


def test_maps_are_shown_without_kept_sound():
    chapter = maps.section(run(feature_maps()))

    assert all(raster.palette != "signed" for raster in _found(chapter, parts.Raster))


def test_a_drawn_waveform_carries_all_relevance():
    given = attribution()
    relevance = given.samples.values[1].astype(np.float64)
    (clip,) = _clips.clips(run(gallery()), [1])

    raster = _clips.waveform_raster(clip, relevance=relevance)

    columns = np.nanmax(np.where(np.isnan(raster.values), -np.inf, raster.values), axis=0)
    assert columns.sum() == pytest.approx(relevance.sum())


def test_a_drawn_plane_carries_all_relevance():
    plane = attribution().plane.values[0]

    summed = _maps._summed_rows(plane)

    assert summed.shape == (128, 126)
    assert summed.sum() == pytest.approx(plane.sum(dtype=np.float64))


def test_the_plane_is_symmetric_about_zero():
    chapter = saliency.section(run(gallery(), attribution()))

    planes = [r for r in _found(chapter, parts.Raster) if r.palette == "diverging"]
    assert len(planes) == 3
    assert all(raster.lowest == -raster.highest for raster in planes)


def test_the_sound_lies_beneath_its_relevance_in_time_and_frequency():
    chapter = saliency.section(run(gallery(), attribution()))

    grounds = [raster for raster in _found(chapter, parts.Raster) if raster.ground is not None]

    assert len(grounds) == 3
    for k, raster in enumerate(grounds):
        ground, hertz = raster.ground, np.linspace(0, RATE / 2, len(raster.ground))
        assert ground.shape[1] == raster.values.shape[1]
        assert np.nanmin(ground) == pytest.approx(0)
        assert np.nanmax(ground) == pytest.approx(1)
        loud = np.nan_to_num(ground).max(axis=0) > 0.9
        seconds = np.flatnonzero(loud)[[0, -1]] / ground.shape[1]
        assert seconds[0] >= 0.25
        assert seconds[1] <= 0.75
        loudest = hertz[np.nan_to_num(ground).max(axis=1).argmax()]
        assert loudest == pytest.approx(440 * (k + 1), abs=60)


def test_nothing_lies_beneath_where_a_map_knows_nothing():
    cells = layer_maps(layer="conv4", n_times=20)
    values = np.stack([cells.maps[:, 0], cells.maps[:, 1]], axis=1)  # (clip, frequency, time)
    grid = replace(cells.grid, frequencies=np.array([500.0, 2000.0]))
    part = RelevanceMap(domain="layer", values=values, grid=grid, layer="conv4")

    chapter = saliency.section(run(gallery(), replace(attribution("grad_cam"), maps=(part,))))

    (raster, *_) = [r for r in _found(chapter, parts.Raster) if r.ground is not None]
    unknown = np.isnan(raster.values).all(axis=0)
    assert unknown[[0, -1]].all()
    np.testing.assert_array_equal(np.isnan(raster.ground).all(axis=0), unknown)


def test_cells_of_a_layer_stand_where_they_hear_and_name_it():
    cells = layer_maps(layer="conv4", n_times=20)
    part = RelevanceMap(domain="layer", values=cells.maps[:, 0], grid=cells.grid, layer="conv4")
    given = replace(attribution("grad_cam"), maps=(part,))

    chapter = saliency.section(run(gallery(), given))

    (raster, *_) = [r for r in _found(chapter, parts.Raster) if r.palette == "diverging"]
    centres = (np.arange(raster.values.shape[1]) + 0.5) / raster.values.shape[1]
    known = np.isfinite(raster.values[0])
    field = cells.grid.receptive_field
    assert np.ptp(centres[known]) == pytest.approx(field.jump * 20 / RATE, rel=0.1)
    assert not known[[0, -1]].any(), "the ends of the clip, where no cell is centred"
    facts = [fact for one in _found(chapter, parts.Facts) for fact in one.items]
    assert [fact.value for fact in facts if fact.label == "Layer"] == ["conv4"] * 3


def test_a_tone_lies_at_its_frequency_in_the_spectrogram():
    (clip,) = _clips.clips(run(gallery()), [2])

    raster = _clips.spectrogram(clip)

    hertz = raster.values.max(axis=1).argmax() / (len(raster.values) - 1) * raster.y.stop
    assert hertz == pytest.approx(1320, abs=40)


def test_top_segments_add_up_and_name_their_frequency():
    given = attribution()
    sound = waveforms()[0].astype(np.float64)

    rows = segments(given.samples, given.plane, 0, RATE)

    first = rows[0]
    inside = slice(round(first.start * RATE), round(first.stop * RATE))
    assert first.relevance == pytest.approx((sound**2 * np.sign(sound))[inside].sum(), rel=1e-4)
    assert abs(first.relevance) == max(abs(row.relevance) for row in rows)
    middle = [
        row.hertz for row in rows if row.start >= 0.35 and row.stop <= 0.6 and row.relevance > 0
    ]
    assert all(10 * 31.25 <= hertz <= 13 * 31.25 for hertz in middle)


@pytest.mark.parametrize(
    ("true", "predicted", "expected"),
    [
        pytest.param("yes", "yes", ("yes", parts.Badge(text="right", tone="good")), id="right"),
        pytest.param("yes", "no", ("yes", parts.Badge(text="wrong: no", tone="bad")), id="wrong"),
        pytest.param("", "no", (None, None), id="no label"),
    ],
)
def test_the_table_of_explained_clips_says_true_class_and_answer(true, predicted, expected):
    relevance = replace(attribution(), true_classes=(true,) * 3, predicted_classes=(predicted,) * 3)

    table = _found(saliency.section(run(relevance)), parts.Table)[0]

    heads = [column.name for column in table.columns]
    assert heads[1:3] == ["True class", "Answer"]
    assert {row[1:3] for row in table.rows} == {expected}


def test_a_map_that_did_not_converge_carries_a_red_badge():
    chapter = saliency.section(run(gallery(), attribution(converged=False)))

    found = [one for part in _found(chapter, parts.Findings) for one in part.items]
    assert {one.severity for one in found} == {"problem"}
    assert found[0].sentence == "Not converged: completeness error 20 %."
    markup = html.lower(chapter.parts[-1], html.Context(data_folder=""))
    assert markup.count('class="badge bad"') == len(found) == 3


def test_converged_maps_carry_no_badge():
    chapter = saliency.section(run(gallery(), attribution()))

    assert not _found(chapter, parts.Badge)
    assert not _found(chapter, parts.Findings)


def test_both_methods_can_be_chosen_for_each_clip():
    given = (attribution(), attribution("input_x_gradient"))

    choices = _found(saliency.section(run(gallery(), *given)), parts.Choice)

    assert [option.anchor for option in choices[1].options] == [
        given[0].fragment("attribution=0:integrated_gradients"),
        given[1].fragment("attribution=0:input_x_gradient"),
    ]


def test_every_clip_can_be_played():
    chapter = saliency.section(run(gallery(), attribution()))

    assert {part.clip for part in _found(chapter, parts.Play)} == {0, 1, 2}


def test_without_a_capture_clips_stand_without_sound():
    (clip,) = _clips.clips(Run(results=[gallery()]), [1])

    assert clip.title == "yes · word/1.flac"
    assert not clip.waveform.size
    assert maps.section(Run(results=[gallery(), feature_maps()])) is not None
    assert saliency.section(run(gallery(), attribution())) is not None


def test_the_table_says_how_sure_the_network_was_of_its_answer():
    scored, given = report_results.evaluation(), attribution()

    tables = _found(saliency.section(run(gallery(), given, scored)), parts.Table)

    (table,) = (one for one in tables if one.name == "attribution")
    column = [one.name for one in table.columns].index("Confidence")
    places = [scored.clip_index.tolist().index(clip) for clip in given.clip_index]
    expected = 100 * scored.probabilities[places].max(1)
    assert [row[column] for row in table.rows] == pytest.approx(expected)
    unscored = _found(saliency.section(run(gallery(), given)), parts.Table)
    assert all("Confidence" not in [c.name for c in one.columns] for one in unscored)


def test_each_clip_says_its_own_number_of_steps():
    given = attribution()
    n = len(given.clip_index)
    counted = replace(given, checks=replace(given.checks, n_steps=np.arange(1, n + 1)))

    chapter = saliency.section(run(gallery(), counted))

    notes = [fact.note for part in _found(chapter, parts.Facts) for fact in part.items
             if fact.label == "Baseline"]  # fmt: skip
    assert notes == ["1 step", *(f"{k} steps" for k in range(2, n + 1))]


def test_activity_of_channels_stands_in_the_order_of_the_maps_beside_the_sound():
    given = feature_maps()
    first = given.layers[0]
    shares = np.linspace(0, 1, 32)
    activity = MapActivity(
        fraction_active=shares,
        sparseness=shares / 2,
        gini=shares / 4,
        onset_index=np.full(32, np.nan),
        sound_onset_index=0.25,
        n_onsets=2,
    )
    given = replace(given, layers=(replace(first, activity=activity), given.layers[1]))

    (table,) = _found(maps.section(run(gallery(), given)), parts.Table)

    assert [row[0] for row in table.rows] == first.order.tolist()
    channel = first.order[0]
    expected = (channel, first.channel_centre_hz[channel], 100 * shares[channel])
    assert table.rows[0][:3] == pytest.approx(expected)
    assert table.caption.endswith("onset index over 2 clips, of the sound 0.25")
    assert not _found(maps.section(run(gallery(), feature_maps())), parts.Table)
