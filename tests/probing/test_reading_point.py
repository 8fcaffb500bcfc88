"""The module found gives what later layers see; without one it is the layer itself."""

import numpy as np
import pytest
import torch
from planted_units import RATE, band_pass, conv_of, model_of
from torch import nn
from torch.nn import functional as F

from cnnviz.probing import unit_layers
from cnnviz.probing.reading_point import reading_point


class Stack(nn.Module):
    """A convolution, batch normalisation and a rectifier, each a module or not."""

    def __init__(self, *, is_module):
        super().__init__()
        self.conv, self.norm = conv_of(band_pass()), nn.BatchNorm1d(1).double()
        self.relu, self.head = nn.ReLU(inplace=True), nn.Linear(1, 2).double()
        self.is_module = is_module
        self.norm.running_mean.fill_(0.01)

    def forward(self, x):
        seen = self.norm(self.conv(x.double()))
        return self.head((self.relu(seen) if self.is_module else F.relu(seen)).mean(-1))


@pytest.mark.parametrize(
    ("is_module", "name", "reading"),
    [(True, "relu", "conv, after batch-norm, relu"), (False, "conv", "conv")],
    ids=["module", "function"],
)
def test_the_point_is_the_last_module_or_the_layer(is_module, name, reading):
    model = model_of(Stack(is_module=is_module).eval(), n_samples=1000)
    before = {k: v.clone() for k, v in model.network.state_dict().items()}
    clips = np.random.default_rng(0).normal(size=(2, 1000)).astype(np.float32)

    point = reading_point(model, unit_layers(model, ["conv"])[0], clips)

    assert (point.call.name, point.reading) == (name, reading)
    assert all(torch.equal(before[k], v) for k, v in model.network.state_dict().items())


def test_a_layer_that_nothing_follows_is_its_own():
    model = model_of(Stack(is_module=True).eval(), n_samples=RATE // 10)
    clips = np.zeros((1, RATE // 10), dtype=np.float32)

    assert reading_point(model, unit_layers(model, ["relu"])[0], clips).call.name == "relu"
