"""Details of filters: their stride and bias, measured on the network itself."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cnnviz.filterbanks import Settings, read_banks
from cnnviz.loaders import load_model
from cnnviz.model import AudioModel
from cnnviz.results import Bank, FilterResponses
from tests.dsp.kernels import gabor
from tests.filterbanks.models import RATE, model_of

CENTRES = (700.0, 1500.0, 2600.0)


def bank_of(model: AudioModel, layer: str) -> Bank:
    (bank,) = read_banks(model, (layer,), Settings(least_points=4096, null_draws=50, seed=0))
    return bank


def gabor_layer(*centres: float, stride: int = 1, sigma: float = 20) -> nn.Conv1d:
    layer = nn.Conv1d(1, len(centres), 257, stride=stride)
    taps = np.stack([gabor(hertz, sigma, 257) for hertz in centres])
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(taps[:, None]))
        layer.bias.fill_(-0.5)
    return layer


def normalisation(n_channels: int) -> nn.BatchNorm1d:
    """With a gain below zero and running statistics that training could leave."""
    norm = nn.BatchNorm1d(n_channels)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        norm.weight.copy_(torch.tensor([0.7, -1.3, 2.0][:n_channels]))
        norm.bias.fill_(-1.5)
        norm.running_mean.copy_(0.1 * torch.randn(n_channels, generator=generator))
        norm.running_var.copy_(0.5 + torch.rand(n_channels, generator=generator))
    return norm


def opening_level(network: nn.Module, channel: int, hertz: float) -> float:
    """Softest level in dBFS of a tone that a channel answers, by halving."""
    tone = torch.cos(2 * torch.pi * hertz * torch.arange(4000, dtype=torch.float64) / RATE)
    low, high = -120.0, 40.0
    with torch.no_grad():
        for _ in range(40):
            level = (low + high) / 2
            answer = network.double()(10 ** (level / 20) * tone[None, None])[0, channel]
            low, high = (low, level) if (answer > 0).any() else (level, high)
    return high


@pytest.mark.parametrize("is_normalised", [False, True], ids=["bias", "batch norm"])
def test_a_rectifier_opens_at_the_level_in_the_table(is_normalised: bool) -> None:
    norm = [normalisation(3)] if is_normalised else []
    network = nn.Sequential(gabor_layer(*CENTRES), *norm, nn.ReLU()).eval()

    bank = bank_of(model_of(network), "0")

    for channel, hertz in enumerate(bank.table.centre_hz):
        measured = opening_level(network, channel, float(hertz))
        assert bank.details.threshold_dbfs[channel] == pytest.approx(measured, abs=1e-3)


def mean_answer(network: nn.Module, channel: int, hertz: float) -> float:
    """Mean output of a channel over the phases of a tone of -20 dBFS, less that at silence."""
    phases = 2 * torch.pi * torch.arange(512, dtype=torch.float64)[:, None, None] / 512
    seconds = torch.arange(257, dtype=torch.float64) / RATE
    tones = 0.1 * torch.cos(2 * torch.pi * hertz * seconds + phases)  # (phase, 1, sample)
    with torch.no_grad():
        answers, silence = (network.double()(x)[:, channel].mean() for x in (tones, 0 * tones))
    return float(answers - silence)


@pytest.mark.parametrize("is_normalised", [False, True], ids=["bias", "batch norm"])
@pytest.mark.parametrize("rectifier", [nn.ReLU(), nn.ReLU6()], ids=["relu", "relu6"])
def test_the_gain_in_the_table_is_that_of_tones(rectifier: nn.Module, is_normalised: bool) -> None:
    norm = [normalisation(3)] if is_normalised else []
    network = nn.Sequential(gabor_layer(*CENTRES), *norm, rectifier).eval()

    bank = bank_of(model_of(network), "0")

    centres = enumerate(bank.table.centre_hz)
    measured = [mean_answer(network, channel, float(hertz)) / 0.1 for channel, hertz in centres]
    assert max(measured) > 1
    np.testing.assert_allclose(bank.details.gain_at_minus_20_dbfs, measured, rtol=1e-4, atol=1e-9)


def test_behind_a_maximum_the_gain_is_empty_and_the_threshold_known() -> None:
    network = nn.Sequential(gabor_layer(*CENTRES), nn.MaxPool1d(4), nn.ReLU()).eval()

    bank = bank_of(model_of(network), "0")

    assert np.isnan(bank.details.gain_at_minus_20_dbfs).all()
    assert np.isfinite(bank.details.threshold_dbfs).all()


def test_a_linear_chain_has_the_threshold_of_its_composite() -> None:
    second = nn.Conv1d(3, 1, 5)
    with torch.no_grad():
        second.bias.fill_(-3.0)
    network = nn.Sequential(gabor_layer(*CENTRES), normalisation(3), second, nn.ReLU()).eval()

    bank = bank_of(model_of(network), "2")

    measured = opening_level(network, 0, float(bank.table.centre_hz[0]))
    assert bank.details.threshold_dbfs[0] == pytest.approx(measured, abs=1e-3)


class Averaged(nn.Module):
    """An average over cells between filter and rectifier."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.pool = gabor_layer(*CENTRES), nn.AvgPool1d(4)

    def forward(self, waveform: Tensor) -> Tensor:
        return torch.relu(self.pool(self.layer(waveform)))


