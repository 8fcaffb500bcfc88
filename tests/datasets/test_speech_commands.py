"""Speech Commands: words, splits, silence."""

import pytest
from corpora import rows, sound

from cnnviz.datasets import read_clips
from cnnviz.datasets._speakers import which_set
from cnnviz.errors import ParameterError

# What the data set's own `which_set` (its README) gives for the 10 % / 10 % split
OFFICIAL = (
    ("bed/026290a7_nohash_0.wav", "validation"),
    ("backward/0c540988_nohash_0.wav", "test"),
)


@pytest.mark.data
def test_the_rule_of_the_speaker_reproduces_the_given_lists(data):
    clips = read_clips(data / "speech_commands_mini")

    by_rule = tuple(which_set(speaker) for speaker in clips.groups)

    assert len(clips) == 1_251
    assert by_rule == clips.splits


@pytest.mark.data
def test_the_lists_of_the_twelve_keywords_are_followed(data):
    clips = read_clips(data / "kws12")

    assert [clips.splits.count(s) for s in ("train", "validation", "test")] == [3_086, 366, 790]
    assert clips.class_names[:3] == ("_silence_", "_unknown_", "down")
    for split, file in (("train", "train.txt"), ("test", "test.txt")):
        listed = set((data / "kws12" / file).read_text().split())
        assert {n for n, s in zip(clips.names, clips.splits, strict=True) if s == split} == listed


def test_background_noise_becomes_seconds_of_silence(tmp_path):
    sound(tmp_path / "yes/00176480_nohash_0.wav")
    sound(tmp_path / "_silence_/x.wav")
    sound(tmp_path / "_background_noise_/hum.wav", seconds=10.5)
    (tmp_path / "_background_noise_/README.md").touch()

    clips = read_clips(tmp_path).screened()

    noise = clips.take([i for i, note in enumerate(clips.notes) if note == "noise"])
    assert clips.class_names == ("_silence_", "yes")
    assert len(noise) == 10
    assert set(noise.splits) == {""}
    assert set(noise.groups) == {"hum"}
    assert noise.names[3] == "_background_noise_/hum.wav#t=3,4"
    assert {len(noise.waveform(i)) for i in range(10)} == {8_000}
    assert len(set(clips.names)) == len(clips)


def test_names_alone_are_no_speech_commands_and_give_no_split(tmp_path):
    for name, _ in OFFICIAL:
        sound(tmp_path / name)

    clips = read_clips(tmp_path)

    assert clips.layout == "folders"
    assert set(clips.splits) == {""}


def test_without_lists_there_is_a_split_only_where_it_is_asked_for(tmp_path):
    for name, _ in OFFICIAL:
        sound(tmp_path / name)

    assert set(read_clips(tmp_path, layout="speech_commands").splits) == {""}
    clips = read_clips(tmp_path, layout="speech_commands", split_by_speaker=True)
    assert rows(clips) == [
        ("backward/0c540988_nohash_0.wav", "backward", "test"),
        ("bed/026290a7_nohash_0.wav", "bed", "validation"),
    ]
    assert clips.remarks == ("split by a hash of the speaker: 1 test, 1 validation",)


def test_clips_of_a_speaker_share_a_split_and_seconds_of_a_recording_go_by_place(tmp_path):
    for word in ("yes", "no"):
        for i in range(4):
            sound(tmp_path / word / f"abcdef12_nohash_{i}.wav")
    sound(tmp_path / "_background_noise_/hum.wav", seconds=10.5)

    clips = read_clips(tmp_path, split_by_speaker=True)

    split_of = dict(zip(clips.names, clips.splits, strict=True))
    assert len({split for name, split in split_of.items() if "abcdef12" in name}) == 1
    noise = [split for name, split in split_of.items() if "hum" in name]
    assert noise == ["train"] * 8 + ["validation", "test"]


def test_a_corpus_that_has_a_split_or_no_speakers_is_not_split_again(tmp_path):
    sound(tmp_path / "listed" / OFFICIAL[0][0])
    (tmp_path / "listed/testing_list.txt").write_text(OFFICIAL[0][0])
    sound(tmp_path / "plain/yes/a.wav")

    with pytest.raises(ParameterError, match="has the splits test; allowed: one way"):
        read_clips(tmp_path / "listed", split_by_speaker=True)
    with pytest.raises(ParameterError, match="names no speakers"):
        read_clips(tmp_path / "plain", split_by_speaker=True)


def test_other_underscore_folders_are_left_out_and_said(tmp_path):
    sound(tmp_path / "yes/00176480_nohash_0.wav")
    sound(tmp_path / "_unknown_/cat.wav")
    sound(tmp_path / "_spare_/x.wav")

    clips = read_clips(tmp_path, layout="speech_commands")

    assert clips.class_names == ("_unknown_", "yes")
    assert clips.remarks == ("clips left out: 1 of _spare_, which is no word",)


def test_the_speaker_stands_before_nohash_and_nothing_is_guessed_elsewhere(tmp_path):
    sound(tmp_path / "_silence_/1024.wav")
    sound(tmp_path / "_unknown_/backward_0cb74144_nohash_2.wav")
    sound(tmp_path / "yes/00176480_nohash_0.wav")

    clips = read_clips(tmp_path, layout="speech_commands")

    assert clips.groups == ("", "0cb74144", "00176480")
