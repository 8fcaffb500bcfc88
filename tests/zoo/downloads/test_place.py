"""The place where a corpus goes."""

import shutil
from dataclasses import replace

import pytest

from cnnviz.errors import DiskError
from zoo.downloads import load
from zoo.downloads.place import check_room, find, is_free, part_of, work_folder


def test_what_is_not_done_lies_beside_the_folder(tmp_path):
    part = part_of(load("nsynth_test").archive, work_folder(tmp_path / "data/notes"))

    assert part == tmp_path / "data/notes.download/nsynth-test.jsonwav.tar.gz.part"


def test_a_folder_is_free_when_nothing_would_be_lost(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()

    assert is_free(tmp_path / "new")
    assert is_free(tmp_path / "empty")
    assert not is_free(tmp_path / "file")
    assert not is_free(tmp_path)
    assert find(load("fsdd"), tmp_path / "empty") is None


@pytest.mark.parametrize(("here", "fits"), [(0, False), (10**9, True)])
def test_bytes_that_are_here_need_no_room(tmp_path, here, fits):
    """What is left to download and what comes out must fit, with a little to spare."""
    free = shutil.disk_usage(tmp_path).free
    archive = replace(load("nsynth_test").archive, n_bytes=10**9, most_bytes=free - 6 * 10**8)
    corpus = replace(load("nsynth_test"), archive=archive)
    part = part_of(archive, work_folder(tmp_path / "notes"))
    part.parent.mkdir()
    with part.open("wb") as file:
        file.truncate(here)  # takes no room on the disk

    if fits:
        check_room(corpus, tmp_path / "notes")
    else:
        with pytest.raises(DiskError, match=r"nsynth_test needs up to .* make room or name"):
            check_room(corpus, tmp_path / "notes")
