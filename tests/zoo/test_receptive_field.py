"""What a network sees, from the trace of a narrow one, against its own layers and trace."""

import pytest
from torch import nn

from cnnviz.model import AudioModel, assemble
from cnnviz.trace import LayerCall, trace
from zoo import catalogue
from zoo.receptive_field import last_field

CHAINS = (  # layers of these names follow each other, each a module
    "baseline_fc1_ch2-4",
    "custom_ch8-8-bn",
    "only_conv_k25_ch4-3",
    "only_conv_k5_ch2-6-bn",
    "wide_k25_ch4-5-do0.5",
    "vgg_style_ch4-8",
    "nsynth_preliminary",
    "m5_ch32",
    "sample_cnn",
)
RAW = (*CHAINS, "sinc_net", "gabor_net")
SPECTRAL = ("vgg_net1", "urbansound_logmel")
MODULES = (nn.Conv1d, nn.Conv2d, nn.MaxPool1d, nn.MaxPool2d, nn.AvgPool1d, nn.AvgPool2d)
WINDOWS = (*(kind.__name__ for kind in MODULES), "conv1d")


def _traced(name: str) -> LayerCall:
    """Last call of a window that slides."""
    calls = trace(_real(name)).calls
    found = [call for call in calls if call.kind in WINDOWS and call.time_field.jump > 0]
    return found[-1]


def _real(name: str) -> AudioModel:
    family = catalogue.family_of(name)
    network = family.build(name, 3).eval()
    return assemble(network, family.spec(name, ("a", "b", "c")), name=name, reference=name)


def _textbook(name: str, axis: int) -> int:
    """Receptive field along an axis: r = 1 + sum of (kernel - 1) times the strides before."""
    size, jump = 1, 1
    for layer in _real(name).network.modules():
        if isinstance(layer, MODULES):
            kernel, stride = (
                value if isinstance(value, int) else value[axis]
                for value in (layer.kernel_size, layer.stride)
            )
            size, jump = size + (kernel - 1) * jump, jump * stride
    return size


@pytest.mark.parametrize("name", CHAINS)
def test_chain_sees_what_the_sum_over_its_layers_says(name: str) -> None:
    assert last_field(name).n_samples == _textbook(name, -1)


@pytest.mark.parametrize("name", SPECTRAL)
def test_spectral_chain_sees_what_the_sum_over_its_layers_says(name: str) -> None:
    found, frontend = last_field(name), _real(name).frontend.spec

    assert (found.n_frames, found.n_bands) == (_textbook(name, -1), _textbook(name, -2))
    hops = (found.n_frames - 1) * frontend.hop_length
    assert found.n_samples == (frontend.win_length or frontend.n_fft) + hops


@pytest.mark.parametrize("name", RAW)
def test_raw_network_sees_what_its_trace_says(name: str) -> None:
    call = _traced(name)

    assert call.time_field.status == "exact"
    assert last_field(name).n_samples == call.time_field.size


@pytest.mark.parametrize("name", SPECTRAL)
def test_spectral_network_sees_what_its_trace_says(name: str) -> None:
    call = _traced(name)

    found = last_field(name)
    assert (found.n_samples, found.n_bands) == (call.time_field.size, call.frequency_field.size)


def test_gates_over_the_whole_clip_do_not_count() -> None:
    found = last_field("se_resnet3")

    assert (found.n_frames, found.n_bands) == (170, 170)
    assert found.n_frames < _traced("se_resnet3").frequency_field.size


def test_input_shape_is_channel_band_frame() -> None:
    assert last_field("se_resnet3").input_shape == (1, 40, 101)
