"""Speech Commands v0.02, from the archive to clips; the host is a small server here."""

from cnnviz.datasets import read_clips
from zoo.downloads import fetch, load

from .packing import offer, tar_gz, wav


def test_it_is_fetched_and_read(served, tmp_path):
    words = {f"./{word}/{i:08x}_nohash_1.wav": wav(i) for word in ("tree", "on") for i in range(3)}
    lists = {"./validation_list.txt": b"", "./testing_list.txt": b"on/00000002_nohash_1.wav\n"}
    noise = {"./_background_noise_/exercise_bike.wav": wav(9, seconds=1.0)}
    content = tar_gz({"./README.md": b"words", **lists, **words, **noise})
    counts = {"*.wav": 7, "_background_noise_/*.wav": 1}
    corpus = offer(served, load("speech_commands_v2"), content, counts=counts, n_classes=3)

    fetched = fetch(corpus, tmp_path / "words")

    clips = read_clips(fetched.folder)
    assert clips.class_names == ("_silence_", "on", "tree")
    assert clips.splits.count("test") == 1
    assert fetched.checked.startswith("sha256:")
