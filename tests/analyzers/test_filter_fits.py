"""Planted filters are named with their parameters in Hz, beside untrained ones."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz import registry
from cnnviz.analyzers.filter_fits import ParametricFits
from cnnviz.errors import ParameterError, UnsupportedModelError
from cnnviz.results import FilterFits
from cnnviz.run import Run
from reports.sections import filter_fits as chapter
from tests.dsp.kernels import gabor, gammatone
from tests.filterbanks.models import LOG_MEL, RATE, model_of

CENTRES = np.geomspace(300, 6000, 16)


def network_of(taps: np.ndarray) -> nn.Sequential:
    conv = nn.Conv1d(1, len(taps), taps.shape[1], stride=8)
    with torch.no_grad():
        conv.weight.copy_(torch.tensor(taps)[:, None])
    return nn.Sequential(conv, nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten())


def fitted(network: nn.Module, **parameters: object) -> FilterFits:
    return ParametricFits(**parameters).run(Run(model=model_of(network)))


class GaborPairs(nn.Module):
    """Real and imaginary parts of Gabors from centre and width, as in LEAF."""

    def __init__(self, *, is_interleaved: bool) -> None:
        super().__init__()
        centres = 2 * np.pi * CENTRES / RATE  # radians per audio sample
        bands = np.stack([centres, np.full(16, 30.0)], axis=1)
        self.kernel = nn.Parameter(torch.tensor(bands, dtype=torch.float32))
        self.is_interleaved = is_interleaved

    def forward(self, inputs: Tensor) -> Tensor:
        n = torch.arange(-100, 101)
        envelope = torch.exp(-0.5 * (n / self.kernel[:, 1:]) ** 2)
        phase = self.kernel[:, :1] * n
        parts = torch.stack([envelope * phase.cos(), envelope * phase.sin()])  # (part, band, tap)
        taps = (parts.swapaxes(0, 1) if self.is_interleaved else parts).reshape(32, 1, 201)
        return functional.conv1d(inputs, taps, stride=8)


@pytest.fixture(scope="module")
def planted() -> FilterFits:
    gabors = [gabor(hertz, 20, 128) for hertz in CENTRES]
    gammatones = [gammatone(hertz, 128) for hertz in (2000, 3000)]
    noise = np.random.default_rng(0).normal(size=(6, 128))
    return fitted(network_of(np.concatenate([gabors, gammatones, noise, np.zeros((1, 128))])))


def test_planted_filters_are_named_and_noise_is_not(planted: FilterFits) -> None:
    assert planted.chosen[:16] == ("Gabor",) * 16
    assert planted.chosen[16:18] == ("gammatone",) * 2
    assert planted.chosen[18:24].count("") >= 4
    assert planted.chosen[24] == ""


def test_parameters_are_in_hz_and_seconds(planted: FilterFits) -> None:
    fit = planted.fit_of("Gabor")

    assert fit.names == ("amplitude", "centre", "width", "place", "phase")
    assert fit.units == ("", "Hz", "s", "s", "rad")
    np.testing.assert_allclose(fit.values[:16, 1], CENTRES, rtol=1e-4)
    np.testing.assert_allclose(fit.values[:16, 2], 20 / RATE, rtol=1e-3)
    np.testing.assert_allclose(fit.values[:16, 3], 63.5 / RATE, rtol=1e-3)
    assert planted.to_dataframe()["gammatone_bandwidth_hz"][16] == pytest.approx(245.5, rel=1e-2)


def test_fitted_taps_are_those_of_the_named_family(planted: FilterFits) -> None:
    np.testing.assert_allclose(planted.fitted[:18], planted.taps[:18], atol=1e-4)


def test_the_finding_stands_beside_untrained_twins(planted: FilterFits) -> None:
    finding = planted.findings[0]

    assert finding.id == "parametric_fit:0:gabor"
    assert finding.sentence.startswith(
        "16 of 25 are described best by a Gabor (median R² 1.00), and better than 95 % of shuffled "
        "filters of 128 taps; untrained twins: 0-"
    )
    assert finding.null == pytest.approx(1.25)
    assert planted.fits[0].count.high < 8


def test_an_untrained_bank_is_said_to_be_as_its_twins() -> None:
    torch.manual_seed(0)

    found = fitted(nn.Sequential(nn.Conv1d(1, 32, 32), nn.AdaptiveAvgPool1d(1), nn.Flatten()))

    (finding,) = found.findings
    assert finding.id == "usual_fits:0"
    assert finding.evidence[0].value <= 12


def test_only_the_most_energetic_filters_are_fitted() -> None:
    taps = np.random.default_rng(0).normal(size=(8, 32)) * np.arange(1, 9)[::-1, None]

    found = fitted(network_of(taps), n_filters=3, n_untrained=1)

    assert found.filter_index.tolist() == [0, 1, 2]
    assert (found.n_filters, found.taps.shape) == (8, (3, 32))


@pytest.fixture(scope="module", params=[False, True], ids=["parts apart", "parts beside"])
def pairs(request) -> tuple[FilterFits, np.ndarray]:
    """Fits of pairs, and the filters of each, (band, part)."""
    index = np.arange(32).reshape(16, 2) if request.param else np.arange(32).reshape(2, 16).T
    return fitted(GaborPairs(is_interleaved=request.param), n_untrained=1), index


def test_parts_of_a_pair_are_gabors_of_one_band_a_quarter_period_apart(pairs) -> None:
    found, index = pairs

    fit = found.fit_of("Gabor")
    assert found.chosen == ("Gabor",) * 32
    np.testing.assert_allclose(fit.values[index, 1], np.stack([CENTRES] * 2, axis=1), rtol=1e-4)
    turns = np.diff(fit.values[index, 4], axis=1)[:, 0] / (2 * np.pi)
    np.testing.assert_allclose(np.abs((turns + 0.5) % 1 - 0.5), 0.25, atol=1e-3)


def test_the_layers_own_parameters_stand_beside_both_parts(pairs) -> None:
    found, _ = pairs

    assert [(own.name, own.unit) for own in found.own] == [("kernel[0]", ""), ("kernel[1]", "")]
    hertz = found.own[0].values * RATE / (2 * np.pi)
    np.testing.assert_allclose(hertz, found.fit_of("Gabor").values[:, 1], rtol=1e-4)


def test_band_edges_in_hz_stand_beside_the_fitted_edges() -> None:
    class Sinc(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.low_hz_ = nn.Parameter(torch.linspace(200, 4000, 12)[:, None])
            self.band_hz_ = nn.Parameter(torch.full((12, 1), 600.0))

        def forward(self, inputs: Tensor) -> Tensor:
            n = torch.arange(-100, 101) / RATE
            low, high = self.low_hz_, self.low_hz_ + self.band_hz_
            taps = 2 * high * torch.sinc(2 * high * n) - 2 * low * torch.sinc(2 * low * n)
            window = torch.hamming_window(201, periodic=False)
            return functional.conv1d(inputs, (taps * window / RATE)[:, None], stride=8)

    found = fitted(Sinc(), n_filters=6, n_untrained=1)

    assert set(found.chosen) == {"windowed sinc"}
    assert [(own.name, own.unit) for own in found.own] == [("low_hz_", "Hz"), ("band_hz_", "Hz")]
    edges = found.fit_of("windowed sinc").values[:, 1:]
    np.testing.assert_allclose(edges[:, 0], found.own[0].values, atol=0.5)
    np.testing.assert_allclose(edges[:, 1] - edges[:, 0], found.own[1].values, atol=0.5)


def test_taps_that_are_trained_freely_have_no_own_parameters(planted: FilterFits) -> None:
    assert planted.own == ()


def test_the_zoos_sinc_network_is_fitted_at_its_own_edges() -> None:
    zoo = registry.load_sibling("zoo")
    model = zoo.load("sinc_net")

    found = ParametricFits(n_filters=6, n_untrained=1).run(Run(model=model))

    edges = model.network.bands.edges().detach().numpy()[found.filter_index]
    fit = found.fit_of("windowed sinc")
    assert set(found.chosen) == {"windowed sinc"}
    np.testing.assert_allclose(fit.values[:, 1:], edges, atol=1.0)
    assert [own.name for own in found.own] == ["low", "width"]
    assert found.findings[0].id == "usual_fits:bands"  # its twins are windowed sincs, too


def test_few_taps_are_refused_with_the_reason() -> None:
    with pytest.raises(UnsupportedModelError, match="has 3 taps; allowed: 10 or more"):
        fitted(nn.Sequential(nn.Conv1d(1, 4, 3), nn.AdaptiveAvgPool1d(1), nn.Flatten()))


def test_kernels_on_a_spectrogram_are_refused_with_the_reason() -> None:
    network = nn.Sequential(nn.Conv2d(1, 4, 12), nn.AdaptiveAvgPool2d(1), nn.Flatten())

    with pytest.raises(UnsupportedModelError, match="cannot be brought to the waveform"):
        ParametricFits().run(Run(model=model_of(network, frontend=LOG_MEL)))


def test_parameters_out_of_range_name_the_allowed() -> None:
    with pytest.raises(ParameterError, match="n_filters=0; allowed"):
        ParametricFits(n_filters=0)


def test_a_figure_shows_all_fits_or_one(planted: FilterFits) -> None:
    assert planted.plot("r2").get_ylabel() == "R² of the fit"
    title = planted.plot("fit", index=16).get_title()
    assert title == "0, filter 16: gammatone (R² = 1.00)"


def test_the_chapter_counts_families_beside_untrained_banks(planted: FilterFits) -> None:
    shown = chapter.section(Run(results=[planted]))

    (group,) = shown.parts
    families = group.parts[1]
    row = dict(zip([column.name for column in families.columns], families.rows[0], strict=True))
    assert (row["Family"], row["Best"]) == ("Gabor", 16)
    assert row["Untrained from"] == 0
    assert "centre 300 Hz, width 1.25 ms" in group.parts[3].rows[0][2]
