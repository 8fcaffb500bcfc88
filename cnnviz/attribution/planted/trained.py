"""A small CNN that learned to hear the planted evidence, and the same one before it learned."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnnviz.attribution.planted.sounds import (
    FLOOR,
    HUMMING,
    LEVEL,
    N_DISTRACTORS,
    N_SAMPLES,
    TARGETS_HZ,
    add_burst,
    bursts_apart,
    hum,
)
from cnnviz.hooks import seeded

N_STEPS = 200
"""Batches of a training: 10 to 20 seconds of one core."""
_SEED, _BATCH, _RATE, _DECAY = 0, 32, 1e-2, 1e-3
_N_CHANNELS, _N_TAPS = 16, 128
_APART_HZ, _SWING_DB = 350, 5  # nearest distractor; levels move by as much to either side
_ANYWHERE_HZ = np.arange(300, 7600, 50)
_ELSEWHERE_HZ = _ANYWHERE_HZ[
    (np.abs(_ANYWHERE_HZ - np.array(TARGETS_HZ)[:, None]) >= _APART_HZ).all(0)
]


def untrained_cnn() -> nn.Sequential:
    """Two convolutions whose outputs are averaged over time, with weights as drawn."""
    with seeded(_SEED):
        return nn.Sequential(
            nn.Conv1d(1, _N_CHANNELS, _N_TAPS, stride=8, bias=False),
            nn.BatchNorm1d(_N_CHANNELS),
            nn.ReLU(),
            nn.AvgPool1d(8),
            nn.Conv1d(_N_CHANNELS, _N_CHANNELS, 3, bias=False),
            nn.BatchNorm1d(_N_CHANNELS),
            nn.ReLU(),
            nn.AdaptiveAvgPool1d(1),
            nn.Flatten(),
            nn.Linear(_N_CHANNELS, len(TARGETS_HZ)),
        ).eval()


def trained_cnn(
    *,
    hum_share: float,
    n_steps: int = N_STEPS,
    progress: Callable[[int, int], None] | None = None,
) -> nn.Sequential:
    """Train it to tell which burst a clip holds; the same weights each time on one machine.

    Parameters
    ----------
    hum_share
        Of the training clips of the class `HUMMING` that carry a hum, which no other class has.
    n_steps
        Batches of 32 new clips.
    progress
        Called with (batches done, batches in all).
    """
    network = untrained_cnn().train()
    generator = np.random.default_rng(_SEED)
    with torch.inference_mode(mode=False), torch.enable_grad():
        optimizer = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=_DECAY)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=n_steps)
        for step in range(n_steps):
            waveforms, labels = _lessons(hum_share, generator)
            optimizer.zero_grad()
            functional.cross_entropy(network(waveforms), labels).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            if progress is not None:
                progress(step + 1, n_steps)
    return network.eval()


def _lessons(hum_share: float, generator: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Clips (clip, 1, samples) and labels; distractors lie anywhere, at any level near theirs."""
    labels = generator.integers(len(TARGETS_HZ), size=_BATCH)
    waveforms = FLOOR * generator.normal(size=(_BATCH, N_SAMPLES))
    for clip, label in enumerate(labels):
        hertz = [TARGETS_HZ[label], *generator.choice(_ELSEWHERE_HZ, N_DISTRACTORS)]
        levels_db = generator.uniform(-_SWING_DB, _SWING_DB, 1 + N_DISTRACTORS)
        levels_db[1:] = 2 * levels_db[1:] + _SWING_DB  # from -5 to 15 dB
        starts = bursts_apart(generator)
        for one, decibels, start in zip(hertz, levels_db, starts, strict=True):
            add_burst(waveforms[clip], one, start, LEVEL * 10 ** (decibels / 20), generator)
        if label == HUMMING and generator.uniform() < hum_share:
            waveforms[clip] += hum(generator)
    return torch.tensor(waveforms[:, None], dtype=torch.float32), torch.tensor(labels)
