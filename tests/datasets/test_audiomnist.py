"""AudioMNIST: one folder per speaker."""

import pytest
from corpora import rows, sound

from cnnviz.datasets import audiomnist, read_clips


def test_digit_and_speaker_are_in_the_name_and_speakers_make_the_splits(tmp_path):
    for name in ("01/7_01_3.wav", "26/0_26_12.wav", "04/9_04_0.wav"):
        sound(tmp_path / "data" / name)
    (tmp_path / "data/audioMNIST_meta.txt").write_text("{}", "utf-8")

    clips = read_clips(tmp_path)

    assert rows(clips) == [
        ("data/01/7_01_3.wav", "7", "train"),
        ("data/04/9_04_0.wav", "9", "validation"),
        ("data/26/0_26_12.wav", "0", "test"),
    ]
    assert clips.notes == ("speaker 01", "speaker 04", "speaker 26")
    assert clips.groups == ("01", "04", "26")


@pytest.mark.parametrize("folder", ["", "data"])
def test_it_takes_the_speakers_folder_or_the_one_above_and_no_other_layout_fits(tmp_path, folder):
    sound(tmp_path / "data/01/7_01_3.wav")

    assert read_clips(tmp_path / folder).describe().endswith("(layout: audiomnist)")


def test_the_sixty_speakers_are_split_as_by_the_authors(tmp_path):
    for number in range(1, 61):
        sound(tmp_path / f"data/{number:02}/0_{number:02}_0.wav", seconds=0.01)

    splits = read_clips(tmp_path).splits

    counts = [splits.count(name) for name in ("train", "validation", "test")]
    assert counts == [36, 12, 12]


def test_a_name_with_another_speaker_is_left_out_and_said(tmp_path):
    sound(tmp_path / "01/7_01_3.wav")
    sound(tmp_path / "01/7_02_3.wav")

    clips = read_clips(tmp_path, layout="audiomnist")

    assert clips.names == ("01/7_01_3.wav",)
    assert clips.remarks == ("files left out for their names: 1",)


def test_numbered_folders_of_other_sounds_are_plain_folders(tmp_path):
    sound(tmp_path / "01/hello.wav")

    assert not audiomnist.matches(tmp_path)
    assert read_clips(tmp_path).layout == "folders"
