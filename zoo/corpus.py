"""Clips for training, decoded once and kept as int16 in memory."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import torch
from torch import Tensor

from cnnviz.audio import Clips
from cnnviz.errors import AudioError, ParameterError

SPLITS = ("train", "validation", "test")
_FULL_SCALE = 32_767


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """One part of a corpus.

    Parameters
    ----------
    waveforms
        int16 (clip, time).
    labels
        Class index, int64 (clip,).
    """

    waveforms: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, kw_only=True, slots=True)
class Corpus:
    """Training, validation and test clips of one data folder.

    Parameters
    ----------
    name
        Name of the folder.
    digest
        SHA-256 over the names of the clips.
    class_names
        In order of the labels.
    train, validation, test
        Its parts, which share no clip.
    """

    name: str
    digest: str
    class_names: tuple[str, ...]
    train: Split
    validation: Split
    test: Split


def read_corpus(clips: Clips) -> Corpus:
    """Decode all clips of a data folder and check that a network can be trained on them.

    Parameters
    ----------
    clips
        With a sample rate, a length and a split for every clip.

    Raises
    ------
    AudioError
        If a clip cannot be decoded or is slower than the network's rate.
    ParameterError
        If there are fewer than two classes, or a split is empty.
    """
    _check_clips(clips)
    parts = {name: _decode(clips, name) for name in SPLITS}
    return Corpus(
        name=clips.folder.resolve().name,
        digest=clips.digest,
        class_names=clips.class_names,
        **parts,
    )


def to_float(waveforms: Tensor) -> Tensor:
    """int16 (clip, time) to float32 of full scale 1."""
    return waveforms.float() / _FULL_SCALE


def _check_clips(clips: Clips) -> None:
    if clips.skipped:
        raise AudioError(
            f"data={clips.folder} holds {len(clips.skipped)} clips that cannot be used, "
            f"the first: {clips.skipped[0]}; training takes whole folders only; "
            "mend or remove them"
        )
    if len(clips.class_names) < 2:
        raise ParameterError(
            f"data={clips.folder} has n_classes={len(clips.class_names)}; allowed: two or more; "
            "give a folder that holds one folder per class"
        )
    counts = {split: clips.splits.count(split) for split in SPLITS}
    empty = [split for split, count in counts.items() if count == 0]
    if empty:
        raise ParameterError(
            f"data={clips.folder} has no {empty[0]} clips; allowed: at least one in each of "
            f"{', '.join(SPLITS)}; add train.txt, validation.txt and test.txt, one path per line"
        )
    absent = set(range(len(clips.class_names))) - _labels_of(clips, "train")
    if absent:
        raise ParameterError(
            f"class {clips.class_names[min(absent)]!r} has no training clip in "
            f"data={clips.folder}; add some to train.txt, or remove the class"
        )


def _labels_of(clips: Clips, split: str) -> set[int]:
    pairs = zip(clips.labels.tolist(), clips.splits, strict=True)
    return {label for label, own in pairs if own == split}


def _decode(clips: Clips, split: str) -> Split:
    part = clips.take(np.flatnonzero(np.array(clips.splits) == split))
    waveforms = np.empty((len(part), part.n_samples or 0), np.int16)  # (clip, time)
    for i, path in enumerate(part.paths):
        waveforms[i] = np.rint(np.clip(part.waveform(i), -1, 1) * _FULL_SCALE)
        _check_rate(path, part)
    labels = torch.from_numpy(part.labels.astype(np.int64))
    return Split(waveforms=torch.from_numpy(waveforms), labels=labels)


def _check_rate(path: Path, clips: Clips) -> None:
    rate = soundfile.info(path).samplerate
    if rate < (clips.sample_rate or 0):
        raise AudioError(
            f"{path} has sample_rate={rate}; allowed: {clips.sample_rate} Hz or more, the rate of "
            "the network, whose upper band would stay empty; give clips of that rate"
        )
