"""ESC-50: its table and its folds."""

import pytest
from corpora import rows, sound

from cnnviz.datasets import read_clips
from cnnviz.errors import AudioError

HEAD = "filename,fold,target,category,esc10,src_file,take\n"


def table(folder, text):
    (folder / "meta").mkdir()
    (folder / "meta/esc50.csv").write_text(HEAD + text, "utf-8")


def test_folds_are_splits_and_classes_stand_in_the_order_of_their_numbers(tmp_path):
    sound(tmp_path / "audio/1-100032-A-0.wav")
    sound(tmp_path / "audio/5-9032-A-14.wav")
    table(
        tmp_path,
        "5-9032-A-14.wav,5,14,chirping_birds,False,9032,A\n"
        "1-100032-A-0.wav,1,0,dog,True,100032,A\n",
    )

    clips = read_clips(tmp_path)

    assert rows(clips) == [
        ("audio/5-9032-A-14.wav", "chirping_birds", "fold5"),
        ("audio/1-100032-A-0.wav", "dog", "fold1"),
    ]
    assert clips.class_names == ("dog", "chirping_birds")
    assert clips.notes == ("freesound 9032", "freesound 100032")
    assert clips.groups == ("9032", "100032")


def test_the_layout_is_recognised_and_no_other_fits(tmp_path):
    sound(tmp_path / "audio/1-100032-A-0.wav")
    table(tmp_path, "1-100032-A-0.wav,1,0,dog,True,100032,A\n")

    assert read_clips(tmp_path).describe().endswith("(layout: esc50)")


def test_a_listed_file_that_is_missing_is_skipped_and_said(tmp_path):
    names = [f"1-{i}-A-0.wav" for i in range(20)]
    for name in names[1:]:
        sound(tmp_path / "audio" / name)
    table(tmp_path, "".join(f"{name},1,0,dog,True,{i},A\n" for i, name in enumerate(names)))

    assert read_clips(tmp_path).skipped == ("1-0-A-0.wav: does not exist",)


def test_a_damaged_table_is_named(tmp_path):
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta/esc50.csv").write_text("file,label\na.wav,x\n", "utf-8")

    with pytest.raises(AudioError, match=r"esc50\.csv cannot be read \(KeyError"):
        read_clips(tmp_path)
