"""NSynth, part train, from the archive to clips; the host is a small server here."""

from cnnviz.datasets import read_clips
from zoo.downloads import fetch, load

from .notes import archive, counts
from .packing import offer


def test_it_is_fetched_and_read_by_its_table(served, tmp_path):
    corpus = offer(served, load("nsynth_train"), archive("train"), counts=counts())

    fetched = fetch(corpus, tmp_path / "nsynth_train")

    clips = read_clips(fetched.folder)
    assert clips.layout == "nsynth"
    assert clips.class_names == ("bass", "flute")
    assert set(clips.splits) == {"train"}
    assert fetched.checked.startswith("md5:")


def test_parts_in_one_folder_are_read_together(served, tmp_path):
    for part in ("train", "test"):
        corpus = offer(served, load(f"nsynth_{part}"), archive(part), counts=counts())
        fetch(corpus, tmp_path / "nsynth" / part)

    clips = read_clips(tmp_path / "nsynth")

    assert sorted(set(clips.splits)) == ["test", "train"]
