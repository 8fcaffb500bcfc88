"""Networks whose weights are not drawn have the shapes of those whose are."""

import pytest
import torch

from zoo import catalogue
from zoo.uninitialised import uninitialised_network


@pytest.mark.parametrize("name", ["custom_ch8-9-bn", "sinc_net", "se_resnet3", "vgg_net1"])
def test_uninitialised_network_has_the_shapes_of_a_drawn_one(name: str) -> None:
    drawn = catalogue.family_of(name).build(name, 16).state_dict()

    network = uninitialised_network(name, 16)
    shapes = {key: tensor.shape for key, tensor in network.state_dict().items()}

    assert shapes == {key: tensor.shape for key, tensor in drawn.items()}


def test_nothing_is_drawn_where_only_shapes_are_built() -> None:
    state = torch.random.get_rng_state()

    uninitialised_network("custom_ch128-9-bn", 16)

    assert torch.equal(torch.random.get_rng_state(), state)
