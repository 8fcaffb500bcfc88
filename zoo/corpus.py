"""Clips for training, decoded once and kept as int16 in memory."""

import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import soundfile
import torch
from torch import Tensor

from cnnviz.audio import Clips
from cnnviz.errors import AudioError, ParameterError

from .held_out import hold_out

SPLITS = ("train", "validation", "test")
_FOLD = re.compile(r"fold\d+")
_FULL_SCALE = 32_767
_MOST_SLOW = 0.02  # share of clips below the rate of the network that stops a training


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """One part of a corpus.

    Parameters
    ----------
    waveforms
        int16 (clip, time).
    labels
        Class index, int64 (clip,).
    groups
        Speaker or recording of each clip, ``""`` where the corpus does not say.
    """

    waveforms: Tensor
    labels: Tensor
    groups: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, index: Tensor) -> Self:
        """The clips at these positions."""
        groups = np.array(self.groups or ("",) * len(self))[index.numpy()]
        return replace(
            self,
            waveforms=self.waveforms[index],
            labels=self.labels[index],
            groups=tuple(groups.tolist()),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Corpus:
    """Training, validation and test clips of one data folder.

    Parameters
    ----------
    name
        Name of the folder.
    digest
        SHA-256 over the clips and their splits, see `digest_of`.
    class_names
        In order of the labels.
    train, validation, test
        Its parts, which share no clip. A corpus of folds has all its clips in `train`.
    folds
        Fold of each clip of `train` when the corpus comes in folds, else empty.
    remarks
        What was done to the clips or their splits, in sentences for people.
    """

    name: str
    digest: str
    class_names: tuple[str, ...]
    train: Split
    validation: Split
    test: Split
    folds: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def fold_names(self) -> tuple[str, ...]:
        """Names of the folds in the order of their numbers."""
        return tuple(sorted(set(self.folds), key=lambda name: int(name.removeprefix("fold"))))

    def describe(self) -> str:
        """One line: how many clips are for what, and what was done to them."""
        n_clips = sum(len(getattr(self, split)) for split in SPLITS)
        parts = [f"{len(getattr(self, split)):,} {split}" for split in SPLITS]
        if self.folds:
            parts = [f"{len(self.fold_names)} folds"]
        remarks = f" ({' '.join(self.remarks)})" if self.remarks else ""
        return f"{n_clips:,} clips of {len(self.class_names)} classes: {', '.join(parts)}{remarks}"

    def holding_out(self, fold: str) -> Self:
        """The same corpus with one fold for the test and the others for training."""
        others = torch.tensor([clip_fold != fold for clip_fold in self.folds])
        return replace(
            self,
            name=f"{self.name}/{fold}",
            train=self.train.take(others),
            test=self.fold(fold),
            folds=(),
        )

    def fold(self, fold: str) -> Split:
        """The clips of one fold."""
        return self.train.take(torch.tensor([clip_fold == fold for clip_fold in self.folds]))

    @property
    def in_order_of_folds(self) -> Split:
        """The clips of all folds, one fold after the other."""
        order = sorted(range(len(self.folds)), key=lambda i: self.fold_names.index(self.folds[i]))
        return self.train.take(torch.tensor(order))


def digest_of(clips: Clips) -> str:
    """SHA-256 over what a training depends on: names, excerpts, labels, rate, length, splits."""
    return hashlib.sha256("\0".join((clips.digest, *clips.splits)).encode()).hexdigest()


def is_in_folds(clips: Clips) -> bool:
    """Whether a corpus comes in folds (``"fold1"`` ...), each the test of another training."""
    return all(_FOLD.fullmatch(split) for split in clips.splits)


def read_corpus(clips: Clips) -> Corpus:
    """Decode all clips of a data folder and check that a network can be trained on them.

    Parameters
    ----------
    clips
        With a sample rate, a length and a split for every clip. Folds (``"fold1"`` ...) stay
        folds; where there is no validation clip, a tenth of the training clips becomes it.

    Raises
    ------
    AudioError
        If a clip cannot be decoded, or too many are slower than the network's rate.
    ParameterError
        If there are fewer than two classes, or a split is empty.
    """
    _check_usable(clips)
    remarks, digest = _rate_remarks(clips), digest_of(clips)
    if is_in_folds(clips):
        return _read_folds(clips, remarks)
    if "validation" not in clips.splits:
        clips, remark = hold_out(clips)
        remarks += (remark,)
    _check_splits(clips)
    remarks += _speaker_remarks(clips)
    train, validation, test = (_decode(clips, np.array(clips.splits) == name) for name in SPLITS)
    return Corpus(
        name=clips.folder.resolve().name,
        digest=digest,
        class_names=clips.class_names,
        train=train,
        validation=validation,
        test=test,
        remarks=remarks,
    )


def to_float(waveforms: Tensor) -> Tensor:
    """int16 (clip, time) to float32 of full scale 1."""
    return waveforms.float() / _FULL_SCALE


def _read_folds(clips: Clips, remarks: tuple[str, ...]) -> Corpus:
    whole = _decode(clips, np.ones(len(clips), bool))
    nothing = whole.take(torch.arange(0))
    corpus = Corpus(
        name=clips.folder.resolve().name,
        digest=digest_of(clips),
        class_names=clips.class_names,
        train=whole,
        validation=nothing,
        test=nothing,
        folds=clips.splits,
        remarks=remarks,
    )
    if len(corpus.fold_names) < 2:
        raise ParameterError(
            f"data={clips.folder} has {corpus.fold_names[0]} alone; allowed: two folds or more, "
            "one for the test and the others for training; add the other folds"
        )
    for fold in corpus.fold_names:
        _check_classes(clips, {name for name in corpus.fold_names if name != fold})
    return corpus


def _check_usable(clips: Clips) -> None:
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


def _check_splits(clips: Clips) -> None:
    empty = [split for split in SPLITS if split not in clips.splits]
    if empty:
        raise ParameterError(
            f"data={clips.folder} has no {empty[0]} clips; allowed: at least one in each of "
            f"{', '.join(SPLITS)}; add train.txt, validation.txt and test.txt, one path per line, "
            "or split by the speaker with --split-by-speaker where the corpus names them"
        )
    _check_classes(clips, {"train"})


def _check_classes(clips: Clips, splits: set[str]) -> None:
    """Every class needs a clip in at least one of these splits."""
    pairs = zip(clips.labels.tolist(), clips.splits, strict=True)
    absent = set(range(len(clips.class_names))) - {label for label, own in pairs if own in splits}
    if absent:
        raise ParameterError(
            f"class {clips.class_names[min(absent)]!r} has no training clip in "
            f"data={clips.folder} ({', '.join(sorted(splits))}); add some, or remove the class"
        )


def _decode(clips: Clips, index: np.ndarray) -> Split:
    part = clips.take(index)
    waveforms = np.empty((len(part), part.n_samples or 0), np.int16)  # (clip, time)
    for i in range(len(part)):
        waveforms[i] = np.rint(np.clip(part.waveform(i), -1, 1) * _FULL_SCALE)
    labels = torch.from_numpy(part.labels.astype(np.int64))
    return Split(waveforms=torch.from_numpy(waveforms), labels=labels, groups=part.groups)


def _rate_remarks(clips: Clips) -> tuple[str, ...]:
    """Refuse clips below the rate of the network; a few in a large corpus are remarked on."""
    lowest = clips.sample_rate or 0
    slow = [path for path in clips.paths if _rate(path) < lowest]
    if len(slow) > _MOST_SLOW * len(clips):
        raise AudioError(
            f"{slow[0]} has sample_rate={_rate(slow[0]):.0f}; allowed: {lowest} Hz or more, the "
            "rate of the network, whose upper band would stay empty; give clips of that rate"
        )
    if not slow:
        return ()
    return (
        f"{len(slow)} of {len(clips)} clips were recorded below {lowest} Hz; their upper band "
        "is empty.",
    )


def _speaker_remarks(clips: Clips) -> tuple[str, ...]:
    """Say when the test asks for voices that were trained on."""
    voices = {
        split: {note for note, own in zip(clips.notes, clips.splits, strict=True) if own == split}
        for split in ("train", "test")
    }
    shared = {note for note in voices["test"] & voices["train"] if note.startswith("speaker ")}
    if not shared:
        return ()
    return (
        f"{len(shared)} of the {len(voices['test'])} speakers of the test clips are speakers of "
        "training clips: how it hears new voices is not known.",
    )


def _rate(path: Path) -> float:
    """Hz by the header; infinite where it cannot be read, which decoding reports."""
    try:
        return float(soundfile.info(path).samplerate)
    except soundfile.SoundFileError:
        return float("inf")
