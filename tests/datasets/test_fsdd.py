"""Free Spoken Digit Dataset."""

import pytest
from corpora import rows, sound

from cnnviz.datasets import read_clips


def test_digit_speaker_and_index_are_in_the_name(tmp_path):
    for name in ("7_anna_4.wav", "7_anna_5.wav", "0_ben_12.wav"):
        sound(tmp_path / "recordings" / name)

    clips = read_clips(tmp_path)

    assert rows(clips) == [
        ("recordings/0_ben_12.wav", "0", "train"),
        ("recordings/7_anna_4.wav", "7", "test"),
        ("recordings/7_anna_5.wav", "7", "train"),
    ]
    assert clips.notes == ("speaker ben", "speaker anna", "speaker anna")
    assert clips.groups == ("ben", "anna", "anna")


def test_other_names_are_left_out_and_said(tmp_path):
    sound(tmp_path / "1_anna_0.wav")
    sound(tmp_path / "hello.wav")

    assert read_clips(tmp_path, layout="fsdd").remarks == ("files left out for their names: 1",)


@pytest.mark.data
def test_the_official_test_split_has_300_clips(data):
    clips = read_clips(data / "fsdd")

    assert clips.splits.count("test") == 300
    assert clips.class_names == tuple("0123456789")
