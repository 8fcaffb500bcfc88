"""A corpus that any network learns: each class is a tone of its own."""

from pathlib import Path

import numpy as np
import soundfile
import torch

from zoo.corpus import Corpus, Split

RATE = 16_000
FREQUENCIES = {"high": 3000.0, "low": 300.0, "middle": 1000.0}  # Hz


def corpus(n_train: int = 24, n_other: int = 6) -> Corpus:
    """Tones with random phase and level, in memory."""
    generator = np.random.default_rng(0)
    return Corpus(
        name="tones",
        digest="0" * 64,
        class_names=tuple(FREQUENCIES),
        train=_split(n_train, generator),
        validation=_split(n_other, generator),
        test=_split(n_other, generator),
    )


def write(folder: Path, n_clips: int = 6) -> Path:
    """The same as files: one folder per class and three lists."""
    generator = np.random.default_rng(0)
    lists: dict[str, list[str]] = {"train": [], "validation": [], "test": []}
    for name, frequency in FREQUENCIES.items():
        (folder / name).mkdir(parents=True)
        for i in range(n_clips):
            soundfile.write(folder / name / f"{i}.wav", _tone(frequency, generator), RATE)
            split = ("train", "train", "train", "train", "validation", "test")[i % 6]
            lists[split].append(f"{name}/{i}.wav")
    for split, paths in lists.items():
        (folder / f"{split}.txt").write_text("\n".join(paths) + "\n")
    return folder


def _tone(frequency: float, generator: np.random.Generator) -> np.ndarray:
    phase, level = generator.uniform(0, 2 * np.pi), generator.uniform(0.2, 0.8)
    noise = 0.01 * generator.standard_normal(RATE)
    return level * np.sin(2 * np.pi * frequency * np.arange(RATE) / RATE + phase) + noise


def _split(n_clips: int, generator: np.random.Generator) -> Split:
    labels = np.arange(n_clips) % len(FREQUENCIES)
    frequencies = list(FREQUENCIES.values())
    tones = np.stack([_tone(frequencies[label], generator) for label in labels])
    return Split(
        waveforms=torch.from_numpy((tones * 32_767).astype(np.int16)),
        labels=torch.from_numpy(labels),
    )
