"""Room on a disk is asked for before, and told of when it runs out."""

import errno
import os
import shutil

import pytest

from cnnviz.disk import check_room, in_words, told_when_full
from cnnviz.errors import DiskError


@pytest.mark.parametrize(
    ("n_bytes", "words"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_000, "1.0 kB"),
        (999_960, "1.0 MB"),
        (16_419_872, "16.4 MB"),
        (23_815_298_079, "23.8 GB"),
    ],
)
def test_powers_of_a_thousand(n_bytes, words):
    assert in_words(n_bytes) == words


def test_room_that_is_there_is_none_to_speak_of_and_one_byte_more_is_refused(
    tmp_path, monkeypatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=2_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    folder = tmp_path / "not" / "there"

    check_room(folder, 2_000, what="the capture")
    with pytest.raises(DiskError) as refused:
        check_room(folder, 2_001, what="the capture")

    assert str(refused.value) == (
        f"the capture needs up to 2.0 kB and {tmp_path} has 2.0 kB free; nothing was written; "
        "make room or name another --out"
    )


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_disk_without_room_is_told_with_what_is_needed_and_free(
    tmp_path, monkeypatch, code
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=12_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)

    with (
        pytest.raises(DiskError) as told,
        told_when_full(tmp_path / "new" / "a.csv", 4_300_000),
    ):
        raise OSError(code, os.strerror(code))

    assert str(told.value) == (
        f"{tmp_path / 'new' / 'a.csv'} cannot be written ({os.strerror(code)}): it needs 4.3 MB "
        f"and {tmp_path} has 12.0 kB free; make room or name another --out"
    )


def test_a_file_system_that_can_only_be_read_is_told(tmp_path) -> None:
    with (
        pytest.raises(DiskError, match=r"a\.csv cannot be written \(Read-only .*\); name another"),
        told_when_full(tmp_path / "a.csv", 10),
    ):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))


def test_other_errors_of_a_disk_stay_what_they_are(tmp_path) -> None:
    with pytest.raises(OSError, match="Input/output"), told_when_full(tmp_path / "a.csv", 10):
        raise OSError(errno.EIO, os.strerror(errno.EIO))
