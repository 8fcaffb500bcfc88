"""What learning changed, from planted results: ranks, chance, and the sentence."""

from dataclasses import replace

import numpy as np
import pytest

from cnnviz.provenance import Provenance
from cnnviz.results import TwinRange
from cnnviz.results.integration_windows import IntegrationWindows, LayerWindows
from cnnviz.results.learned import beside_twins, describe
from cnnviz.results.tone_tuning import LayerTuning, ToneTuning

SIGNATURE = Provenance(created="2026-01-01T00:00:00Z", model_name="tiny", analyzer="planted")
N_UNITS = 64


def tuned(layer: str, *ranges: TwinRange) -> LayerTuning:
    column, grid = np.zeros(N_UNITS), np.zeros((N_UNITS, 2), np.float32)
    columns = (
        "best_hz", "width_hz", "characteristic_hz", "threshold_db", "q10", "slope_db_per_db",
        "range_db", "monotonicity", "silence", "peak_to_mean_db",
    )  # fmt: skip
    return LayerTuning(
        layer=layer,
        reading=layer,
        is_steady=True,
        responses=grid[:, :, None],
        thresholds_db=grid,
        **dict.fromkeys(columns, column),
        is_sharper=None,
        computed=None,
        twins=ranges,
    )


def tuning(*layers: LayerTuning) -> ToneTuning:
    return ToneTuning(
        frequencies=np.array([100.0, 200.0]),
        levels_db=np.zeros(1),
        reference_db=0.0,
        n_phases=2,
        sample_rate=16000,
        layers=layers,
        findings=(),
        provenance=SIGNATURE,
    )


def windows(own: np.ndarray, twins: np.ndarray) -> IntegrationWindows:
    layer = LayerWindows(
        layer="conv2",
        reading="conv2",
        field_seconds=0.1,
        field_status="exact",
        window_seconds=own,
        correlation=np.zeros((len(own), 1)),
        twin_window_seconds=twins,
    )
    return IntegrationWindows(
        durations_seconds=np.array([0.1]),
        threshold=0.5,
        layers=(layer,),
        source="noise",
        n_segments=2,
        sample_rate=16000,
        provenance=replace(SIGNATURE, analyzer="windows"),
    )


def sharper(value: float) -> TwinRange:
    return TwinRange(name="sharper units", value=value, low=0, high=8, chance=0.05)


MEDIAN = TwinRange(name="median peak over mean", value=99.0, low=1.0, high=2.0, chance=0.5)


def test_what_lies_outside_stands_first_in_its_layer_the_farthest_first() -> None:
    near = TwinRange(name="near", value=3.0, low=0.0, high=2.0, chance=0.1)

    found = beside_twins(
        [tuning(tuned("conv1", sharper(4)), tuned("conv2", MEDIAN, near, sharper(40)))]
    )

    assert [(row.layer, row.what) for row in found.rows] == [
        ("conv1", "sharper units"),
        ("conv2", "sharper units"),
        ("conv2", "near"),
        ("conv2", "median peak over mean"),
    ]
    assert [row.is_outside for row in found.rows] == [False, True, True, False]
    assert [row.distance for row in found.outside] == [9.0, 2.0]
    assert found.expected == pytest.approx(0.05 + 0.05 + 0.1)


def test_a_range_of_three_twins_tells_nothing_apart_however_far_the_number_lies() -> None:
    found = beside_twins([tuning(tuned("conv1", MEDIAN))])

    assert (found.n_judged, found.outside, found.is_told_apart) == (0, (), False)
    (finding,) = describe(found)
    assert finding.sentence == (
        "Nothing is told apart from untrained twins: 1 number has the range of too few twins."
    )


def test_a_range_of_an_earlier_version_tells_nothing_apart() -> None:
    older = TwinRange(name="sharper units", value=64, low=0, high=8)

    assert not beside_twins([tuning(tuned("conv1", older))]).is_told_apart


def test_the_sentence_of_a_trained_network_counts_and_names_the_clearest() -> None:
    layers = [tuned(f"conv{k}", sharper(value)) for k, value in enumerate((50, 2, 30, 1), 1)]

    (finding,) = describe(beside_twins([tuning(*layers)]))

    assert finding.sentence == (
        "Of 4 numbers held against untrained twins 2 lie outside their range; by chance 0.2 would, "
        "and up to 1 in 95 % of untrained networks. The clearest: conv1: 50 of 64 sharper units "
        "(twins 0 to 8); conv3: 30 of 64 sharper units (twins 0 to 8)."
    )
    assert [one.value for one in finding.evidence[:2]] == [2, 4]
    assert (finding.threshold, finding.severity) == (1, "note")
    assert finding.null == pytest.approx(0.2)


def test_one_number_of_twenty_outside_distinguishes_nothing() -> None:
    layers = [tuned(f"conv{k}", sharper(9 if k == 5 else 3)) for k in range(20)]

    (finding,) = describe(beside_twins([tuning(*layers)]))

    assert finding.severity == "warning"
    assert finding.sentence == (
        "Nothing measured here distinguishes this network from its untrained twins: of 20 "
        "numbers held against them 1 lies outside their range; by chance 1 would, and up to 3 in "
        "95 % of untrained networks."
    )


def test_units_are_held_against_those_of_twins() -> None:
    generator = np.random.default_rng(0)
    twins = generator.uniform(0.01, 0.02, size=(3, N_UNITS))
    like, longer = generator.uniform(0.01, 0.02, size=N_UNITS), np.full(N_UNITS, 0.1)
    longer[:4] = np.nan

    (usual,) = beside_twins([windows(like, twins)]).rows
    (outside,) = beside_twins([windows(longer, twins)]).rows

    assert not usual.is_outside
    assert (outside.value, outside.n, outside.is_outside) == (60, 60, True)
    assert outside.what == "units of unusual integration window"
    assert outside.fragment == f"windows-conv2.{SIGNATURE.digest}"


def test_results_without_twins_say_nothing() -> None:
    assert describe(beside_twins([])) == ()
    assert describe(beside_twins([tuning(tuned("conv1"))])) == ()
    assert not beside_twins([tuning(tuned("conv1", replace(MEDIAN, value=np.nan)))]).rows
