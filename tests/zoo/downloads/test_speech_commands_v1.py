"""Speech Commands v0.01, from the archive to clips; the host is a small server here."""

import pytest

from cnnviz.datasets import read_clips
from cnnviz.errors import DownloadError
from zoo.downloads import fetch, load

from .packing import offer, tar_gz, wav

WORDS = {f"./{word}/{i:08x}_nohash_0.wav": wav(i) for word in ("bed", "yes") for i in range(3)}
LISTS = {
    "./validation_list.txt": b"bed/00000000_nohash_0.wav\n",
    "./testing_list.txt": b"yes/00000001_nohash_0.wav\n",
}
NOISE = {"./_background_noise_/pink.wav": wav(9, seconds=2.0)}
COUNTS = {"*.wav": 7, "_background_noise_/*.wav": 1, "validation_list.txt": 1}


def test_it_is_fetched_and_read_by_its_lists(served, tmp_path):
    content = tar_gz({**LISTS, **WORDS, **NOISE})
    corpus = offer(served, load("speech_commands_v1"), content, counts=COUNTS, n_classes=3)

    clips = read_clips(fetch(corpus, tmp_path / "words").folder)

    assert clips.layout == "speech_commands"
    assert clips.class_names == ("_silence_", "bed", "yes")
    split_of = dict(zip(clips.names, clips.splits, strict=True))
    assert split_of["bed/00000000_nohash_0.wav"] == "validation"
    assert split_of["yes/00000001_nohash_0.wav"] == "test"
    assert split_of["yes/00000002_nohash_0.wav"] == "train"


def test_a_clip_of_its_lists_that_is_missing_is_named(served, tmp_path):
    absent = {"./validation_list.txt": b"bed/ffffffff_nohash_0.wav\n"}
    content = tar_gz({**LISTS, **WORDS, **NOISE, **absent})
    corpus = offer(served, load("speech_commands_v1"), content, counts=COUNTS, n_classes=3)

    with pytest.raises(DownloadError, match=r"1 listed files are missing, the first: bed/ffffffff"):
        fetch(corpus, tmp_path / "words")

    assert not (tmp_path / "words").exists()
