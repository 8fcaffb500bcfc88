"""Clicks, harmonics and two tones of planted units against closed forms."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from planted_units import RATE, band_pass, conv_of, model_of
from torch import nn

from cnnviz.analyzers.distortion import DistortionOfUnits, suppressed_areas
from cnnviz.frontend import FrontendSpec
from cnnviz.run import Run
from reports.page import walk
from reports.parts import Table
from reports.sections.distortion import section


def measured(network, *, layers=("0",), n_twins=0, **parameters):
    analyzer = DistortionOfUnits(layers=layers, n_twins=n_twins, **parameters)
    return analyzer.run(Run(model=model_of(network)))


class Normalised(nn.Module):
    """A unit divided by its own energy and that of a unit beside it, over a running average."""

    def __init__(self):
        super().__init__()
        self.conv = conv_of(np.vstack([band_pass(129, 900, 1100), band_pass(129, 1300, 2300)]))
        self.pool = nn.AvgPool1d(65, stride=1, padding=32)
        self.unit = nn.Identity()

    def forward(self, x):
        bands = self.conv(x)
        energy = self.pool(bands.square().sum(1, keepdim=True))
        return self.unit(bands / (0.03 + energy))


@pytest.mark.parametrize("stride", [1, 7, 8])
def test_a_linear_unit_answers_a_click_with_its_taps_turned_around(stride):
    taps = np.random.default_rng(0).normal(size=(3, 40))

    (layer,) = measured(conv_net(taps, stride=stride)).layers

    positive, negative = layer.click_responses[:, 0], layer.click_responses[:, 1]
    np.testing.assert_allclose(positive, taps[:, ::-1], atol=1e-6)
    np.testing.assert_allclose(negative, -taps[:, ::-1], atol=1e-6)
    np.testing.assert_allclose(layer.click_seconds * RATE, np.arange(40))
    latest = 39 - np.abs(taps).argmax(axis=1)
    np.testing.assert_allclose(layer.peak_latency_seconds * RATE, latest)
    np.testing.assert_allclose(layer.even_share, 0, atol=1e-9)


def conv_net(taps, *, stride=1, relu=False, bias=None):
    return nn.Sequential(
        conv_of(taps, stride=stride, bias=bias), nn.ReLU() if relu else nn.Identity()
    )


def test_half_the_difference_of_both_signs_is_half_the_taps_of_a_rectified_unit():
    taps = np.random.default_rng(1).normal(size=(2, 31))

    (layer,) = measured(conv_net(taps, relu=True)).layers

    odd = (layer.click_responses[:, 0] - layer.click_responses[:, 1]) / 2
    np.testing.assert_allclose(odd, taps[:, ::-1] / 2, atol=1e-6)
    np.testing.assert_allclose(layer.even_share, 0.5, atol=1e-6)
    np.testing.assert_array_equal(layer.beyond_field, 0)


@pytest.mark.parametrize("stride", [1, 8, 20])
def test_a_rectified_unit_has_the_harmonics_of_an_ideal_rectifier(stride):
    result = measured(conv_net(band_pass(), stride=stride, relu=True))

    (layer,) = result.layers
    shares = layer.harmonics[0] / layer.harmonics[0, 1]
    expected = np.array([1 / np.pi, 0.5, 0.2122, 0, 0.0424, 0]) / 0.5
    np.testing.assert_allclose(shares[:6], expected, atol=0.003)
    assert layer.distortion[0] == pytest.approx(0.43524, abs=1e-3)
    assert "an ideal half-wave rectifier: 0.435" in result.findings[0].sentence


def test_a_linear_path_does_not_distort_and_a_second_tone_changes_nothing():
    result = measured(conv_net(band_pass(), stride=4, bias=[0.3]))

    (layer,) = result.layers
    assert layer.is_linear
    assert layer.distortion[0] < 1e-3
    assert np.nanmax(np.abs(layer.suppression_db)) < 20 * np.log10(1 + 1e-6)
    assert layer.suppressed_area[0] == 0
    (finding,) = result.findings
    assert (finding.id, finding.severity) == ("linear_path:0", "note")


def test_a_divisively_normalised_unit_is_suppressed_from_the_band_that_divides_it():
    result = measured(Normalised(), layers=("unit",), n_tones=48)

    (layer,) = result.layers
    assert 850 < layer.tone_hz[0] < 1150
    loud = layer.suppression_db[0, :, -1]
    dividing = int(np.argmin(np.abs(layer.ratios * layer.tone_hz[0] - 2000)))
    assert loud[dividing] < -6
    assert abs(loud[0]) < 0.2  # a quarter of the frequency is in neither band
    assert 0 < layer.suppressed_area[0] < 0.5


def test_an_area_counts_what_was_measured():
    levels = np.array([[[-3.0, 0.0], [np.nan, np.nan]], [[np.nan] * 2] * 2])
    np.testing.assert_array_equal(suppressed_areas(levels), [0.5, np.nan])


def test_a_sweep_is_heard_where_there_is_a_cell_per_audio_sample_and_told_elsewhere():
    (fine,) = measured(conv_net(band_pass(101, 300, 1500))).layers
    (coarse,) = measured(conv_net(band_pass(101, 300, 1500), stride=8)).layers

    assert fine.sweep is not None
    linear = fine.sweep.responses[0, 0]
    at_zero = int(np.argmin(np.abs(fine.sweep.seconds)))
    expected = band_pass(101, 300, 1500)[0]
    assert np.corrcoef(linear[at_zero : at_zero + 101], expected)[0, 1] > 0.99
    assert fine.left_out == ()
    assert coarse.sweep is None
    assert coarse.left_out[0].startswith("exponential sweep: its cells stand 8 audio samples apart")


def test_a_square_law_has_a_second_order_in_the_sweep_and_no_first():
    class Square(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.unit = conv_of(np.array([[0.0, 1.0, 0.0]])), nn.Identity()

        def forward(self, x):
            return self.unit(self.conv(x).square())

    (layer,) = measured(Square(), layers=("unit",)).layers

    energies = np.square(layer.sweep.responses[0]).sum(axis=1)
    assert energies[1] > 20 * max(energies[0], energies[2])
    assert np.isnan(layer.distortion[0])  # no fundamental
    assert layer.even_share[0] == pytest.approx(1.0)


def test_a_frontend_that_levels_clips_is_held_so_that_a_second_tone_lowers_nothing():
    torch.manual_seed(0)
    network = conv_net(band_pass(), relu=True)
    plain, levelled = (
        DistortionOfUnits(layers=("0",), n_twins=0).run(Run(model=model_of(network, **frontend)))
        for frontend in ({}, {"frontend": FrontendSpec(normalize="rms")})
    )

    assert (plain.held_level_db, levelled.held_level_db) == (None, -15)
    np.testing.assert_allclose(
        levelled.layers[0].suppression_db, plain.layers[0].suppression_db, atol=0.01
    )
    np.testing.assert_allclose(levelled.layers[0].distortion, plain.layers[0].distortion, atol=1e-4)


def test_suppression_is_said_beside_untrained_twins_only():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv1d(1, 4, 64, stride=8), nn.ReLU(), nn.Conv1d(4, 3, 5), nn.ReLU())

    alone = measured(network, layers=("0", "2"))
    beside = measured(network, layers=("0", "2"), n_twins=2)

    ids = [one.id for one in beside.findings]
    assert "two_tone_suppression:2" in ids
    assert not any(one.id.startswith("two_tone") for one in alone.findings)
    assert beside.layers[0].twin_distortion.shape == (2, 4)


class Law(nn.Module):
    """The sound itself, or every eighth sample of it, through a law."""

    def __init__(self, law, stride):
        super().__init__()
        self.conv, self.unit = conv_of([[0.0, 1.0, 0.0]], stride=stride), nn.Identity()
        self.law = law

    def forward(self, x):
        return self.unit(self.law(self.conv(x)))


@pytest.mark.parametrize("stride", [1, 8])
@pytest.mark.parametrize(
    ("law", "expected"),
    [
        (lambda x: x + x.square(), {"quadratic": 0.5, "cubic": 1e-6}),
        (lambda x: x + x.pow(3), {"quadratic": 1e-6, "cubic": 3 / 32 / (1 / 2 + 9 / 32)}),
    ],
    ids=["square", "cube"],
)
def test_a_law_makes_its_own_difference_tone(law, expected, stride):
    result = measured(Law(law, stride), layers=("unit",), level_db=0.0, n_tones=1)

    frame = result.to_dataframe()  # two tones of amplitude 1/2
    for name, share in expected.items():
        found = frame[f"{name}_difference_db"][0]
        assert max(found, -100) == pytest.approx(max(20 * np.log10(share), -100), abs=0.01)


def test_a_result_of_an_earlier_version_has_no_difference_tones():
    result = measured(Law(torch.relu, 8), layers=("unit",), n_tones=1)
    layer = replace(result.layers[0], intermodulation_db=None)

    earlier = replace(result, layers=(layer,))

    now, then = table_of(result), table_of(earlier)
    assert len(now.rows[0]) == len(now.columns) == len(then.columns) + 2 == len(then.rows[0]) + 2
    assert "cubic_difference_db" not in earlier.to_dataframe()


def table_of(result):
    tables = [
        part for part in walk(section(Run(results=[result])).parts) if isinstance(part, Table)
    ]
    return next(table for table in tables if table.caption.startswith("Clicks, harmonics"))
