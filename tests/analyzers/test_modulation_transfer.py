"""Modulation transfer of planted units against closed forms, and what is said of it."""

import numpy as np
import pytest
import torch
from planted_units import RATE, Detector, band_pass, conv_of, model_of
from scipy import signal
from torch import nn

from cnnviz.analyzers.modulation_transfer import ModulationTransferOfUnits
from cnnviz.frontend import FrontendSpec
from cnnviz.run import Run

K = 160


def measured(network, *, layers=("pool",), n_twins=0, **parameters):
    analyzer = ModulationTransferOfUnits(layers=layers, n_twins=n_twins, **parameters)
    return analyzer.run(Run(model=model_of(network)))


@pytest.mark.parametrize(
    ("rate", "expected"), [(10, 0.9836), (25, 0.9003), (50, 0.6366), (75, 0.3001), (100, 0.0)]
)
def test_an_average_over_ten_milliseconds_passes_modulation_as_a_dirichlet_kernel(rate, expected):
    result = measured(Detector(band_pass()), lowest_hz=rate, rates_per_octave=1, n_tones=8)

    (layer,) = result.layers
    rates = layer.rates_hz[layer.rates_hz < 300]  # sidebands inside the pass band
    with np.errstate(invalid="ignore"):
        kernel = np.abs(np.sin(np.pi * rates * K / RATE) / (K * np.sin(np.pi * rates / RATE)))
    assert rates[0] == rate
    assert layer.transfer[0, 0] == pytest.approx(expected, abs=0.003)
    np.testing.assert_allclose(layer.transfer[0, : len(rates)], kernel, atol=0.003)


def test_the_group_delay_is_half_of_each_symmetric_stage():
    (layer,) = measured(Detector(band_pass()), deviations=()).layers

    assert layer.group_delay_seconds[0] == pytest.approx((32 + (K - 1) / 2) / RATE, abs=1e-5)
    assert layer.best_rate_hz[0] == 2.0
    assert layer.cut_off_hz[0] == pytest.approx(44.3, rel=0.03)  # 0.443 fs / K


def test_an_average_over_the_latest_sound_answers_with_less_delay():
    taps = np.exp(-np.arange(400)[::-1] / 60.0)  # the last tap hears the latest sample
    network = nn.Sequential(conv_of(band_pass()), nn.ReLU(), conv_of(taps[None] / taps.sum()))

    (layer,) = measured(network, layers=("2",), rates_per_octave=1, deviations=()).layers

    numbers = np.arange(400)[::-1]
    slow = float(numbers @ taps / taps.sum())  # group delay of slow modulation
    first = -layer.phases[0, 0] / (2 * np.pi * layer.rates_hz[0]) * RATE + (464 - 1) / 2
    assert first == pytest.approx(32 + slow, abs=0.5)
    assert layer.group_delay_seconds[0] * RATE < first


def quasi_static(gain, carrier, deviation, harmonic):
    """Component of the gain along a slow sine of the frequency, over its mean."""
    turns = 2 * np.pi * np.arange(4096) / 4096
    values = gain(carrier * (1 + deviation * np.cos(turns)))
    return abs(2 * np.mean(values * np.exp(-1j * harmonic * turns))) / values.mean()


def test_slow_frequency_modulation_is_read_off_the_slope_and_the_bend_of_the_response():
    high_pass = np.array([[0.0, 1.0, -1.0, 0.0]])
    network = nn.Sequential(conv_of(high_pass), nn.ReLU(), nn.AvgPool1d(160, stride=16))
    result = measured(network, layers=("2",), deviations=(0.02, 0.08), n_tones=6, lowest_hz=4)

    (layer,) = result.layers
    assert layer.carrier_hz[0] == pytest.approx(7120)
    for harmonic, found in ((1, layer.fm_transfer), (2, layer.fm_second)):
        expected = [
            quasi_static(lambda f: np.sin(np.pi * f / RATE), 7120, deviation, harmonic)
            for deviation in (0.02, 0.08)
        ]
        # high harmonics of the rectifier fold to zero while the tone passes simple ratios
        np.testing.assert_allclose(found[0, :, 0], expected, rtol=0.02, atol=6e-4)


def test_sidebands_above_nyquist_are_not_measured():
    network = nn.Sequential(conv_of(np.array([[1.0, -1.0]])), nn.ReLU())

    (layer,) = measured(network, layers=("0",), deviations=(0.2,), rates_per_octave=1).layers

    assert np.isnan(layer.fm_transfer).all()
    assert np.isfinite(layer.transfer[0, 0])


def test_a_unit_that_no_tone_raises_has_no_transfer_and_that_is_said():
    taps = np.vstack([band_pass(), -0 * band_pass()])

    result = measured(Detector(taps), rates_per_octave=1)

    (layer,) = result.layers
    assert layer.is_measured.tolist() == [True, False]
    assert np.isnan(layer.carrier_hz[1])
    assert result.findings[0].sentence.startswith("pool: 1 of 2 units have no modulation transfer")


def test_a_linear_unit_has_no_mean_to_be_modulated():
    network = nn.Sequential(conv_of(band_pass()), nn.Flatten(), nn.LazyLinear(2).double())
    network(torch.zeros(1, 1, 8000).double())

    (layer,) = measured(network, layers=("0",), rates_per_octave=1).layers

    assert not layer.is_measured.any()


def test_a_network_of_one_length_is_measured_at_the_rates_that_fit():
    network = Detector(band_pass(), length=8000)

    (layer,) = measured(network, rates_per_octave=1).layers

    assert layer.rates_hz[0] == pytest.approx(8.0, rel=0.05)  # half a second less its margins


def test_a_layer_of_one_cell_is_left_out_with_the_reason():
    network = nn.Sequential(
        conv_of(band_pass()),
        nn.ReLU(),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(1, 2).double(),
    )

    result = measured(network, layers=("4",))

    assert result.layers == ()
    assert result.left_out == ("4: it has no time axis",)


def test_units_over_bands_are_read_at_the_band_that_answers_most():
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 3, (3, 3)), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    spec = FrontendSpec(kind="log_mel", n_fft=256, hop_length=64, n_mels=16)
    model = model_of(network, rate=8000, n_samples=8000, frontend=spec)

    result = ModulationTransferOfUnits(layers=("0",), n_twins=1, rates_per_octave=1).run(
        Run(model=model)
    )

    (layer,) = result.layers
    assert layer.cell_rate_hz == 125
    assert layer.transfer.shape == (3, len(layer.rates_hz))
    assert len(set(layer.band.tolist())) > 1


def test_counts_stand_beside_those_of_untrained_twins():
    torch.manual_seed(1)
    slow = signal.windows.hann(801)[None]
    fast = signal.windows.hann(201)[None]
    tuned = np.pad(fast / fast.sum(), ((0, 0), (300, 300))) - slow / slow.sum()
    network = nn.Sequential(
        conv_of(band_pass()), nn.ReLU(), conv_of(tuned[:, None], stride=16), nn.ReLU()
    )

    result = measured(network, layers=("2",), n_twins=2, deviations=())

    (layer,) = result.layers
    assert result.n_twins == 2
    assert layer.twin_best_rate_hz.shape == (2, 1)
    tuned_finding = next(one for one in result.findings if one.id == "modulation_tuned:2")
    assert "untrained twins: " in tuned_finding.sentence
    assert np.isfinite(layer.lower_cut_off_hz[0])
    assert 20 < layer.best_rate_hz[0] < 60
