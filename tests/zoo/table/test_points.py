"""Series of a plot: one per corpus, each with a front of its own."""

from cards import card

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
        "ours: tones, 3 classes, 200 test clips",
        "ours: other, 3 classes, 200 test clips",
    ]
    assert [len(group.points) for group in found] == [2, 1]


def test_front_is_that_of_the_corpus_alone() -> None:
    cards = [card("m5_ch32", 0.7, n_parameters=50), card("sinc_net", 0.9, data="o", n_parameters=5)]

    found = series(compare(outcomes(cards)))[1:]

    assert [[point.name for point in group.front] for group in found] == [["sinc_net"], ["m5_ch32"]]


def test_point_has_the_size_of_the_trained_network_and_its_interval() -> None:
    only = card("m5_ch32", 0.8, n_parameters=4321)

    (point,) = series(compare(outcomes([only])))[1].points

    assert (point.n_parameters, point.accuracy) == (4321, 0.8)
    assert (point.low, point.high) == only.test.interval
