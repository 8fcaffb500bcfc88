"""Untrained twins: the initial weights, a network built again, layers drawn again."""

from dataclasses import replace

import torch
from torch import nn

from cnnviz.untrained.twin import untrained_twin

from .tiny_models import Linear, convolutional


def weights(model):
    return torch.cat([value.flatten().float() for value in model.network.state_dict().values()])


def test_the_initial_weights_come_first(audio_model):
    model = audio_model(convolutional(seed=1))
    initial = convolutional(seed=7)
    model = replace(model, initial=lambda: initial, rebuild=lambda: convolutional(seed=8))

    assert torch.equal(weights(untrained_twin(model, seed=0)), weights(audio_model(initial)))


def test_a_factory_that_gives_trained_weights_is_passed_over(audio_model):
    network = convolutional(seed=1)
    model = replace(audio_model(network), rebuild=lambda: convolutional(seed=1))

    twin = untrained_twin(model, seed=0)

    assert not torch.equal(weights(twin), weights(model))


def test_layers_are_drawn_again_with_the_deviation_of_their_own_initialisation(audio_model):
    network = nn.Sequential(nn.Conv1d(1, 200, 64), nn.BatchNorm1d(200), nn.ReLU(), nn.Flatten())
    with torch.no_grad():
        network[0].weight.fill_(3.0)
        network[1].running_mean.fill_(5.0)
    model, state = audio_model(network), torch.get_rng_state()

    twin = untrained_twin(model, seed=0)

    drawn = twin.network[0].weight
    assert abs(float(drawn.std()) / (1 / 64**0.5 / 3**0.5) - 1) < 0.02  # uniform, +- 1 / sqrt(64)
    assert not twin.network[1].running_mean.any()
    assert (network[0].weight == 3).all()
    assert torch.equal(torch.get_rng_state(), state)


def test_what_cannot_be_drawn_again_has_no_twin(audio_model):
    assert untrained_twin(audio_model(Linear(torch.ones(2, 10))), seed=0) is None
