"""Validation clips for a corpus that names none."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnviz.audio import Clips
from cnnviz.datasets import read_clips
from zoo.corpus import read_corpus
from zoo.held_out import hold_out


def _clips(names: list[str], labels: list[int], notes: list[str] | None = None) -> Clips:
    n_clips = len(names)
    return Clips(
        folder=Path("corpus"),
        paths=tuple(Path("corpus", name) for name in names),
        labels=np.array(labels),
        class_names=("no", "yes"),
        splits=("train",) * n_clips,
        starts=np.zeros(n_clips),
        stops=np.full(n_clips, np.nan),
        notes=tuple(notes or [""] * n_clips),
    )


def _chosen(clips: Clips) -> list[str]:
    return [n for n, s in zip(clips.names, clips.splits, strict=True) if s == "validation"]


def test_first_tenth_of_each_class_is_taken_in_natural_order() -> None:
    names = [f"no_{i}.wav" for i in range(20)] + [f"yes_{i}.wav" for i in range(10)]

    held, remark = hold_out(_clips(names[::-1], [1] * 10 + [0] * 20))

    assert sorted(_chosen(held)) == ["no_0.wav", "no_1.wav", "yes_0.wav"]
    assert "3 of its 30 training clips" in remark


def test_notes_that_are_all_different_do_not_count() -> None:
    names = [f"no_{i}.wav" for i in range(20)]

    held, remark = hold_out(_clips(names, [0] * 20, [f"take {i}" for i in range(20)]))

    assert _chosen(held) == ["no_0.wav", "no_1.wav"]
    assert "first tenth of each class in" in remark


def test_test_clips_are_never_taken() -> None:
    names = [f"no_{i}.wav" for i in range(20)]
    clips = replace(_clips(names, [0] * 20), splits=("test",) * 10 + ("train",) * 10)

    held, _ = hold_out(clips)

    assert _chosen(held) == ["no_10.wav"]
    assert held.splits[:10] == ("test",) * 10


@pytest.mark.data
def test_digits_give_recordings_5_to_9_of_each_speaker(data: Path) -> None:
    clips = read_clips(data / "fsdd", sample_rate=8_000, n_samples=8_000)

    held, _ = hold_out(clips)

    indices = [int(name.rpartition("_")[2].removesuffix(".wav")) for name in _chosen(held)]
    assert sorted(set(indices)) == [5, 6, 7, 8, 9]
    assert len(indices) == 300  # 10 digits x 6 speakers x 5


@pytest.mark.data
def test_digits_can_be_trained_on(data: Path) -> None:
    corpus = read_corpus(read_clips(data / "fsdd", sample_rate=8_000, n_samples=8_000))

    assert [len(part) for part in (corpus.train, corpus.validation, corpus.test)] == [
        *(2_400, 300, 300)
    ]
    assert corpus.remarks[0].startswith("The corpus names no validation clips: 300 of its 2700")
