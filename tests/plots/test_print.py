"""Figures that can be printed: sizes of words, nothing cut or over each other, colours for all."""

import sys
from base64 import b64decode
from dataclasses import replace
from io import BytesIO
from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.image import imread

from cnnviz.clips import ClipTable
from cnnviz.errors import ParameterError
from cnnviz.marks import COLOURS, N_MARKS, mark_of
from cnnviz.plots._axes import axes_or_new
from cnnviz.plots._fit import finish
from cnnviz.plots._marks import N_LINES, colour, marker
from tests.colour_vision import CONES
from tests.plots.collisions import collisions, drawn_texts

RESULTS = ("attribution", "clip_gallery", "embedding", "evaluation", "feature_maps")
RESULTS = (*RESULTS, "layer_statistics", "unit_exemplars")
WORDS = ("_silence_", "_unknown_", *(f"word{k}" for k in range(33)), "backward", "zero")
ONE_COLUMN, TWO_COLUMNS = 3.3, 7.0


@pytest.fixture
def many_classes(evaluation):
    n = len(WORDS)
    labels = np.repeat(np.arange(n), 4)
    probabilities = np.random.default_rng(0).dirichlet(np.full(n, 0.2), len(labels))
    predictions = np.where(np.arange(len(labels)) % 4, labels, probabilities.argmax(1))
    return replace(
        evaluation,
        class_names=WORDS,
        clip_index=np.arange(len(labels)),
        clip_names=tuple(map(str, labels)),
        labels=labels,
        predictions=predictions,
        probabilities=probabilities.astype(np.float32),
        confusion=np.bincount(labels * n + predictions, minlength=n * n).reshape(n, n),
        **dict.fromkeys(("precision", "recall", "f1"), np.linspace(0, 1, n)),
        support=np.full(n, 4),
        roc_auc=np.linspace(0.5, 0.99, n),
        roc_auc_reasons=("",) * n,
    )


@pytest.fixture
def many_layers(layer_statistics):
    first = layer_statistics.layers[0]
    rows = tuple(replace(first, name=f"features.denseblock{k}.conv{k}") for k in range(34))
    return replace(layer_statistics, layers=rows)


@pytest.fixture
def many_points(embedding):
    return replace(embedding, labels=np.arange(30) % len(WORDS), class_names=WORDS)


@pytest.mark.parametrize("width", [ONE_COLUMN, TWO_COLUMNS])
@pytest.mark.parametrize("name", [*RESULTS, "many_classes", "many_layers", "many_points"])
def test_no_word_is_cut_or_over_another_at_the_widths_of_a_paper(name, width, request):
    result = request.getfixturevalue(name)

    for view in result.views:
        figure = result.plot(view, width=width).figure
        texts = drawn_texts(figure)
        assert texts, view
        assert collisions(figure, texts) == [], view
        assert {round(text.get_fontsize(), 1) for text in texts} <= {7.0, 8.0}, view
        assert figure.get_size_inches()[0] == width
        assert figure.get_size_inches()[1] <= 11


def test_words_over_each_other_and_over_the_edge_are_found():
    figure = Figure(figsize=(2, 2))
    figure.text(0.5, 0.5, "first")
    figure.text(0.52, 0.5, "second")
    figure.text(0.9, 0.1, "beyond the edge")

    assert collisions(figure) == ["'first' over 'second'", "'beyond the edge' is cut"]


def test_a_long_title_and_crowded_names_are_made_to_fit():
    ax = axes_or_new(None, width=ONE_COLUMN)
    ax.set_title("a title of very many words that is much longer than one column of a paper")
    ax.set_xticks(range(40), [f"layer{k}" for k in range(40)])

    finish(ax)

    assert "\n" in ax.get_title()
    shown = [label.get_text() for label in ax.get_xticklabels()]
    assert shown[0] == "layer0"
    assert len(shown) < 40
    assert collisions(ax.figure) == []


