"""Every method on a GPU, against the processor."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.attribution.attribute import attribute_each
from cnnviz.model import on_device

from .test_every_method import TARGETS, build, clips, distance, every_method, maps
from .tiny_models import convolutional

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device is here")


@pytest.fixture
def model(audio_model):
    torch.manual_seed(0)
    return audio_model(convolutional(activation=nn.Softplus, pool=nn.AvgPool1d))


@every_method
def test_it_gives_the_map_of_the_processor(model, method):
    expected = maps(method, model, clips(), TARGETS)

    found = maps(method, on_device(model, "cuda"), clips(), TARGETS)

    assert distance(found, expected) <= 1e-3


@pytest.mark.parametrize("method", ["saliency", "input_x_gradient", "integrated_gradients"])
def test_several_targets_there_are_those_of_the_processor(model, method):
    targets, rivals = [TARGETS, (TARGETS + 1) % 3], [None, None]

    def of_each(one):
        found = attribute_each(build(method), one, clips(), targets, rivals=rivals)
        return np.stack([clip.values for each in found for clip in each.clips])

    assert distance(of_each(on_device(model, "cuda")), of_each(model)) <= 1e-3
