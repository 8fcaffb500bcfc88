"""A corpus is fetched whole or not at all. The host is a small server on this machine."""

import hashlib
from pathlib import Path

import pytest

from cnnviz.datasets import read_clips
from cnnviz.errors import DiskError, DownloadError, ParameterError
from zoo.downloads import fetch, load

from .packing import offer, wav, zipped

ROOT = "free-spoken-digit-dataset-1.0.10"
NAMES = [f"recordings/{digit}_anna_{i}.wav" for digit in "07" for i in range(6)]


def pack(names=NAMES, *, extra=None):
    sounds = {f"{ROOT}/{name}": wav(i) for i, name in enumerate(names)}
    return zipped({f"{ROOT}/README.md": b"digits", **sounds, **(extra or {})})


@pytest.fixture
def corpus(served):
    """Digits of one speaker in the layout of FSDD, at a host that keeps its bytes."""
    return offer(served, load("fsdd"), pack(), files=NAMES, is_fixed=True)


@pytest.fixture
def place(tmp_path):
    return tmp_path / "data" / "fsdd"


def left(place):
    """Everything below the folder above."""
    home = place.parent
    return sorted(path.relative_to(home).as_posix() for path in home.rglob("*"))


def test_size_licence_citation_and_place_are_told_first(corpus, place):
    told = []

    fetch(corpus, place, tell=told.append)

    text = "\n".join(told)
    assert f"{corpus.archive.n_bytes / 1000:.1f} kB to download" in text
    assert "licence: CC BY-SA 4.0" in text
    assert "please cite: Z. Jackson and others" in text
    assert f"to {place}" in text


def test_what_is_done_is_counted_in_bytes_and_files(corpus, place):
    seen = []

    fetch(corpus, place, advance=lambda *what: seen.append(what))

    n_bytes = corpus.archive.n_bytes
    assert ("download", n_bytes, n_bytes) in seen
    assert seen[-1] == ("unpack", 13, 10)  # README too; the number of clips is the expectation


def test_a_corpus_that_is_there_is_left_alone(corpus, place, served):
    fetch(corpus, place)
    served.asked.clear()

    again = fetch(corpus, place)

    assert again.was_there
    assert again.checked == corpus.archive.digest
    assert served.asked == []


def test_a_corpus_put_there_by_hand_is_left_alone_when_its_files_are_right(corpus, place, served):
    fetch(corpus, place)
    (place / ".fetched.json").unlink()
    served.asked.clear()

    again = fetch(corpus, place)

    assert (again.was_there, again.sha256) == (True, "")
    assert served.asked == []


def test_a_fetched_corpus_that_lost_a_file_is_named_and_mended_with_force(corpus, place):
    fetch(corpus, place)
    (place / NAMES[3]).unlink()

    with pytest.raises(DownloadError, match=r"12 files instead of 13; add --force to fetch it"):
        fetch(corpus, place)
    fetch(corpus, place, force=True)

    assert len(read_clips(place)) == len(NAMES)
    assert sorted(path.name for path in place.parent.iterdir()) == ["fsdd"]


def test_a_fetched_corpus_with_a_cut_file_is_named(corpus, place):
    fetch(corpus, place)
    (place / NAMES[3]).write_bytes(b"RIFF")

    with pytest.raises(DownloadError, match=r"bytes instead of [\d,]+; add --force"):
        fetch(corpus, place)


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_of_something_else_is_never_replaced(corpus, place, served, force):
    place.mkdir(parents=True)
    (place / "thesis.txt").write_text("years of work")

    with pytest.raises(DownloadError, match="move it away or name another --out"):
        fetch(corpus, place, force=force)

    assert (place / "thesis.txt").read_text() == "years of work"
    assert served.asked == []


def test_another_corpus_is_never_replaced(corpus, place, served):
    fetch(corpus, place)
    other = offer(served, load("audiomnist"), b"")

    with pytest.raises(DownloadError, match="not a folder into which cnnviz fetched audiomnist"):
        fetch(other, place, force=True)


def test_a_file_in_the_place_is_named(corpus, place):
    place.parent.mkdir()
    place.write_text("x")

    with pytest.raises(DownloadError, match=r"is not the whole fsdd: it is a file; move it away"):
        fetch(corpus, place)


