"""What multiplies each clip by a number of its own leaves Hz as they are."""

import re

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnviz.filterbanks import Settings, read_banks
from cnnviz.results import Bank
from tests.dsp.kernels import gabor
from tests.filterbanks.models import model_of

CENTRES = (500, 1000, 3000)
_GAINS = {
    "instance norm": F.instance_norm,
    "mean and deviation": lambda x: (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True)),
    "peak": lambda x: x / x.abs().amax(-1, keepdim=True),
    "layer norm": lambda x: F.layer_norm(x, x.shape[-1:]),
    "mean": lambda x: x - x.mean(-1, keepdim=True),
}


class _Before(nn.Module):
    """A function of the waveform, planted filters, and what lies between them and a second bank."""

    def __init__(self, function=None, between: nn.Module | None = None) -> None:
        super().__init__()
        self.function = function or nn.Identity()
        self.first = nn.Conv1d(1, 3, 257, stride=8, bias=False)
        self.between = nn.Identity() if between is None else between
        self.second = nn.Conv1d(3, 3, 1, bias=False)
        with torch.no_grad():
            self.first.weight[:, 0] = torch.tensor(np.stack([gabor(f, 40, 257) for f in CENTRES]))
            self.second.weight[:] = torch.eye(3)[:, :, None].roll(1, 0)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.second(self.between(self.first(self.function(inputs))))


class _Sliced(nn.Module):
    def __init__(self, *places: slice) -> None:
        super().__init__()
        self.places = places

    def forward(self, inputs: Tensor) -> Tensor:
        for place in self.places:
            inputs = inputs[..., place]
        return inputs


def bank_of(network: nn.Module, layer: str, **contract: object) -> Bank:
    settings = Settings(least_points=4096, null_draws=50, seed=0)
    (bank,) = read_banks(model_of(network, n_samples=4000, **contract), [layer], settings)
    return bank


@pytest.mark.parametrize("function", _GAINS.values(), ids=_GAINS)
def test_hertz_stay_and_the_scale_is_said_to_be_unknown(function) -> None:
    bank = bank_of(_Before(function), "first")

    assert bank.table.peak_hz == pytest.approx(CENTRES, abs=1)
    assert np.isnan(bank.table.rate_hz).all()
    assert re.search(
        "(normalisation of each clip|layer-norm) as gain 1 .*(clip|levels)", bank.policy
    )


def test_a_power_of_the_waveform_is_no_gain() -> None:
    bank = bank_of(_Before(lambda x: x.cumsum(-1) * x.abs().amax(-1, keepdim=True)), "first")

    assert "normalisation of each clip" not in bank.policy
    assert np.isnan(bank.table.rate_hz).all()


def test_composites_go_on_through_slices() -> None:
    network = _Before(between=_Sliced(slice(3, None), slice(None, -4), slice(None, None, 2)))

    bank = bank_of(network, "second")

    assert bank.table.peak_hz == pytest.approx(np.roll(CENTRES, 1), abs=1)
    assert bank.responses.kernels.jump == 16
    assert bank.responses.kernels.offset == 24


@pytest.mark.parametrize("n_groups", [1, 3])
def test_composites_go_on_through_group_norm_as_a_gain(n_groups: int) -> None:
    bank = bank_of(_Before(between=nn.GroupNorm(n_groups, 3)), "second")

    assert bank.table.peak_hz == pytest.approx(np.roll(CENTRES, 1), abs=1)
    assert "group-norm as gain 1 (it depends on the clip)" in bank.policy


def test_a_scale_that_is_said_is_in_the_levels() -> None:
    said = {"kind": "waveform", "scale": 32768.0, "mean": 100.0, "std": 2.0}

    plain, scaled = (bank_of(_Before(), "first", **c) for c in ({}, {"frontend": said}))

    gain = 20 * np.log10(32768 / 2)
    assert scaled.table.peak_gain_db == pytest.approx(plain.table.peak_gain_db + gain)
    assert scaled.table.peak_hz == pytest.approx(plain.table.peak_hz)


def test_a_normalisation_that_is_said_is_a_gain_of_the_clip() -> None:
    bank = bank_of(_Before(), "first", frontend={"kind": "waveform", "normalize": "peak"})

    assert bank.table.peak_hz == pytest.approx(CENTRES, abs=1)
    assert "normalisation of each clip as gain 1" in bank.policy
