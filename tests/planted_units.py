"""Networks whose units answer in closed form."""

import numpy as np
import torch
from scipy import signal
from torch import nn

from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble

RATE = 16000


def model_of(network, *, rate=RATE, n_samples=8000, **spec):
    known = {"sample_rate": rate, "n_samples": n_samples, "frontend": FrontendSpec(), **spec}
    return assemble(network, ModelSpec(**known), name="planted", reference="planted")


def conv_of(taps, *, bias=None, stride=1):
    """A convolution with taps (unit, tap) or (unit, channel, tap) as they stand."""
    weight = torch.as_tensor(np.asarray(taps, dtype=np.float64))
    weight = weight[:, None] if weight.ndim == 2 else weight
    layer = nn.Conv1d(
        weight.shape[1], len(weight), weight.shape[2], stride=stride, bias=bias is not None
    )
    with torch.no_grad():
        layer.weight.copy_(weight)
        if bias is not None:
            layer.bias.copy_(torch.as_tensor(bias))
    return layer.double()


def band_pass(n_taps=65, low=1000.0, high=5000.0):
    """Linear-phase taps, (1, tap)."""
    return signal.firwin(n_taps, [low, high], pass_zero=False, fs=RATE)[None]


class Detector(nn.Module):
    """Convolution, rectifier, and an average over K samples: an envelope detector."""

    def __init__(self, taps, *, k=160, stride=8, length=None):
        super().__init__()
        self.conv, self.relu = conv_of(taps), nn.ReLU()
        self.pool = nn.AvgPool1d(k, stride=stride)
        self.head = nn.Linear(len(taps), 2).double()
        self.length = length

    def forward(self, x):
        if self.length is not None and x.shape[-1] != self.length:
            raise ValueError(f"takes {self.length} samples only")
        return self.head(self.pool(self.relu(self.conv(x))).mean(-1))
