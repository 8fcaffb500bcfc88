"""Speech Commands: words, splits, silence."""

import pytest
from corpora import rows, sound

from cnnviz.datasets import read_clips
from cnnviz.datasets.speech_commands import which_set

# What the data set's own `which_set` (its README) gives for the 10 % / 10 % split
OFFICIAL = (
    ("bed/026290a7_nohash_0.wav", "validation"),
    ("backward/0c540988_nohash_0.wav", "test"),
)


@pytest.mark.parametrize(("name", "split"), OFFICIAL)
def test_the_rule_gives_the_official_split(name, split):
    assert which_set(name) == split


def test_all_clips_of_a_speaker_share_a_split():
    names = [f"{word}/abcdef12_nohash_{i}.wav" for word in ("yes", "no") for i in range(9)]

    assert len({which_set(name) for name in names}) == 1


@pytest.mark.data
def test_the_rule_reproduces_the_given_lists(data):
    folder = data / "speech_commands_mini"
    clips = read_clips(folder)

    by_rule = tuple(which_set(name) for name in clips.names)

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
    assert noise.splits == ("train",) * 8 + ("validation", "test")
    assert set(noise.groups) == {"hum"}
    assert noise.names[3] == "_background_noise_/hum.wav#t=3,4"
    assert {len(noise.waveform(i)) for i in range(10)} == {8_000}
    assert len(set(clips.names)) == len(clips)


def test_the_hash_rule_is_used_when_no_lists_are_given(tmp_path):
    for name, _ in OFFICIAL:
        sound(tmp_path / name)

    assert rows(read_clips(tmp_path)) == [
        ("backward/0c540988_nohash_0.wav", "backward", "test"),
        ("bed/026290a7_nohash_0.wav", "bed", "validation"),
    ]


def test_other_underscore_folders_are_left_out_and_said(tmp_path):
    sound(tmp_path / "yes/00176480_nohash_0.wav")
    sound(tmp_path / "_unknown_/cat.wav")
    sound(tmp_path / "_spare_/x.wav")

    clips = read_clips(tmp_path)

    assert clips.class_names == ("_unknown_", "yes")
    assert clips.remarks == ("clips left out: 1 of _spare_, which is no word",)


def test_the_speaker_stands_before_nohash_and_nothing_is_guessed_elsewhere(tmp_path):
    sound(tmp_path / "_silence_/1024.wav")
    sound(tmp_path / "_unknown_/backward_0cb74144_nohash_2.wav")
    sound(tmp_path / "yes/00176480_nohash_0.wav")

    clips = read_clips(tmp_path, layout="speech_commands")

    assert clips.groups == ("", "0cb74144", "00176480")
