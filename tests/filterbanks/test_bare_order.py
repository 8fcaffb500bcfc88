"""Bare weights are read in the order that their channels allow."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from cnnviz.filterbanks import Settings, read_banks
from cnnviz.loaders import load_model
from cnnviz.model import WeightsOnly
from cnnviz.results import Bank
from cnnviz.trace import weight_convolutions
from tests.filterbanks.models import RATE
from tests.filterbanks.test_front_ends import BINS_HZ, MEL, MEL_HZ, fourier_kernels

BASIS = torch.cat([fourier_kernels("real"), fourier_kernels("imag")])


def banks_of(path: Path, tensors: dict[str, Tensor]) -> tuple[Bank, ...]:
    torch.save(tensors, path)
    model = load_model(str(path), sample_rate=RATE)
    return read_banks(model, [], Settings(least_points=4096, null_draws=50, seed=0))


def planted(n_channels: int, *places: int) -> Tensor:
    weight = torch.zeros(len(places), n_channels, 3)
    for row, place in enumerate(places):
        weight[row, place] = 1.0
    return weight


@pytest.mark.parametrize(
    ("shapes", "order"),
    [
        ({"a": (128, 258, 3), "b": (258, 1, 80)}, "ba"),
        ({"a": (64, 128, 3), "b": (128, 32, 3), "c": (32, 1, 9)}, "cba"),
        (
            {"a": (8, 1, 9), "b": (8, 8, 3), "c": (16, 8, 3), "d": (16, 16, 3), "e": (16, 8, 1)},
            "abcde",
        ),
        ({"a": (16, 40, 3), "b": (16, 1, 5), "c": (8, 16, 1)}, "abc"),
    ],
    ids=["the last is first", "backwards", "residual", "bands, then depthwise"],
)
def test_the_first_layer_is_the_one_that_reads_the_input(shapes, order) -> None:
    tensors = {f"{name}.weight": torch.ones(shape) for name, shape in shapes.items()}

    found = weight_convolutions(WeightsOnly(tensors, "hint"))

    assert "".join(convolution.name for convolution in found) == order


def test_what_is_learned_behind_bare_fourier_kernels_has_their_hertz(tmp_path: Path) -> None:
    tensors = {"encoder.weight": planted(129, 8, 40, 99), "stft.forward_basis_buffer": BASIS}

    (bank,) = banks_of(tmp_path / "vad.pt", tensors)

    assert bank.layer == "encoder"
    assert bank.table.centre_hz == pytest.approx(BINS_HZ[[8, 40, 99]])
    assert "stft.forward_basis_buffer: Fourier kernels" in bank.policy


def test_a_mel_buffer_gives_the_hertz_of_its_bands(tmp_path: Path) -> None:
    tensors = {
        "stft.wcos": fourier_kernels("real"),
        "stft.wsin": fourier_kernels("imag"),
        "mel_basis": MEL,
        "conv.weight": planted(20, 2, 9, 17),
    }

    (bank,) = banks_of(tmp_path / "nn.pt", tensors)

    assert bank.layer == "conv"
    assert bank.table.centre_hz == pytest.approx(MEL_HZ[[2, 9, 17]])


def test_no_layer_is_read_as_the_first_behind_sinc_filters(tmp_path: Path) -> None:
    tensors = {
        "sinc.low_hz_": torch.linspace(50, 3000, 16)[:, None],
        "sinc.band_hz_": torch.full((16, 1), 200.0),
        "conv.weight": torch.randn(8, 16, 9),
    }

    (bank,) = banks_of(tmp_path / "sinc.pt", tensors)

    assert bank.responses is None
    assert "sinc.low_hz_, sinc.band_hz_: band edges of sinc filters" in bank.policy
