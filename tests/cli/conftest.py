"""A tiny network in a file, and a folder of tones: what a user brings."""

import numpy as np
import pytest
import soundfile

RATE = 8000
NETWORK = """
import torch
from torch import nn


def build():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv1d(1, 6, 32, stride=4), nn.BatchNorm1d(6), nn.ReLU(), nn.MaxPool1d(4),
        nn.Conv1d(6, 5, 8), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(5, 2),
    )
"""


@pytest.fixture(scope="session")
def brought(tmp_path_factory):
    """Folder with ``mynet.py`` and ``clips/{high,low}/*.wav``, half a second each at 8 kHz."""
    folder = tmp_path_factory.mktemp("brought")
    (folder / "mynet.py").write_text(NETWORK)
    generator = np.random.default_rng(0)
    times = np.arange(RATE // 2) / RATE
    for name, frequency in (("high", 2000), ("low", 300)):
        (folder / "clips" / name).mkdir(parents=True)
        for index in range(6):
            tone = 0.3 * np.sin(2 * np.pi * (frequency + 20 * index) * times)
            noise = 0.01 * generator.normal(size=tone.shape)
            soundfile.write(folder / "clips" / name / f"{index}.wav", tone + noise, RATE)
    return folder
