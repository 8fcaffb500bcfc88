"""Scores of a clip that changes in one stretch, from the cells that hear the stretch alone."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.attribution.differentiable_scores import differentiable_scores
from cnnviz.attribution.local_changes import scored_locally
from cnnviz.attribution.perturbed import scored

N = 6000


class Residual(nn.Module):
    """Two convolutions with padding, and their input beside them."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Conv1d(8, 8, 5, padding=2), nn.Conv1d(8, 8, 5, padding=2)

    def forward(self, x):
        return (x + self.second(self.first(x).relu())).relu()


class Around(nn.Module):
    """Adds to its scores what no layer hears."""

    def __init__(self):
        super().__init__()
        self.network = plain()

    def forward(self, x):
        return self.network(x) + x.square().mean((1, 2))[:, None] * torch.arange(3)


def plain(head=None, middle=None, kernel=40):
    torch.manual_seed(0)
    layers = [
        nn.Conv1d(1, 8, kernel, stride=4, padding=9), nn.BatchNorm1d(8), nn.ReLU(),
        nn.MaxPool1d(4), *(middle or [nn.Conv1d(8, 8, 5, dilation=3), nn.ReLU()]),
    ]  # fmt: skip
    head = head or [nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(8, 3)]
    return nn.Sequential(*layers, *head)


def flat():
    """A head that takes one length only."""
    return plain(head=[nn.Flatten(), nn.LazyLinear(3)])


NETWORKS = {
    "dilated": plain,
    "residual": lambda: plain(middle=[Residual()]),
    "a head of one length": flat,
    "a head over five stretches": lambda: plain(
        head=[nn.AdaptiveMaxPool1d(5), nn.Flatten(), nn.Tanh(), nn.Linear(40, 3)]
    ),
    "a later norm over the whole clip": lambda: plain(
        middle=[nn.GroupNorm(1, 8), nn.Conv1d(8, 8, 3)]
    ),
}
WHOLE = {
    "a norm over the whole clip": lambda: nn.Sequential(nn.GroupNorm(1, 1), plain()),
    "a path around": Around,
    "cells that hear most of the clip": lambda: plain(kernel=3000),
}


class Counting(nn.Module):
    """Notes how many samples it was given."""

    def __init__(self, network):
        super().__init__()
        self.network, self.given = network, []

    def forward(self, x):
        self.given.append(x.shape[0] * x.shape[-1])
        return self.network(x)


def sounds(clip):
    """The clip without one stretch after another, from its first sample to its last."""
    for start in (*range(0, N - 300, 271), N - 300):
        changed = clip.copy()
        changed[start : start + 300] *= 0.1
        yield changed
    yield clip.copy()


def measured(audio_model, network):
    """Scores of all sounds, run whole and locally, and the samples that this took."""
    clip = np.random.default_rng(0).normal(size=N)
    network(torch.zeros(2, 1, N))  # lazy layers
    counting = Counting(network.eval())
    model, waveforms = audio_model(counting), clip[None].astype(np.float32)
    clip = waveforms[0].astype(np.float64)
    with differentiable_scores(model, waveforms, np.array([1])) as scores:
        whole = scored(scores, 0, sounds(clip))
        counting.given.clear()
        local = scored_locally(scores, 0, sounds(clip))
        return whole, local, sum(counting.given)


@pytest.mark.parametrize("name", NETWORKS)
def test_they_are_those_of_the_whole_sounds_from_a_part_of_the_samples(audio_model, name):
    whole, local, n_samples = measured(audio_model, NETWORKS[name]())

    np.testing.assert_allclose(local, whole, rtol=1e-4, atol=1e-6)
    assert np.ptp(whole) > 1e-3
    assert n_samples < 0.35 * len(whole) * N


@pytest.mark.parametrize("name", WHOLE)
def test_where_more_changes_the_whole_sounds_are_run(audio_model, name):
    whole, local, n_samples = measured(audio_model, WHOLE[name]())

    np.testing.assert_allclose(local, whole, rtol=1e-5)
    assert n_samples >= len(whole) * N
