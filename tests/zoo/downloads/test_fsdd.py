"""The Free Spoken Digit Dataset, from the archive to clips; the host is a small server here."""

import pytest

from cnnviz.datasets import read_clips
from cnnviz.errors import DownloadError
from zoo.downloads import fetch, load

from .packing import offer, wav, zipped

ROOT = "free-spoken-digit-dataset-1.0.10"
NAMES = [f"recordings/{digit}_{who}_{i}.wav" for digit in "07" for who in "ab" for i in (0, 5)]


def test_it_is_fetched_and_read(served, tmp_path):
    files = {f"{ROOT}/{name}": wav(i) for i, name in enumerate(NAMES)}
    content = zipped({f"{ROOT}/README.md": b"digits", **files})
    corpus = offer(served, load("fsdd"), content, files=NAMES)

    fetched = fetch(corpus, tmp_path / "fsdd")

    clips = read_clips(fetched.folder)
    assert clips.layout == "fsdd"
    assert clips.class_names == ("0", "7")
    assert clips.splits.count("test") == 4
    assert fetched.checked == corpus.archive.digest
    assert [path.name for path in tmp_path.iterdir()] == ["fsdd"]


def test_sounds_that_are_none_are_refused_though_names_and_digest_are_right(served, tmp_path):
    content = zipped({f"{ROOT}/{name}": b"not a sound" for name in NAMES})
    corpus = offer(served, load("fsdd"), content, files=NAMES)

    with pytest.raises(DownloadError, match=r"8 of 8 files in .*fsdd.* cannot be used \("):
        fetch(corpus, tmp_path / "fsdd")

    assert list(tmp_path.iterdir()) == []


def test_the_names_are_those_of_the_rule():
    files = load("fsdd").files

    assert len(set(files)) == 3_000
    assert "recordings/9_yweweler_49.wav" in files