@pytest.mark.parametrize("name", [".", "..", "/", ""])
def test_a_folder_without_a_name_of_its_own_is_refused(corpus, served, name):
    with pytest.raises(ParameterError, match=r"out='.*'; allowed: a folder of its own"):
        fetch(corpus, Path(name))

    assert served.asked == []


def test_an_empty_folder_is_taken(corpus, place):
    place.mkdir(parents=True)

    assert not fetch(corpus, place).was_there


def test_a_wrong_digest_is_named_and_the_download_is_deleted(served, place):
    digest = f"sha256:{'0' * 64}"
    corpus = offer(served, load("fsdd"), pack(), files=NAMES, digest=digest, is_fixed=True)

    with pytest.raises(DownloadError, match=rf"has not the digest {digest}, .*; it was deleted; "):
        fetch(corpus, place)

    assert left(place) == []


def test_a_stopped_download_leaves_a_part_and_the_message_says_so(corpus, place, served):
    served.cut_after = [5_000 + 16_384, 0]
    part = place.parent / "fsdd.download" / "v1.0.10.zip.part"

    with pytest.raises(DownloadError, match=r"16\.4 kB are kept in .*v1\.0\.10\.zip\.part; check"):
        fetch(corpus, place)
    assert part.stat().st_size == 16_384
    assert not place.exists()
    told = []
    fetch(corpus, place, tell=told.append)

    assert "going on after 16.4 kB" in told
    assert served.ranges() == ["", "bytes=16384-", "bytes=16384-"]
    assert sorted(path.name for path in place.parent.iterdir()) == ["fsdd"]


def test_an_archive_from_elsewhere_is_taken_when_its_digest_is_right(corpus, place, served):
    work = place.parent / "fsdd.download"
    work.mkdir(parents=True)
    (work / "v1.0.10.zip").write_bytes(pack())

    fetched = fetch(corpus, place)

    assert fetched.checked == corpus.archive.digest
    assert fetched.sha256 == hashlib.sha256(pack()).hexdigest()
    assert served.asked == []


def test_a_missing_page_is_named_with_a_next_step(corpus, place, served):
    served.files.clear()

    with pytest.raises(DownloadError, match=r"fsdd: .* answers 404 .*; check .* or put the file"):
        fetch(corpus, place)


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        (NAMES[:-1], r"1 listed files are missing, the first: recordings/7_anna_5\.wav"),
        ([], r"12 listed files are missing, .*; .* holds no sounds"),
    ],
    ids=["one", "all"],
)
def test_an_archive_that_lacks_files_is_deleted_and_the_folder_does_not_appear(
    served, place, names, reason
):
    corpus = offer(served, load("fsdd"), pack(names), files=NAMES)

    with pytest.raises(DownloadError, match=rf"is not whole: {reason}.*; the archive was deleted"):
        fetch(corpus, place)

    assert left(place) == []


def test_an_archive_without_its_folder_is_named(served, place):
    corpus = offer(served, load("fsdd"), pack(), files=NAMES, root="digits")

    with pytest.raises(DownloadError, match="no folder digits"):
        fetch(corpus, place)


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ({"../evil": b"x"}, "leaves the folder"),
        ({f"{ROOT}/big": bytes(2_000_000)}, "swells to more than"),
        ({f"{ROOT}/{i}": b"" for i in range(1_100)}, "more than 1,020 members"),
    ],
    ids=["traversal", "bomb", "members"],
)
def test_an_archive_that_is_not_safe_leaves_nothing(served, place, extra, reason):
    corpus = offer(served, load("fsdd"), pack(extra=extra), files=NAMES)

    with pytest.raises(DownloadError, match=rf"fsdd: .* is not safe to unpack: .*{reason}"):
        fetch(corpus, place)

    assert left(place) == []


def test_what_a_killed_call_had_unpacked_is_cleared(corpus, place):
    rest = place.parent / "fsdd.download" / "unpacked" / ROOT
    rest.mkdir(parents=True)
    (rest / "8_eve_0.wav").write_bytes(b"half")

    fetch(corpus, place)

    assert not (place / "8_eve_0.wav").exists()


def test_a_full_disk_is_foreseen(served, place):
    corpus = offer(served, load("fsdd"), pack(), files=NAMES, most_bytes=10**18)

    with pytest.raises(DiskError, match=r"needs up to 10+\.. TB and .* free; nothing was written"):
        fetch(corpus, place)

    assert served.asked == []
    assert not place.parent.exists()