@pytest.mark.parametrize(
    ("network", "contract"),
    [
        (nn.Sequential(gabor_layer(*CENTRES)), {}),
        (nn.Sequential(gabor_layer(*CENTRES), nn.Tanh()), {}),
        (
            nn.Sequential(gabor_layer(*CENTRES), nn.ReLU()),
            {"frontend": {"kind": "waveform", "normalize": "zscore"}},
        ),
        (Averaged(), {}),
    ],
    ids=["no rectifier", "tanh", "clips normalised", "average before"],
)
def test_a_threshold_that_cannot_be_known_is_empty(
    network: nn.Module, contract: dict[str, object]
) -> None:
    model = model_of(network.eval(), **contract)
    (bank,) = read_banks(model, (), Settings(least_points=4096, null_draws=50, seed=0))[:1]

    assert np.isnan(bank.details.threshold_dbfs).all()
    assert np.isnan(bank.details.gain_at_minus_20_dbfs).all()


def test_a_bias_above_zero_passes_any_tone() -> None:
    layer = gabor_layer(*CENTRES)
    with torch.no_grad():
        layer.bias[1] = 0.25

    bank = bank_of(model_of(nn.Sequential(layer, nn.ReLU()).eval()), "0")

    np.testing.assert_array_equal(np.isnan(bank.details.threshold_dbfs), [False, True, False])
    assert np.isfinite(bank.details.gain_at_minus_20_dbfs).all()


def test_two_bands_that_a_stride_folds_are_counted_beside_untrained_twins() -> None:
    layer = gabor_layer(500.0, 1500.0, 4000.0, stride=8, sigma=60)

    bank = bank_of(model_of(nn.Sequential(layer, nn.ReLU()).eval()), "0")

    np.testing.assert_allclose(bank.details.output_rate_hz, 2000)
    np.testing.assert_allclose(bank.details.zone_leakage, [0, 0, 0.5], atol=1e-3)
    np.testing.assert_array_equal(bank.details.nyquist_zone[:2], [1, 2])
    np.testing.assert_allclose(bank.details.alias_hz, [500, 500, 0], atol=1)
    (finding,) = (each for each in bank.findings if each.id == "aliasing:0")
    assert finding.sentence.startswith(
        "At the output's rate of 2,000 Hz 1 of 3 filters has more than 10 % of the energy outside "
        "one Nyquist zone of 1,000 Hz: the stride folds several bands into one; untrained twins: "
        "3-3 of 3."
    )
    assert finding.evidence[0].value == 1
    assert finding.threshold == 0.1


def test_strides_of_a_chain_multiply() -> None:
    network = nn.Sequential(gabor_layer(*CENTRES, stride=4), nn.ReLU(), nn.Conv1d(3, 2, 3, 2))

    bank = bank_of(model_of(network.eval()), "2")

    assert bank.stride == 8
    np.testing.assert_allclose(bank.details.output_rate_hz, 2000)


def test_weights_without_a_graph_have_no_stride_and_no_threshold(tmp_path: Path) -> None:
    layer = gabor_layer(*CENTRES, stride=8)
    torch.save({"conv.weight": layer.weight, "conv.bias": layer.bias}, tmp_path / "weights.pt")

    bank = bank_of(load_model(str(tmp_path / "weights.pt"), sample_rate=RATE), "conv")

    assert bank.stride is None
    assert np.isnan(bank.details.zone_leakage).all()
    assert np.isnan(bank.details.threshold_dbfs).all()
    assert np.isfinite(bank.details.q_10db).all()
    assert not [each for each in bank.findings if each.id.startswith("aliasing")]


def test_the_table_of_all_filters_has_the_columns_of_the_details() -> None:
    network = nn.Sequential(gabor_layer(*CENTRES, stride=8), nn.ReLU(), nn.Conv1d(3, 2, 3))
    banks = read_banks(
        model_of(network.eval()), (), Settings(least_points=4096, null_draws=50, seed=0)
    )

    frame = FilterResponses(banks=banks, provenance=None).to_dataframe()

    own = frame[frame.layer == "0"]
    np.testing.assert_array_equal(own.q_10db, banks[0].details.q_10db[banks[0].order])
    assert list(own.phase_class) == ["linear"] * 3
    assert {"peak_hz", "threshold_dbfs", "gain_at_minus_20_dbfs", "zone_leakage"} <= set(
        frame.columns
    )