def test_names_that_begin_with_an_underscore_stand_in_the_legend(evaluation, embedding):
    named = replace(evaluation, class_names=("_unknown_", "no", "$up$"))
    points = replace(embedding, class_names=("_silence_", "a$b$"), labels=np.arange(30) % 2)

    roc = [text.get_text() for text in named.plot("roc").get_legend().get_texts()]
    classes = [text.get_text() for text in points.plot().get_legend().get_texts()]

    assert roc == ["$up$ (0.800)", "_unknown_ (0.900)"]  # the worst first
    assert classes == ["_silence_", "a$b$"]


def test_of_many_classes_the_worst_curves_are_named_and_carry_their_own_colour(many_classes):
    ax = many_classes.plot("roc")

    names = [text.get_text() for text in ax.get_legend().get_texts()]
    assert [name.partition(" ")[0] for name in names] == list(WORDS[:N_LINES])
    lines = {line.get_label(): line.get_color() for line in ax.lines}
    assert [lines[name] for name in names] == list(COLOURS)


def test_no_pair_of_colour_and_marker_comes_twice():
    markers = [marker(k) for k in range(N_MARKS)]

    looks = {(colour(k), m.get_marker(), m.get_fillstyle()) for k, m in enumerate(markers)}

    assert len(looks) == N_MARKS == 72


def test_a_class_of_the_result_has_the_mark_of_its_page_also_without_the_others(embedding):
    given = replace(embedding, class_names=WORDS, labels=np.array([3, 7] * 15))

    third, seventh = given.plot().collections

    assert to_hex(third.get_facecolor()[0]) == COLOURS[mark_of(3).colour]
    assert to_hex(seventh.get_facecolor()[0]) == COLOURS[mark_of(7).colour]


def nearest_pair(colours, matrix):
    """Smallest distance between two colours in CIELAB as somebody sees them."""
    rgb = np.array([[int(code[k : k + 2], 16) / 255 for k in (1, 3, 5)] for code in colours])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(matrix).T, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = seen @ np.array(to_xyz).T / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    lab = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], 1)
    return min(np.linalg.norm(a - b) for a, b in combinations(lab, 2))


@pytest.mark.parametrize("matrix", CONES.values(), ids=CONES)
def test_colours_differ_for_the_colour_blind(matrix):
    assert nearest_pair(COLOURS, matrix) > 15  # 2.3 is a just noticeable difference


def test_the_colours_of_matplotlib_do_not_differ_for_the_red_green_blind():
    tab10 = ["#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2"]

    assert nearest_pair(tab10, CONES["no-red"]) < 5


def test_a_filter_or_clip_that_a_view_does_not_take_is_refused(evaluation, attribution):
    with pytest.raises(ParameterError, match="index, layer beside view='roc'; allowed: no such"):
        evaluation.plot("roc", layer="conv1", index=3)
    with pytest.raises(ParameterError, match="layer beside Relevance; allowed: clip; see: views"):
        attribution.plot(layer="conv1")


def test_labels_may_be_names_such_as_those_of_speakers(embedding):
    speakers = ["anna", "ben", ""] * 10

    ax = embedding.plot(labels=speakers)

    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["no label", "anna", "ben"]
    np.testing.assert_allclose(ax.collections[1].get_offsets(), embedding.points[::3])


def test_a_notebook_shows_the_picture_of_a_result_and_of_its_axes(evaluation):
    html = evaluation._repr_html_()

    coded = html.partition('src="data:image/png;base64,')[2].partition('"')[0]
    picture = imread(BytesIO(b64decode(coded)))
    assert picture.shape[1] == 7 * 110
    assert html.index("<img") < html.index("<table")
    assert evaluation.plot()._repr_png_() == b64decode(coded)
    assert (
        "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()
    )


def test_clips_without_classes_are_drawn_too(clip_gallery):
    table = ClipTable(names=("a.wav",), labels=np.array([-1]), durations=np.array([1.0]))

    ax = replace(clip_gallery, clips=table, audio_index=np.array([])).plot()

    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["no label"]
