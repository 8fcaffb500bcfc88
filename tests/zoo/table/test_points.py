"""Series of a plot: one per corpus, each with a front of its own."""

from cards import card

from zoo.recipe import Recipe
from zoo.table.comparison import compare
from zoo.table.outcomes import outcomes
from zoo.table.points import series


def test_printed_series_holds_the_study_alone_with_its_known_front() -> None:
    (found,) = series(compare(()))

    assert (found.is_printed, len(found.points)) == (True, 292)
    front = {point.name: (point.n_parameters, point.accuracy) for point in found.front}
    assert front["custom_ch128-9-do0.25-bn"] == (2_071_184, 0.9701)
    assert front["custom_ch32-8-do0.75"] == (94_768, 0.9533)


def test_ours_are_one_series_per_corpus() -> None:
    cards = [card("m5_ch32", 0.9), card("sinc_net", 0.8), card("m5_ch32", 0.7, data="other")]

    found = series(compare(outcomes(cards)))[1:]

    assert [group.label for group in found] == [
        "own runs: tones, 3 classes, 200 test clips",
        "own runs: other, 3 classes, 200 test clips",
    ]
    assert [len(group.points) for group in found] == [2, 1]


def test_front_is_that_of_the_corpus_alone() -> None:
    cards = [card("m5_ch32", 0.7, n_parameters=50), card("sinc_net", 0.9, data="o", n_parameters=5)]

    found = series(compare(outcomes(cards)))[1:]

    assert [[point.name for point in group.front] for group in found] == [["sinc_net"], ["m5_ch32"]]


def test_point_has_the_size_for_the_classes_of_its_task_and_its_interval() -> None:
    only = card("m5_ch32", 0.8, n_parameters=4321)  # as if of three classes

    (point,) = series(compare(outcomes([only])))[1].points

    # four convolutions, their batch norms, and a linear layer to ten digits
    convolutions = 32 * 80 + 32 * 32 * 3 + 64 * 32 * 3 + 64 * 64 * 3 + 32 + 32 + 64 + 64
    norms, linear = 2 * (32 + 32 + 64 + 64), 64 * 10 + 10
    assert (point.n_parameters, point.accuracy) == (convolutions + norms + linear, 0.8)
    assert (point.low, point.high) == only.test.interval


def test_shipped_networks_and_own_runs_are_series_of_their_own() -> None:
    shipped, own = card("m5_ch32", 0.9), card("m5_ch32", 0.8, digest="own")

    found = series(compare(outcomes([shipped, own], frozenset({shipped.digest}))))[1:]

    assert [(group.label.partition(":")[0], group.points[0].accuracy) for group in found] == [
        ("shipped", 0.9),
        ("own runs", 0.8),
    ]


def test_learning_rates_are_points_of_their_own() -> None:
    cards = [
        card("m5_ch32", 0.9, recipe=Recipe(learning_rate=1e-3)),
        card("m5_ch32", 0.8, recipe=Recipe(learning_rate=1e-2)),
        card("sinc_net", 0.7),
    ]

    (found,) = series(compare(outcomes(cards)))[1:]

    assert {(point.name, point.accuracy) for point in found.points} == {
        ("m5_ch32 at rate 0.001", 0.9),
        ("m5_ch32 at rate 0.01", 0.8),
        ("sinc_net", 0.7),
    }
