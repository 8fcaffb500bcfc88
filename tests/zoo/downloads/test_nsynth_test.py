"""NSynth, part test, from the archive to clips; the host is a small server here."""

import pytest

from cnnviz.datasets import read_clips
from cnnviz.errors import DownloadError
from zoo.downloads import fetch, load

from .notes import archive, counts
from .packing import offer


def test_it_is_fetched_and_read_by_its_table(served, tmp_path):
    corpus = offer(served, load("nsynth_test"), archive("test"), counts=counts())

    fetched = fetch(corpus, tmp_path / "nsynth_test")

    clips = read_clips(fetched.folder)
    assert clips.layout == "nsynth"
    assert clips.class_names == ("bass", "flute")
    assert set(clips.splits) == {"test"}
    assert fetched.checked.startswith("md5:")


def test_a_note_of_the_table_that_is_missing_is_named(served, tmp_path):
    content = archive("test", without="flute_acoustic_002-077-100")
    corpus = offer(served, load("nsynth_test"), content)

    with pytest.raises(DownloadError, match=r"listed sounds cannot be used: audio/flute_acoustic"):
        fetch(corpus, tmp_path / "nsynth_test")
