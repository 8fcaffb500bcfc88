"""AudioMNIST, from the archive to clips; the host is a small server here."""

from cnnviz.datasets import read_clips
from zoo.downloads import fetch, load

from .packing import offer, wav, zipped

NAMES = [
    f"data/{who}/{digit}_{who}_{i}.wav" for who in ("01", "26") for digit in "09" for i in (0, 1)
]


def test_it_is_fetched_and_read_though_size_and_digest_are_not_known(served, tmp_path):
    told = []
    root = load("audiomnist").archive.root
    files = {f"{root}/{name}": wav(i) for i, name in enumerate(NAMES)}
    content = zipped({f"{root}/data/audioMNIST_meta.txt": b"{}", **files})
    corpus = offer(served, load("audiomnist"), content, files=NAMES)

    fetched = fetch(corpus, tmp_path / "audiomnist", tell=told.append)

    clips = read_clips(fetched.folder)
    assert clips.layout == "audiomnist"
    assert clips.class_names == ("0", "9")
    assert sorted(set(clips.splits)) == ["test", "train"]
    assert fetched.checked == ""
    assert any(f"no digest was published; sha256 as received: {fetched.sha256}" in x for x in told)


def test_the_names_are_those_of_the_rule():
    files = load("audiomnist").files

    assert len(set(files)) == 30_000
    assert "data/60/9_60_49.wav" in files
