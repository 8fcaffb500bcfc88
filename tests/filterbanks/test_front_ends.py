"""Front ends inside a network are named, and what is learned behind them is read in Hz."""

import librosa
import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cnnviz.filterbanks import Settings, read_banks
from cnnviz.frontend import FrontendSpec
from cnnviz.frontend.spectrogram import LogMel
from cnnviz.results import Bank
from cnnviz.trace import trace
from tests.filterbanks.models import LOG_MEL, RATE, model_of

N_FFT, HOP = 256, 64
MEL = torch.tensor(librosa.filters.mel(sr=RATE, n_fft=N_FFT, n_mels=20))
BINS_HZ = np.arange(N_FFT // 2 + 1) * RATE / N_FFT
MEL_HZ = (MEL.double().numpy() @ BINS_HZ) / MEL.double().numpy().sum(axis=1)


def fourier_kernels(sign: str) -> Tensor:
    """Windowed cosines or sines as torchlibrosa and nnAudio hold them, (bin, 1, tap)."""
    turns = 2 * np.pi * np.outer(np.arange(N_FFT // 2 + 1), np.arange(N_FFT)) / N_FFT
    waves = np.cos(turns) if sign == "real" else -np.sin(turns)
    return torch.tensor(waves * np.hanning(N_FFT + 1)[:-1], dtype=torch.float32)[:, None]


class _Convolved(nn.Module):
    """Real and imaginary Fourier kernels, mel bands, then one learned layer."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        for name in ("conv_real", "conv_imag"):
            kernels = fourier_kernels(name[5:])
            conv = nn.Conv1d(1, len(kernels), N_FFT, stride=HOP, bias=False)
            conv.weight = nn.Parameter(kernels, requires_grad=False)
            self.add_module(name, conv)
        self.register_buffer("mel", MEL)
        self.head = head

    def powers(self, inputs: Tensor) -> Tensor:
        return self.conv_real(inputs) ** 2 + self.conv_imag(inputs) ** 2

    def forward(self, inputs: Tensor) -> Tensor:
        return self.head((self.mel @ self.powers(inputs) + 1e-6).log()[:, None])


class _TimeFirst(_Convolved):
    """The same with time before frequency, and the matrix on the right."""

    def forward(self, inputs: Tensor) -> Tensor:
        levels = (self.powers(inputs)[:, None].transpose(2, 3) @ self.mel.T).clamp(min=1e-10).log()
        return self.head(levels)


class _Halves(_Convolved):
    """One convolution for both parts, which are cut apart (asteroid, silero)."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__(head)
        both = torch.cat([self.conv_real.weight, self.conv_imag.weight])
        del self.conv_real, self.conv_imag
        self.register_buffer("forward_basis", both)

    def powers(self, inputs: Tensor) -> Tensor:
        parts = torch.nn.functional.conv1d(inputs, self.forward_basis, stride=HOP)
        n_bins = N_FFT // 2 + 1
        return parts[:, :n_bins] ** 2 + parts[:, n_bins:] ** 2


class _Transformed(_Convolved):
    """The same by `torch.stft`."""

    def powers(self, inputs: Tensor) -> Tensor:
        window = torch.hann_window(N_FFT)
        spectrum = torch.stft(
            inputs[:, 0], N_FFT, HOP, window=window, center=False, return_complex=True
        )
        return spectrum.abs() ** 2


class _Bands(_Convolved):
    """Bands as the channels of a layer along time."""

    def forward(self, inputs: Tensor) -> Tensor:
        return self.head((self.mel @ self.powers(inputs) + 1e-6).log())


def banks_of(network: nn.Module, *layers: str, **contract: object) -> tuple[Bank, ...]:
    settings = Settings(least_points=4096, null_draws=50, seed=0)
    return read_banks(model_of(network, **contract), layers, settings)


def learned(shape: tuple[int, int]) -> nn.Conv2d:
    torch.manual_seed(0)
    return nn.Conv2d(1, 4, shape)


@pytest.mark.parametrize("kind", [_Convolved, _Halves, _Transformed])
def test_bands_of_a_hidden_front_end_have_their_hertz(kind: type[_Convolved]) -> None:
    traced = trace(model_of(kind(learned((5, 3)))))

    convolution = traced.convolution("head")

    assert convolution.band_cycles * RATE == pytest.approx(MEL_HZ, rel=1e-6)
    assert convolution.axes == ("frequency", "time")
    assert convolution.time_axis_jump == HOP
    assert traced.call("head").frequency_field.size == 5


@pytest.mark.parametrize("kind", [_Convolved, _Halves, _Transformed])
def test_the_front_end_is_named_and_not_judged(kind: type[_Convolved]) -> None:
    banks = banks_of(kind(learned((5, 3))))

    names = {_Convolved: "(conv_real, conv_imag: Fourier kernels)", _Transformed: ""}
    expected = names.get(kind, "(:conv1d: Fourier kernels)")
    assert [bank.layer for bank in banks] == ["head"]
    start = f"reads a front end inside the network {expected}".rstrip()
    assert banks[0].policy.startswith(f"{start}: 20 bands")
    assert banks[0].policy.endswith("every 64 samples")
    assert (banks[0].modulation.rate_unit, banks[0].modulation.scale_unit) == (
        "Hz",
        "cycles/octave",
    )


@pytest.mark.parametrize("layer", ["conv_real", "conv_imag"])
def test_cosines_and_sines_of_one_bin_are_no_repeats(layer: str) -> None:
    (bank,) = banks_of(_Convolved(learned((5, 3))), layer)

    assert (bank.table.duplicate_of == -1).all()
    assert [finding.id for finding in bank.findings] == [f"fourier_kernels:{layer}"]
    assert bank.table.peak_hz[8:-8] == pytest.approx(BINS_HZ[8:-8], abs=1)


def test_a_front_end_inside_reads_like_the_same_one_outside() -> None:
    spec = FrontendSpec(**LOG_MEL)
    head = learned((5, 3))

    class Inside(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.mel, self.head = LogMel(spec, RATE), head

        def forward(self, inputs: Tensor) -> Tensor:
            return self.head(self.mel(inputs[:, 0]))

    (inside,) = banks_of(Inside(), "head")
    (outside,) = banks_of(nn.Sequential(head), "0", frontend=LOG_MEL)

    assert inside.sample_rate == outside.sample_rate
    assert inside.table.rate_hz == pytest.approx(outside.table.rate_hz, rel=1e-9)
    assert inside.table.scale_cycles_per_octave == pytest.approx(
        outside.table.scale_cycles_per_octave, rel=0.05
    )


def test_time_before_frequency_is_turned() -> None:
    turned = learned((3, 5))
    straight = learned((5, 3))
    with torch.no_grad():
        turned.weight.copy_(straight.weight.transpose(2, 3))

    (found,) = banks_of(_TimeFirst(turned), "head")
    (expected,) = banks_of(_Convolved(straight), "head")

    for name in ("rate_hz", "scale_cycles_per_octave", "direction"):
        assert getattr(found.table, name) == pytest.approx(getattr(expected.table, name))


def test_bands_as_channels_are_in_hertz() -> None:
    head = nn.Conv1d(20, 3, 3, bias=False)
    with torch.no_grad():
        head.weight.zero_()
        for row, band in enumerate((2, 9, 17)):
            head.weight[row, band] = 1.0

    (bank,) = banks_of(_Bands(head), "head")

    assert bank.table.centre_hz == pytest.approx(MEL_HZ[[2, 9, 17]])
    assert bank.sample_rate == RATE / HOP


def test_learned_filters_of_the_same_size_are_no_front_end() -> None:
    network = _Convolved(learned((5, 3)))
    with torch.no_grad():
        noise = torch.randn(network.conv_real.weight.shape) * 0.1
        network.conv_real.weight += noise

    found = trace(model_of(network))

    assert not found.convolution("conv_real").is_fourier
    assert found.convolution("conv_imag").is_fourier
    assert not len(found.convolution("head").band_cycles)
