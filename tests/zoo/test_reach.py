"""What a network sees, from shapes alone, against the trace of the real network."""

import pytest
import torch
from torch import nn

from cnnviz.frontend import FrontendSpec
from cnnviz.model import AudioModel, ModelSpec, assemble
from cnnviz.trace import LayerCall, trace
from zoo import catalogue
from zoo.reach import Reach, reach, without_numbers

RAW = (
    "baseline_fc1_ch2-4",
    "custom_ch2-8-bn",
    "only_conv_k25_ch2-3",
    "only_conv_k5_ch2-6-bn",
    "wide_k25_ch2-5",
    "vgg_style_ch2-8",
    "nsynth_preliminary",
    "m5_ch32",
    "sample_cnn",
    "sinc_net",
    "gabor_net",
)
SPECTRAL = ("vgg_net1", "urbansound_logmel")
WINDOWS = ("Conv1d", "Conv2d", "MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d", "conv1d")


def _traced(name: str) -> LayerCall:
    """Last call of a window that slides."""
    calls = trace(_real(name)).calls
    found = [call for call in calls if call.kind in WINDOWS and call.time_field.jump > 0]
    return found[-1]


def _real(name: str) -> AudioModel:
    family = catalogue.family_of(name)
    network = family.build(name, 3).eval()
    return assemble(network, family.spec(name, ("a", "b", "c")), name=name, reference=name)


def _reach(name: str) -> Reach:
    family = catalogue.family_of(name)
    with without_numbers():
        network = family.build(name, 3).eval()
    return reach(network, family.spec(name, ()))


@pytest.mark.parametrize("name", RAW)
def test_raw_network_sees_what_its_trace_says(name: str) -> None:
    call = _traced(name)

    assert call.time_field.status == "exact"
    assert _reach(name).n_samples == call.time_field.size


@pytest.mark.parametrize("name", SPECTRAL)
def test_spectral_network_sees_what_its_trace_says(name: str) -> None:
    call = _traced(name)

    found = _reach(name)
    assert (found.n_samples, found.n_bands) == (call.time_field.size, call.frequency_field.size)


def test_gates_over_the_whole_clip_do_not_count() -> None:
    assert _reach("se_resnet3").n_frames < _traced("se_resnet3").frequency_field.size


def test_windows_called_as_functions_and_side_branches_are_followed() -> None:
    class Branches(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.wide = nn.Conv1d(1, 4, 9, stride=2, padding=4)
            self.narrow = nn.Conv1d(1, 4, 1, stride=2)
            self.linear = nn.Linear(4, 2)

        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            left, right = self.wide(inputs).split(2, dim=1)
            wide = torch.cat([left, right], dim=1) + self.narrow(inputs)
            pooled = nn.functional.max_pool1d(wide, kernel_size=3, stride=2)
            return self.linear(nn.functional.avg_pool1d(pooled, 2).mean(dim=2))

    with without_numbers():
        network = Branches()
    spec = ModelSpec(sample_rate=8000, n_samples=400, frontend=FrontendSpec())

    found = reach(network, spec)

    # 9, then 3 windows of jump 2, then 2 of jump 4
    assert (found.n_samples, found.output_shape) == (9 + 2 * 2 + 4, (2,))


def test_nothing_is_drawn_where_only_shapes_are_built() -> None:
    state = torch.random.get_rng_state()

    network = _shapes("custom_ch128-9-bn")

    assert {parameter.device.type for parameter in network.parameters()} == {"meta"}
    assert torch.equal(torch.random.get_rng_state(), state)


def _shapes(name: str) -> nn.Module:
    with without_numbers():
        return catalogue.family_of(name).build(name, 16)
