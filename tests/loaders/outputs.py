"""Small networks with outputs of every role."""

from collections.abc import Callable
from types import MappingProxyType

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnviz.loaders._finish import finish
from cnnviz.model import AudioModel, ModelSpec

N_SAMPLES = 800


class Output(nn.Module):
    """Two convolutions to five channels of 200 frames, and a function that makes the output."""

    def __init__(self, output: "Function") -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Conv1d(1, 6, 9, stride=4, padding=4)
        self.second = nn.Conv1d(6, 5, 5, padding=2)
        self.linear, self.pair = nn.Linear(5, 5), nn.Linear(5, 2)
        self.recurrent = nn.GRU(5, 5, batch_first=True)
        self.decoder = nn.ConvTranspose1d(5, 2, 8, stride=4, padding=2)
        self.matrix = nn.Linear(5, N_SAMPLES)
        self.output = output

    def forward(self, inputs: Tensor) -> object:
        return self.output(self, self.second(self.first(inputs).relu()))


Function = Callable[[Output, Tensor], object]

OUTPUTS = MappingProxyType[str, Function](
    {
        "linear": lambda net, maps: net.linear(maps.mean(-1)),
        "softmax": lambda net, maps: net.linear(maps.mean(-1)).softmax(-1),
        "log-softmax": lambda net, maps: net.linear(maps.mean(-1)).log_softmax(-1),
        "sigmoid": lambda net, maps: net.linear(maps.mean(-1)).sigmoid(),
        "one sigmoid": lambda net, maps: net.linear(maps.mean(-1))[:, :1].sigmoid(),
        "one number": lambda net, maps: net.pair(maps.mean(-1))[:, 0],
        "two numbers": lambda net, maps: net.pair(maps.mean(-1)),
        "tanh": lambda net, maps: net.pair(maps.mean(-1)).tanh(),
        "unit vector": lambda net, maps: F.normalize(net.linear(maps.mean(-1))),
        "frames (B, C, T)": lambda net, maps: maps.softmax(1),
        "frames (B, T, C)": lambda net, maps: net.linear(maps.mT).log_softmax(-1),
        "recurrent frames": lambda net, maps: net.linear(net.recurrent(maps.mT)[0]),
        "frames of tags": lambda net, maps: net.linear(maps.mT).sigmoid(),
        "one tag, (B, T)": lambda net, maps: net.linear(maps.mT)[..., 0].sigmoid(),
        "two sources": lambda net, maps: net.decoder(maps).tanh(),
        "one sound, (B, T)": lambda net, maps: net.decoder(maps)[:, 0],
        "sound by a matrix": lambda net, maps: net.matrix(maps.mean(-1)),
        "mean of sigmoids": lambda net, maps: (
            net.linear(net.recurrent(maps.mT)[0])[..., :1].sigmoid().mean(1)
        ),
        "mean of softmax": lambda net, maps: maps.softmax(1).mean(-1),
        "maximum of sigmoids": lambda net, maps: maps.sigmoid().amax(-1),
        "attention over sigmoids": lambda net, maps: (
            (maps.softmax(-1) * maps.sigmoid()).sum(-1).clamp(0, 1)
        ),
        "two outputs": lambda net, maps: (maps.mean(-1), net.pair(maps.mean(-1))),
        "several frames": lambda net, maps: {"onset": maps.sigmoid(), "pitch": maps},
    }
)


def network(name: str) -> Output:
    """The network with one of `OUTPUTS`."""
    return Output(OUTPUTS[name]).eval()


def loaded(name: str, **spec: object) -> AudioModel:
    """The network as a loader finishes it."""
    contract = ModelSpec(**{"sample_rate": 8000, "n_samples": N_SAMPLES, **spec})  # type: ignore[arg-type]
    return finish(network(name), contract, name="net", reference="net.py:build")
