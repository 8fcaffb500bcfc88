"""ESC-50, from the archive to clips; the host is a small server here."""

import pytest

from cnnviz.datasets import read_clips
from cnnviz.errors import DownloadError
from zoo.downloads import fetch, load

from .packing import offer, wav, zipped

NAMES = [f"{fold}-{100 + fold}-A-{label}.wav" for fold in (1, 5) for label in (0, 14)]
ROWS = "".join(
    f"{name},{name[0]},{name[8:-4]},{'dog' if name.endswith('-0.wav') else 'rain'},False,1,A\n"
    for name in NAMES
)
COUNTS = {"audio/*.wav": 4, "audio/1-*.wav": 2, "meta/esc50.csv": 1}


def pack(names=NAMES):
    root = load("esc50").archive.root
    table = f"filename,fold,target,category,esc10,src_file,take\n{ROWS}"
    sounds = {f"{root}/audio/{name}": wav(i) for i, name in enumerate(names)}
    return zipped({f"{root}/meta/esc50.csv": table.encode(), **sounds})


def test_it_is_fetched_and_read_by_its_table(served, tmp_path):
    corpus = offer(served, load("esc50"), pack(), counts=COUNTS)

    clips = read_clips(fetch(corpus, tmp_path / "esc50").folder)

    assert clips.layout == "esc50"
    assert clips.class_names == ("dog", "rain")
    assert sorted(set(clips.splits)) == ["fold1", "fold5"]


def test_another_archive_of_the_same_files_is_taken_and_said(served, tmp_path):
    told = []
    corpus = offer(
        served, load("esc50"), pack(), counts=COUNTS, digest=f"sha256:{'0' * 64}", n_bytes=7
    )

    fetched = fetch(corpus, tmp_path / "esc50", tell=told.append)

    assert fetched.checked == ""
    assert any("not the one others had" in line and fetched.sha256 in line for line in told)


def test_another_archive_without_all_files_is_refused(served, tmp_path):
    corpus = offer(served, load("esc50"), pack(NAMES[:3]), counts=COUNTS)

    with pytest.raises(DownloadError, match=r"3 files audio/\*\.wav instead of 4; .* cannot be us"):
        fetch(corpus, tmp_path / "esc50")
