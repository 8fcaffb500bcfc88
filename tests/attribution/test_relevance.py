"""One type holds what every family of methods gives, and says what a method has not."""

from dataclasses import asdict, replace

import numpy as np
import pytest

from cnnviz import store
from cnnviz.errors import ShapeError
from cnnviz.grid import Grid, ReceptiveField, time_grid
from cnnviz.plots.attribution import plot
from cnnviz.provenance import Provenance
from cnnviz.results import Checks, Relevance, RelevanceMap, Target
from cnnviz.run import Run
from reports.page import walk
from reports.parts import Facts, Raster, Table
from reports.sections.attribution import section

RATE = 8000
TIMES, HERTZ = 0.1 * np.arange(5) + 0.05, np.array([250.0, 500.0, 1000.0])


def a_map(domain, *, times=(), frequencies=(), layer=None):
    """Relevance 1 in the last cell of the first clip, and -2 in all cells of the second."""
    shape = [len(axis) for axis in (frequencies, times) if len(axis)]
    values = np.zeros((2, *shape), dtype=np.float32)
    values[0].flat[-1], values[1] = 1, -2
    grid = Grid(times=np.array(times), frequencies=np.array(frequencies))
    return RelevanceMap(domain=domain, values=values, grid=grid, layer=layer)


def a_result(*maps, method="a_method", **changes):
    given = {
        "method": method,
        "clip_index": np.array([2, 5]),
        "target": Target(words=("yes", "no"), class_index=np.array([0, 1])),
        "output": "logits",
        "scores": np.array([4.0, 3.0]),
        "sample_rate": RATE,
        "maps": maps,
        "provenance": Provenance(created="2026-01-01T00:00:00Z"),
    }
    return Relevance(**given | changes)


RESULTS = {
    "a class activation map": a_result(
        a_map("layer", times=TIMES, frequencies=HERTZ, layer="conv3"), method="grad_cam"
    ),
    "a class activation map over time alone": a_result(
        a_map("layer", times=TIMES, layer="conv3"), method="grad_cam"
    ),
    "occlusion of patches of the spectrogram": a_result(
        a_map("patches", times=TIMES, frequencies=HERTZ),
        method="occlusion",
        baseline="silence",
        baseline_scores=np.array([0.5, 0.25]),
    ),
    "occlusion of bands": a_result(a_map("patches", frequencies=HERTZ), method="occlusion"),
    "a mask for one class against another": a_result(
        a_map("stft", times=TIMES, frequencies=HERTZ),
        method="mask",
        target=Target(kind="contrast", words=("yes rather than no", "no rather than yes")),
        checks=Checks(converged=np.array([True, False])),
    ),
    "a propagation rule on the waveform": a_result(
        RelevanceMap(
            domain="samples",
            values=np.ones((2, 4000), np.float32),
            grid=time_grid(ReceptiveField(), 4000, RATE),
        ),
        method="lrp",
        promises_completeness=True,
        checks=Checks(completeness_errors=np.array([0.0, 0.1]), converged=np.array([True, False])),
    ),
}
EACH = pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS.keys())


@EACH
def test_it_is_read_back_as_it_was_written(result, tmp_path):
    store.write(result, tmp_path / "result.h5")

    found = store.read(tmp_path / "result.h5")

    np.testing.assert_equal(asdict(found), asdict(result))


@EACH
def test_its_table_has_the_same_columns_for_every_method(result):
    table = result.to_dataframe()

    assert list(table) == [
        "clip_index",
        "target_names",
        "true_classes",
        "predicted_classes",
        "scores",
        "baseline_scores",
        "completeness_errors",
        "map_errors",
        "is_flat",
        "converged",
        "energy_correlations",
        "fits",
        "absorbed",
        "n_steps",
    ]
    assert table["clip_index"].tolist() == [2, 5]
    assert table["energy_correlations"].isna().all()


@EACH
def test_it_is_drawn_with_its_method_and_target(result):
    title = plot(result, clip=5).get_title()

    layer = result.maps[0].layer
    proper = {"grad_cam": "Grad-CAM", "lrp": "LRP"}
    name = proper.get(result.method, result.method.replace("_", " "))
    method = name + ("" if layer is None else f" of {layer}")
    assert title.startswith(f"{method} for {result.target.words[1]!r}: +")


