"""Small networks with what trips readers of networks: axes, silence, fields without an end."""

import torch
from torch import Tensor, nn

from cnnviz.frontend import FrontendSpec
from cnnviz.model import AudioModel, ModelSpec, assemble

RATE, N_SAMPLES = 4000, 2000
_MEL = FrontendSpec(kind="log_mel", n_fft=256, hop_length=64, n_mels=20)


class _Reshaped(nn.Module):
    """Adds or drops axes on the way in."""

    def __init__(self, network: nn.Module, axes: str) -> None:
        super().__init__()
        self.network, self.axes = network, axes

    def forward(self, inputs: Tensor) -> Tensor:
        shaped = inputs[:, None] if self.axes == "bt" else inputs.movedim(2, 1)
        return self.network(shaped)


class _Global(nn.Module):
    """Each output cell depends on all of the input, behind a mean over time."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv1d(1, 4, 16, stride=4), nn.Conv1d(4, 4, 3)
        self.output = nn.Linear(4, 3)

    def forward(self, inputs: Tensor) -> Tensor:
        values = torch.relu(self.first(inputs))
        gate = torch.sigmoid(values.mean(2, keepdim=True))
        return self.output(torch.relu(self.second(values * gate)).mean(2))


class _Recurrent(nn.Module):
    """A convolution behind a recurrent layer, whose field is not known."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv1d(1, 4, 16, stride=16)
        self.recurrent = nn.GRU(4, 4, batch_first=True)
        self.second, self.output = nn.Conv1d(4, 4, 3), nn.Linear(4, 3)

    def forward(self, inputs: Tensor) -> Tensor:
        states, _ = self.recurrent(self.first(inputs).movedim(1, 2))
        return self.output(self.second(states.movedim(1, 2)).mean(2))


def _line(n_channels: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(n_channels, 4, 16, stride=4), nn.BatchNorm1d(4), nn.ReLU(), nn.MaxPool1d(2),
        nn.Conv1d(4, 4, 5), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(4, 3),
    )  # fmt: skip


def _plane(n_channels: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(n_channels, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 3),
    )  # fmt: skip


def _silent() -> nn.Sequential:
    """Some units of the first layer, and all of the second, never answer."""
    network = _line()
    with torch.no_grad():
        network[0].weight[:2] = 0.0
        network[4].weight.zero_()
        network[4].bias.fill_(-1.0)
    return network


def _linear_only() -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(N_SAMPLES, 4), nn.ReLU(), nn.Linear(4, 3))


_WAVEFORM = FrontendSpec(kind="waveform")
ODD = {
    "bct": (_line, _WAVEFORM, "bct"),
    "bt": (lambda: _Reshaped(_line(), "bt"), _WAVEFORM, "bt"),
    "btc": (lambda: _Reshaped(_line(), "btc"), _WAVEFORM, "btc"),
    "silent": (_silent, _WAVEFORM, "bct"),
    "global": (_Global, _WAVEFORM, "bct"),
    "recurrent": (_Recurrent, _WAVEFORM, "bct"),
    "no-convolution": (_linear_only, _WAVEFORM, "bct"),
    "planes": (_plane, _MEL, None),
}


def odd_model(name: str) -> AudioModel:
    """One of them, seeded."""
    torch.manual_seed(0)
    build, frontend, layout = ODD[name]
    more = {} if layout is None else {"layout": layout}
    spec = ModelSpec(sample_rate=RATE, n_samples=N_SAMPLES, frontend=frontend, **more)
    return assemble(build().eval(), spec, name=name, reference=name, digest="-")
