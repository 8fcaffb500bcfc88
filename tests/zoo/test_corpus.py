"""Data that cannot be trained on is refused before training begins."""

import shutil
from pathlib import Path

import pytest
import soundfile
import torch

from cnnviz.audio import Clips
from cnnviz.datasets import read_clips
from cnnviz.errors import AudioError, CnnvizError, ParameterError
from tests.zoo import tones
from zoo.corpus import read_corpus


def _clips(folder: Path) -> Clips:
    return read_clips(folder, sample_rate=tones.RATE, n_samples=tones.RATE)


def test_splits_follow_the_lists(tmp_path: Path) -> None:
    corpus = read_corpus(_clips(tones.write(tmp_path / "tones")))

    assert corpus.name == "tones"
    assert corpus.class_names == ("high", "low", "middle")
    assert [len(part) for part in (corpus.train, corpus.validation, corpus.test)] == [12, 3, 3]


def test_clips_that_change_their_split_are_another_corpus(tmp_path: Path) -> None:
    folder = tones.write(tmp_path / "tones")
    before = read_corpus(_clips(folder)).digest

    train, test = folder / "train.txt", folder / "test.txt"
    swapped = test.read_text(), train.read_text()
    train.write_text(swapped[0])
    test.write_text(swapped[1])

    assert read_corpus(_clips(folder)).digest != before


def test_waveforms_are_the_files_in_int16(tmp_path: Path) -> None:
    folder = tones.write(tmp_path / "tones")

    corpus = read_corpus(_clips(folder))

    expected, _ = soundfile.read(folder / "high" / "5.wav", dtype="int16")
    assert corpus.test.waveforms.dtype == torch.int16
    assert (corpus.test.waveforms[0] - torch.from_numpy(expected)).abs().max() <= 1


def test_one_class_is_refused(tmp_path: Path) -> None:
    folder = tones.write(tmp_path / "tones")
    for name in ("low", "middle"):
        shutil.rmtree(folder / name)
    for path in folder.glob("*.txt"):
        lines = [line for line in path.read_text().splitlines() if line.startswith("high")]
        path.write_text("\n".join(lines) + "\n")

    with pytest.raises(ParameterError, match="has n_classes=1; allowed: two or more"):
        read_corpus(_clips(folder))


def test_missing_split_is_refused(tmp_path: Path) -> None:
    folder = tones.write(tmp_path / "tones")
    (folder / "validation.txt").write_text("")
    text = r"has no validation clips; allowed: .*; add train.txt"

    with pytest.raises(ParameterError, match=text):
        read_corpus(_clips(folder))


def test_class_without_training_clips_is_refused(tmp_path: Path) -> None:
    folder = tones.write(tmp_path / "tones")
    train = folder / "train.txt"
    train.write_text("\n".join(p for p in train.read_text().split() if "low" not in p) + "\n")

    with pytest.raises(ParameterError, match="class 'low' has no training clip"):
        read_corpus(_clips(folder))


def test_unreadable_clip_is_refused_with_its_path(tmp_path: Path) -> None:
    folder = tones.write(tmp_path / "tones")
    (folder / "low" / "3.wav").write_bytes(b"no sound at all")

    with pytest.raises(CnnvizError, match=r"low/3\.wav"):
        read_corpus(_clips(folder))


def test_clip_at_a_lower_rate_is_refused(tmp_path: Path) -> None:
    folder = tones.write(tmp_path / "tones")
    soundfile.write(folder / "low" / "3.wav", [0.1] * 8_000, 8_000)
    text = r"low/3\.wav has sample_rate=8000; allowed: 16000 Hz or more"

    with pytest.raises(AudioError, match=text):
        read_corpus(_clips(folder))


def test_voices_of_the_training_in_the_test_are_remarked_on(tmp_path: Path) -> None:
    for digit in "01":
        names = [f"{digit}_anna_{i}.wav" for i in range(30)] + [f"{digit}_ben_0.wav"]
        for name in names:
            soundfile.write(tmp_path / name, [0.25] * 100, tones.RATE)

    remarks = read_corpus(_clips(tmp_path)).remarks

    assert (
        "1 of the 2 speakers of the test clips are speakers of training clips: how it hears new "
        "voices is not known."
    ) in remarks
