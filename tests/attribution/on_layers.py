"""Networks that hear clicks, and maps at the cells of a layer."""

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from cnnviz.attribution.differentiable_scores import differentiable_scores
from cnnviz.frontend import FrontendSpec
from cnnviz.trace import shared_traces


def maps(method, model, waveforms, targets):
    """What a method gives for each clip."""
    with (
        shared_traces(),
        differentiable_scores(model, waveforms, targets, score=method.score) as scores,
    ):
        return [method.relevance(scores, clip) for clip in range(len(waveforms))]


def values(method, model, waveforms, targets):
    return np.stack([found.values for found in maps(method, model, waveforms, targets)])


class Loudness(nn.Module):
    """Scores of the mean of a map with one channel: for and against."""

    def forward(self, cells):
        mean = cells.flatten(1).mean(1)
        return torch.stack([mean, -mean], 1)


def click_detector(*, padding=0, n_layers=4, stride=2):
    """Rising clicks: each layer is a symmetric bump, so that its peak is the nearest cell's."""
    layers = []
    for _ in range(n_layers):
        convolution = nn.Conv1d(1, 1, 9, stride=stride, padding=padding, bias=False)
        convolution.weight.data[0, 0] = torch.hann_window(11, periodic=False)[1:-1]
        layers += [convolution, nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, Loudness())


SPECTRAL = FrontendSpec(kind="log_mel", n_fft=256, hop_length=64, n_mels=20, mean=-100.0)
"""Silence is 0, as log(amin) is -100 dB."""


def spectral_click_detector(*, padding=0):
    """The same on log-mel frames, with steps over time and over bands."""
    layers = []
    for _ in range(2):
        convolution = nn.Conv2d(1, 1, 5, stride=(1, 2), padding=padding, bias=False)
        bump = torch.hann_window(7, periodic=False)[1:-1]
        convolution.weight.data[0, 0] = torch.outer(bump, bump)
        layers += [convolution, nn.ReLU(inplace=True)]
    return nn.Sequential(*layers, Loudness())


def clicks(places, n_samples):
    """A click at each place, float32 (place, samples)."""
    waveforms = np.zeros((len(places), n_samples), dtype=np.float32)
    waveforms[np.arange(len(places)), places] = 1.0
    return waveforms


class Modular(nn.Module):
    """Convolutions with an activation module for each."""

    def __init__(self, *, inplace=False):
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = nn.Conv1d(1, 6, 9, stride=3), nn.Conv1d(6, 4, 5, padding=2)
        self.third, self.head = nn.Conv1d(4, 4, 3), nn.Linear(4, 3)
        self.act1, self.act2, self.act3 = (nn.ReLU(inplace=inplace) for _ in range(3))

    def forward(self, x):
        x = self.act1(self.first(x))
        x = self.act2(self.second(x))
        return self.head(self.act3(self.third(x)).mean(-1))


class Shared(Modular):
    """The same with one activation module, called three times."""

    def __init__(self, *, inplace=False):
        super().__init__()
        del self.act1, self.act2, self.act3
        self.act = nn.ReLU(inplace=inplace)

    def forward(self, x):
        x = self.act(self.first(x))
        x = self.act(self.second(x))
        return self.head(self.act(self.third(x)).mean(-1))


class Functional(Modular):
    """The same with functions in place of modules."""

    def __init__(self, *, inplace=False):
        super().__init__()
        del self.act1, self.act2, self.act3
        self.inplace = inplace

    def forward(self, x):
        x = F.relu(self.first(x), inplace=self.inplace)
        x = F.relu(self.second(x), inplace=self.inplace)
        return self.head(F.relu(self.third(x), inplace=self.inplace).mean(-1))