@EACH
def test_a_page_lists_each_clip_and_draws_all_cells_over_time(result):
    chapter = section(Run(results=[result]))

    table = next(part for part in walk(chapter.parts) if isinstance(part, Table))
    assert [row[2] for row in table.rows] == list(result.target.words)
    drawn = [part for part in walk(chapter.parts) if isinstance(part, Raster)]
    (part,) = result.maps
    has_cells = part.domain != "samples" and len(part.grid.times)
    assert len(drawn) == (2 if has_cells else 0)


@EACH
def test_a_page_names_only_checks_and_baselines_that_the_method_has(result):
    facts = next(
        part for part in walk(section(Run(results=[result])).parts) if isinstance(part, Facts)
    )

    labels = {fact.label for fact in facts.items}
    assert ("Baseline" in labels) == (result.baseline is not None)
    assert ("Completeness error" in labels) == (result.checks.completeness_errors is not None)
    assert ("Map error" in labels) == (result.checks.map_errors is not None)


def test_a_mask_that_converged_still_promises_no_completeness():
    chapter = section(Run(results=[RESULTS["a mask for one class against another"]]))

    table = next(part for part in walk(chapter.parts) if isinstance(part, Table))
    assert [row[9].text for row in table.rows] == ["none promised", "none promised"]


def test_a_map_over_layer_cells_lies_at_its_hertz_and_seconds():
    axes = plot(RESULTS["a class activation map"], "time_frequency")

    (image,) = axes.images
    left, right, bottom, top = image.get_extent()
    assert (left, right) == pytest.approx((0.0, 0.5))
    assert (bottom, top) == pytest.approx((125.0, 1250.0))
    assert image.get_array()[-1, -1] == 1


def test_bands_of_unequal_width_are_drawn_where_they_are():
    uneven = np.array([100.0, 300.0, 1000.0, 3000.0])
    (image,) = plot(a_result(a_map("patches", times=TIMES, frequencies=uneven))).images

    drawn, (_, _, bottom, top) = image.get_array(), image.get_extent()
    assert (bottom, top) == pytest.approx((0.0, 4000.0))
    places = bottom + (np.arange(len(drawn)) + 0.5) * (top - bottom) / len(drawn)
    assert (drawn[:, -1] == (places > 2000)).all()  # half-way between the last two centres


def test_bands_of_unequal_width_lie_where_they_are_on_a_page():
    uneven = np.array([100.0, 300.0, 1000.0, 3000.0])
    result = a_result(a_map("patches", times=TIMES, frequencies=uneven))

    raster = next(p for p in walk(section(Run(results=[result])).parts) if isinstance(p, Raster))

    share = np.nanmean(raster.values[:, -1] == 1)
    assert (raster.y.start, raster.y.stop) == (100.0, 3000.0)
    assert share == pytest.approx((3000 - 2000) / (3000 - 100), abs=0.01)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("occlusion of patches of the spectrogram", -2 * 5), ("occlusion of bands", -2)],
)
def test_relevance_per_frequency_is_summed_over_time_where_there_is_any(name, expected):
    (line, _) = plot(RESULTS[name], "frequency", clip=5).lines

    assert line.get_xdata().tolist() == HERTZ.tolist()
    assert line.get_ydata().tolist() == [expected] * 3


def test_totals_are_the_sums_over_all_cells():
    result = RESULTS["occlusion of patches of the spectrogram"]

    assert result.plane.totals.tolist() == [1, -2 * 5 * 3]


def test_values_that_do_not_fit_their_grid_are_refused():
    with pytest.raises(ShapeError, match=r"values has shape \(2, 4\); allowed: \(clip, 5\)"):
        RelevanceMap(
            domain="samples",
            values=np.zeros((2, 4)),
            grid=Grid(times=TIMES, frequencies=np.empty(0)),
        )


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"target": Target(words=("yes",))}, id="targets"),
        pytest.param({"checks": Checks(energy_correlations=np.zeros(3))}, id="checks"),
        pytest.param({"clip_index": np.arange(3), "scores": np.zeros(3)}, id="maps"),
        pytest.param({"maps": ()}, id="no map"),
    ],
)
def test_parts_of_other_clips_are_refused(changes):
    with pytest.raises(ShapeError, match="allowed: one map or more, and one entry per clip"):
        replace(RESULTS["occlusion of bands"], **changes)
