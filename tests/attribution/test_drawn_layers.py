"""Layers found from the output down, and drawn anew in copies."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.untrained.drawn_layers import draw, drawn_models, layers_of

from .tiny_models import Linear, convolutional

CLIP = torch.zeros(1, 400)


class Backwards(nn.Module):
    """Layers that are registered the other way round from how they are called."""

    def __init__(self):
        super().__init__()
        self.last = nn.Linear(8, 2)
        self.first = nn.Linear(400, 8)
        self.never_called = nn.Linear(3, 3)
        self.again = nn.Linear(400, 8)
        self.again.weight, self.again.bias = self.first.weight, self.first.bias

    def forward(self, x):
        return self.last(self.first(x[:, 0]) + self.again(x[:, 0]))


def test_layers_are_told_from_the_output_with_what_follows_their_weights(audio_model):
    found = layers_of(audio_model(convolutional()), CLIP)

    assert found == (("8",), ("4",), ("0", "1"))


def test_the_order_is_that_of_calls_and_layers_with_the_same_weights_count_once(audio_model):
    found = layers_of(audio_model(Backwards()), CLIP)

    assert found == (("last",), ("never_called",), ("first",))


@pytest.mark.filterwarnings("ignore:`torch.jit:DeprecationWarning")
def test_a_torchscript_program_has_the_layers_it_registers(audio_model):
    program = torch.jit.script(nn.Sequential(nn.Flatten(), nn.Linear(400, 3), nn.Linear(3, 2)))

    assert layers_of(audio_model(program), CLIP) == (("2",), ("1",))


def test_a_network_that_cannot_be_copied_has_no_layers_to_draw(audio_model):
    network = convolutional()
    network.lines = (line for line in "ab")  # a generator cannot be copied

    assert layers_of(audio_model(network), CLIP) == ()


def test_each_step_keeps_what_the_steps_before_it_drew(audio_model):
    network = convolutional()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    model, state = audio_model(network), torch.get_rng_state()
    seen = []

    for _, drawn in drawn_models(model, layers_of(model, CLIP), n_draws=2, seed=0):
        now = drawn.network.state_dict()
        seen.append({name: value.clone() for name, value in now.items()})

    names = [name for name in before if name.endswith("weight")]  # of 0, 1, 4 and 8
    is_drawn = [[not torch.equal(one[name], before[name]) for name in names] for one in seen]
    assert is_drawn[:3] == [
        [False, False, False, True],
        [False, False, True, True],
        [True, False, True, True],  # a normalisation that was not trained weighs 1 again
    ]
    assert torch.equal(seen[0]["8.weight"], seen[2]["8.weight"])
    assert not torch.equal(seen[2]["8.weight"], seen[3]["8.weight"])
    assert len(seen) == 4
    assert before["1.running_mean"].any()
    assert not seen[2]["1.running_mean"].any()
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert torch.equal(torch.get_rng_state(), state)


def test_drawn_weights_are_those_of_the_layer_s_own_initialisation():
    network = nn.Sequential(nn.Conv1d(1, 200, 64))
    nn.init.constant_(network[0].weight, 3.0)

    draw(network, ("0",), seed=1)

    drawn = network[0].weight.detach()
    assert float(drawn.std()) == pytest.approx(1 / (64 * 3) ** 0.5, rel=0.02)  # +- 1 / sqrt(64)


def test_a_layer_that_cannot_draw_its_weights_has_them_shuffled():
    weight = torch.arange(20.0).reshape(2, 10)
    network = Linear(weight.clone())

    draw(network, ("",), seed=1)

    assert not torch.equal(network.weight, weight)
    np.testing.assert_array_equal(network.weight.detach().flatten().sort().values, np.arange(20))
