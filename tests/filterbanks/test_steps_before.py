"""What lies before a first convolution is part of the path: tones through the network itself."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnviz.filterbanks import Settings, read_banks
from cnnviz.results import Bank
from tests.filterbanks.models import LOG_MEL, RATE, model_of

TONES = np.array([250.0, 1000.0, 3000.0, 6000.0])


class Behind(nn.Module):
    """A convolution, or two, behind a function of the waveform (clip, 1, sample)."""

    def __init__(self, before: Callable[[Tensor], Tensor], **layers: nn.Module) -> None:
        super().__init__()
        self.before = before
        for name, layer in layers.items():
            self.add_module(name, layer)

    def forward(self, clips: Tensor) -> Tensor:
        values = self.before(clips)
        for layer in self.children():
            values = layer(values)
        return values


def banks_of(network: nn.Module, **contract: object) -> tuple[Bank, ...]:
    settings = Settings(least_points=4096, null_draws=50, seed=0)
    return read_banks(model_of(network, **contract), (), settings)


def gains_db(network: nn.Module) -> np.ndarray:
    """Gains that tones have on their way through the network, (filter, tone)."""
    times = torch.arange(RATE, dtype=torch.float64) / RATE
    tones = 0.1 * torch.stack([torch.sin(2 * np.pi * hz * times) for hz in TONES])
    with torch.no_grad():
        outputs = network.double()(tones[:, None])
        silence = network(torch.zeros(1, 1, RATE, dtype=torch.float64))
    network.float()
    away = (outputs - silence)[:, :, 200:-200]
    return 10 * np.log10(2 * away.square().mean(2).T.numpy() / 0.1**2)


def pre_emphasis(clips: Tensor) -> Tensor:
    return torch.cat([clips[..., :1], clips[..., 1:] - 0.97 * clips[..., :-1]], dim=-1)


def pre_emphasis_in_place(clips: Tensor) -> Tensor:
    clips = clips.clone()
    clips[..., 1:] -= 0.97 * clips[..., :-1]
    return clips


def smoothing(clips: Tensor) -> Tensor:
    return sum(clips.roll(k, dims=-1) for k in (-1, 0, 1)) / 3


@pytest.mark.parametrize(
    "before",
    [
        lambda x: 32768 * x,
        lambda x: (x + 0.5) / 0.1,
        nn.BatchNorm1d(1).eval(),
        pre_emphasis,
        pre_emphasis_in_place,
        smoothing,
        lambda x: F.avg_pool1d(x, 3, 1),
        lambda x: torch.cat([x, -2 * x], dim=1).sum(1, keepdim=True),
    ],
    ids=[
        *("16 bit", "offset and scale", "batch norm", "pre-emphasis", "pre-emphasis in place"),
        *("smoothing", "average", "two channels"),
    ],
)
def test_linear_steps_before_the_first_layer_count_in_its_response(before) -> None:
    torch.manual_seed(0)
    if isinstance(before, nn.BatchNorm1d):
        before.running_var.fill_(0.01)
    network = Behind(before, first=nn.Conv1d(1, 4, 31))

    (bank,) = banks_of(network)

    expected = gains_db(network)
    at = np.searchsorted(bank.responses.frequencies, TONES)
    np.testing.assert_allclose(bank.responses.magnitudes_db[:, at], expected, atol=0.1)
    assert bank.policy.endswith("; exact, all steps before are linear")


def test_a_composite_counts_the_steps_before_its_first_layer() -> None:
    torch.manual_seed(1)
    layers = {"first": nn.Conv1d(1, 6, 31), "second": nn.Conv1d(6, 3, 9)}
    network = Behind(pre_emphasis, **layers)

    second = banks_of(network)[1]

    at = np.searchsorted(second.responses.frequencies, TONES)
    np.testing.assert_allclose(second.responses.magnitudes_db[:, at], gains_db(network), atol=0.1)


def test_the_offset_of_a_filter_behind_padding_is_the_first_sample_it_reads() -> None:
    padded = Behind(lambda x: F.pad(x, (7, 2)), first=nn.Conv1d(1, 2, 5, stride=3))
    cropped = Behind(lambda x: x[..., 4:] - x[..., 3:-1], first=nn.Conv1d(1, 2, 5))

    kernels = [banks_of(network)[0].responses.kernels for network in (padded, cropped)]

    assert [kernel.offset for kernel in kernels] == [-7, 3]
    assert [kernel.taps.shape[1] for kernel in kernels] == [5, 6]


@pytest.mark.parametrize(
    ("before", "named"),
    [
        (lambda x: torch.sign(x) * torch.log1p(255 * x.abs()) / np.log(256), "log1p as gain 1"),
        (lambda x: torch.tanh(3 * x), "tanh as gain 1"),
        (lambda x: x * torch.hann_window(x.shape[-1]), "mul as gain 1"),
    ],
    ids=["mu-law", "saturation", "window"],
)
def test_steps_that_are_not_linear_are_named(before, named: str) -> None:
    (bank,) = banks_of(Behind(before, first=nn.Conv1d(1, 4, 31)))

    assert bank.policy.startswith(
        "response of first and the steps before it at the network's input under the"
    )
    assert named in bank.policy


def test_a_first_layer_that_reads_the_input_has_nothing_to_say() -> None:
    (bank,) = banks_of(nn.Sequential(nn.Identity(), nn.Conv1d(1, 4, 31)))

    assert bank.policy == ""


def test_a_logarithm_before_a_spectrogram_layer_is_named() -> None:
    network = nn.Sequential(nn.Softplus(), nn.Conv2d(1, 4, 3))

    (bank,) = banks_of(network, frontend=LOG_MEL)

    assert bank.policy.endswith("policy identity: softplus as gain 1")


@pytest.mark.parametrize("change", [torch.abs, torch.square, lambda x: x.clamp(1e-3).log()])
def test_no_composite_leads_through_a_magnitude_a_power_or_a_logarithm(change) -> None:
    torch.manual_seed(0)
    first, second = nn.Conv1d(1, 6, 31, stride=4), nn.Conv1d(6, 3, 9)

    class Detector(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = first, second

        def forward(self, clips: Tensor) -> Tensor:
            return self.second(change(self.first(clips)))

    bank = banks_of(Detector())[1]

    assert bank.policy.startswith("no linear path leads through ")
    assert bank.policy.endswith("between first and second: no composite")
    assert bank.responses is None
    assert bank.modulation.rate_unit == "Hz"  # envelopes at the rate of the first layer
    assert bank.channels is not None
