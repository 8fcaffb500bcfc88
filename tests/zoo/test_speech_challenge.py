"""The challenge networks: inputs, layers and outputs as their authors describe them."""

import pytest
import torch
from torch import nn

from cnnviz.frontend import build_frontend
from zoo.architectures import speech_challenge

NAMES = speech_challenge.VARIANTS


@pytest.mark.parametrize(
    ("name", "shape"),
    list(zip(NAMES, [(2, 16_000), (2, 1, 40, 101), (2, 1, 40, 101)], strict=True)),
    ids=NAMES,
)
def test_a_second_of_sound_has_the_printed_input_shape(name: str, shape: tuple[int, ...]) -> None:
    spec = speech_challenge.spec(name, ())

    inputs = build_frontend(spec.frontend, sample_rate=16_000)(torch.randn(2, 16_000))

    assert inputs.shape == shape


def test_raw_network_has_twenty_convolutions_and_halves_nine_times() -> None:
    network = speech_challenge.build("simple_1d_net", 12)

    convolutions = [layer for layer in network.modules() if isinstance(layer, nn.Conv1d)]
    assert [c.out_channels for c in convolutions][::2] == [
        *(8, 16, 32, 64, 128, 256, 256, 512, 512, 1024)
    ]
    assert len(convolutions) == 20
    assert sum(isinstance(layer, nn.MaxPool1d) for layer in network) == 9


def test_residual_network_weighs_its_channels_between_zero_and_one() -> None:
    block = speech_challenge.build("se_resnet3", 12).eval().block1_1
    inputs = torch.randn(2, 16, 8, 8)
    with torch.no_grad():
        found = block.norm2(block.conv2(block.relu1(block.norm1(block.conv1(inputs)))))
        hidden = torch.relu(block.squeeze(found.mean(dim=(2, 3), keepdim=True)))
        weights = torch.sigmoid(block.excite(hidden))

        outputs = block(inputs)

    torch.testing.assert_close(outputs, torch.relu(inputs + weights * found))


def test_residual_network_has_one_two_two_and_two_blocks() -> None:
    names = [name for name, _ in speech_challenge.build("se_resnet3", 12).named_children()]

    blocks = [name for name in names if name.startswith("block")]
    assert [sum(b.startswith(f"block{i}_") for b in blocks) for i in (1, 2, 3, 4)] == [1, 2, 2, 2]


def test_cepstral_network_flattens_to_the_printed_width() -> None:
    network = speech_challenge.build("vgg_net1", 12)

    assert network.hidden1.in_features == 32 * 5 * 12
    assert network(torch.zeros(2, 1, 40, 101)).shape == (2, 12)
