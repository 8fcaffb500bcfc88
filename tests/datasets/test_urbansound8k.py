"""UrbanSound8K: its table and its folds."""

import csv

import pytest
from corpora import rows, sound

from cnnviz.datasets import read_clips
from cnnviz.errors import AudioError

HEAD = "slice_file_name,fsID,start,end,salience,fold,classID,class_name\n"


def table(folder, text):
    (folder / "metadata").mkdir()
    (folder / "metadata/UrbanSound8K.csv").write_text(text, "utf-8")


def test_classes_stand_in_the_order_of_their_numbers(tmp_path):
    sound(tmp_path / "audio/fold2/b.wav", seconds=1.0)
    sound(tmp_path / "audio/fold10/a.wav", seconds=1.0)
    table(tmp_path, HEAD + "b.wav,1,2.0,2.4,1,2,9,siren\na.wav,2,0,4,1,10,10,bell\n")

    clips = read_clips(tmp_path)

    assert rows(clips) == [
        ("audio/fold2/b.wav", "siren", "fold2"),
        ("audio/fold10/a.wav", "bell", "fold10"),
    ]
    assert clips.class_names == ("siren", "bell")
    assert clips.groups == ("1", "2")
    assert len(clips.waveform(0)) == 3_200  # end - start, not the second of the file
    assert len(clips.waveform(1)) == 8_000  # the file is shorter than its row says


@pytest.mark.data
def test_durations_are_those_of_the_table(data):
    folder = data / "urbansound8k_mini"
    with (folder / "metadata/UrbanSound8K.csv").open() as file:
        spans = [float(row["end"]) - float(row["start"]) for row in csv.DictReader(file)]

    clips = read_clips(folder).screened()

    assert clips.durations == pytest.approx(spans, abs=1 / 22_050)
    assert sorted(set(clips.splits)) == ["fold1", "fold10", "fold2"]


def test_a_fold_that_was_not_downloaded_is_no_damage(tmp_path):
    rows_of_fold_1 = "".join(f"{i}.wav,1,0,1,1,1,0,bell\n" for i in range(20))
    table(tmp_path, HEAD + rows_of_fold_1 + "x.wav,1,0,1,1,2,0,bell\n")
    for i in range(19):
        sound(tmp_path / f"audio/fold1/{i}.wav")

    assert read_clips(tmp_path).skipped == ("fold1/19.wav: does not exist",)


def test_a_damaged_table_is_named(tmp_path):
    table(tmp_path, "file,label\na.wav,x\n")

    with pytest.raises(AudioError, match=r"UrbanSound8K\.csv cannot be read \(KeyError"):
        read_clips(tmp_path)
