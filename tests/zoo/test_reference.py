"""The network of the demo learned its first layer, and hears what it claims to hear.

The first two are computed here from the shipped files with numpy alone.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

import zoo
from cnnviz.datasets import read_clips
from zoo.weights import CHECKPOINTS

NAME = zoo.REFERENCE
LEVEL, N_TWINS = 0.05, 20


def _kernels(suffix: str) -> np.ndarray:
    """Of the first layer, (filter, tap)."""
    weights = load_file(CHECKPOINTS / f"{NAME}{suffix}.safetensors")["conv1.weight"]
    return weights[:, 0].astype(np.float64)


def _flatness(kernels: np.ndarray) -> np.ndarray:
    """Geometric over arithmetic mean of the power spectrum; low where it has a peak, (filter,)."""
    powers = np.abs(np.fft.rfft(kernels, 4096)) ** 2
    return np.exp(np.log(powers).mean(axis=1)) / powers.mean(axis=1)


def test_at_least_four_in_five_kernels_are_peakier_than_those_of_its_twins() -> None:
    trained, generator = _kernels(""), np.random.default_rng(0)
    deviation = np.sqrt(2 / trained.shape[1])  # He's initialiser for one input channel
    twins = [generator.normal(0, deviation, trained.shape) for _ in range(N_TWINS)]

    limit = np.quantile(np.concatenate([_flatness(twin) for twin in twins]), LEVEL)

    assert trained.shape[0] >= 64
    assert trained.shape[1] >= 64
    assert (_flatness(trained) < limit).mean() >= 0.8
    # the kernels it started from are such a twin
    assert (_flatness(_kernels(".init")) < limit).mean() <= 4 * LEVEL


def test_little_is_left_of_the_kernels_it_started_from() -> None:
    trained, initial = _kernels(""), _kernels(".init")

    norms = np.linalg.norm(trained, axis=1) * np.linalg.norm(initial, axis=1)
    cosines = np.abs((trained * initial).sum(axis=1)) / norms

    assert np.median(cosines) <= 0.4


def test_card_says_that_it_hears_nine_words_in_ten() -> None:
    card = json.loads((CHECKPOINTS / f"{NAME}.json").read_text())
    confusion = np.array(card["test"]["confusion"])

    assert (card["data"], confusion.sum()) == ("kws12", 790)
    assert np.trace(confusion) / confusion.sum() >= 0.91
    assert card["recipe"]["seed"] == 0


@pytest.mark.data
def test_weights_score_on_the_test_split_as_the_card_says(data: Path) -> None:
    clips = read_clips(data / "kws12", sample_rate=16_000, n_samples=16_000)
    test = clips.take(np.array([split == "test" for split in clips.splits]))
    card = json.loads((CHECKPOINTS / f"{NAME}.json").read_text())
    model = zoo.load(NAME)

    with torch.no_grad():
        waveforms = torch.from_numpy(np.stack([test.waveform(i) for i in range(len(test))]))
        predicted = torch.cat([model.scores(part).argmax(dim=1) for part in waveforms.split(64)])

    accuracy = (predicted.numpy() == test.labels).mean()
    assert accuracy == pytest.approx(card["test"]["accuracy"], abs=1.5 / 790)
