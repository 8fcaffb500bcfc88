"""NSynth, part valid, from the archive to clips; the host is a small server here."""

from cnnviz.datasets import read_clips
from zoo.downloads import fetch, load

from .notes import archive, counts
from .packing import offer


def test_it_is_fetched_and_read_by_its_table(served, tmp_path):
    corpus = offer(served, load("nsynth_valid"), archive("valid"), counts=counts())

    fetched = fetch(corpus, tmp_path / "nsynth_valid")

    clips = read_clips(fetched.folder)
    assert clips.layout == "nsynth"
    assert clips.class_names == ("bass", "flute")
    assert set(clips.splits) == {"validation"}
    assert fetched.checked.startswith("md5:")
