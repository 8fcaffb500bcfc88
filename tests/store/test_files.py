"""Files of the store are whole or absent, and a file that is neither is named."""

import errno
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from cnnviz import store
from cnnviz.clips import ClipTable
from cnnviz.errors import CaptureFormatError, DiskError
from cnnviz.results import ClipGallery
from cnnviz.store import files
from cnnviz.store.files import opened, try_together, written
from cnnviz.store.shards import read_identity, read_rows, writing_shard
from tests.store.test_results import PROVENANCE

KIND = "test-1"


def _write(path: Path, value: float) -> None:
    with written(path) as file:
        file.attrs["cnnviz_format"] = KIND
        file["value"] = np.full(1000, value)


def _value(path: Path) -> float:
    with opened(path, KIND) as file:
        (value,) = set(file["value"][()].tolist())
        return value


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def _gallery(n_clips: int) -> ClipGallery:
    return ClipGallery(
        clips=ClipTable(
            names=tuple(f"clip {i}" for i in range(n_clips)),
            labels=np.arange(n_clips),
            class_names=("a", "b", "c"),
            durations=np.ones(n_clips),
        ),
        sample_rate=8000,
        audio_index=np.random.default_rng(0).integers(1 << 40, size=20_000),  # packed: it is large
        provenance=PROVENANCE,
    )


def test_a_file_is_not_there_before_its_block_ends(tmp_path) -> None:
    path = tmp_path / "new" / "a.h5"

    with written(path) as file:
        file["value"] = 1
        seen = path.exists()

    assert not seen
    assert _names(tmp_path) == ["a.h5", "new"]


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (ValueError("mine"), ValueError),
        (KeyboardInterrupt(), KeyboardInterrupt),
        (OSError(errno.EIO, "broken"), OSError),
        (OSError(errno.ENOSPC, "full"), DiskError),
    ],
    ids=["program", "user", "disk", "full disk"],
)
def test_a_writer_that_fails_midway_leaves_what_was_there(tmp_path, failure, told) -> None:
    _write(tmp_path / "a.h5", 1.0)

    def fail() -> None:
        for name in ("a.h5", "b.h5"):
            with written(tmp_path / name) as file:
                file["value"] = np.zeros(10)
                raise failure

    with pytest.raises(told):
        fail()

    assert _names(tmp_path) == ["a.h5"]
    assert _value(tmp_path / "a.h5") == 1.0


@pytest.mark.parametrize(
    ("code", "told"),
    [(errno.ENOSPC, DiskError), (errno.EIO, OSError), (errno.EDQUOT, DiskError)],
    ids=["full", "broken", "quota"],
)
def test_a_disk_that_cannot_keep_the_file_leaves_the_old_one(
    tmp_path, monkeypatch, code, told
) -> None:
    _write(tmp_path / "a.h5", 1.0)

    def refuse(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)

    with pytest.raises(told, match=os.strerror(code)):
        _write(tmp_path / "a.h5", 2.0)

    assert _names(tmp_path) == ["a.h5"]
    assert _value(tmp_path / "a.h5") == 1.0


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP])
def test_a_file_system_that_knows_no_synchronising_is_no_failure(
    tmp_path, monkeypatch, code
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)

    _write(tmp_path / "a.h5", 2.0)

    assert _value(tmp_path / "a.h5") == 2.0


def test_a_name_that_cannot_be_taken_leaves_nothing_half_written(tmp_path, monkeypatch) -> None:
    def refuse(path: Path, target: Path) -> None:
        raise PermissionError(errno.EACCES, "the name is taken", str(target))

    monkeypatch.setattr(Path, "replace", refuse)

    with pytest.raises(PermissionError, match="the name is taken"):
        _write(tmp_path / "a.h5", 1.0)

    assert _names(tmp_path) == []


def test_the_file_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch) -> None:
    done: list[str] = []
    fsync, replaced = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: (done.append("fsync"), fsync(descriptor)))
    monkeypatch.setattr(Path, "replace", lambda *names: (done.append("name"), replaced(*names)))

    _write(tmp_path / "a.h5", 1.0)

    assert done[:2] == ["fsync", "name"]


def test_two_writers_of_one_name_leave_the_whole_file_of_the_last(tmp_path) -> None:
    path = tmp_path / "a.h5"

    with written(path) as one:
        one.attrs["cnnviz_format"] = KIND
        _write(path, 2.0)
        between = _value(path)
        one["value"] = np.full(1000, 1.0)

    assert (between, _value(path)) == (2.0, 1.0)
    assert _names(tmp_path) == ["a.h5"]


def test_many_threads_that_write_one_name_leave_one_whole_file(tmp_path) -> None:
    path = tmp_path / "a.h5"
    failures: list[BaseException] = []

    def write(value: float) -> None:
        try:
            _write(path, value)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(float(i),)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert _value(path) in range(8)
    assert _names(tmp_path) == ["a.h5"]


def test_who_reads_keeps_the_old_file_while_a_new_one_takes_its_name(tmp_path) -> None:
    path = tmp_path / "a.h5"
    _write(path, 1.0)

    with opened(path, KIND) as old:
        _write(path, 2.0)
        seen = set(old["value"][()].tolist())

    assert seen == {1.0}
    assert _value(path) == 2.0


@pytest.mark.parametrize("version", ["cnnviz-result-3", "cnnviz-capture-1", 7, np.arange(3)])
def test_another_kind_or_a_newer_version_is_named_with_the_allowed_one(tmp_path, version) -> None:
    store.write(_gallery(2), tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        file.attrs["cnnviz_format"] = version

    with pytest.raises(
        CaptureFormatError, match=r"a\.h5 has cnnviz_format=.*; allowed: 'cnnviz-result-2'; run"
    ):
        store.read(tmp_path / "a.h5")


def test_a_folder_in_place_of_a_file_is_named(tmp_path) -> None:
    with pytest.raises(CaptureFormatError, match=r"cannot be read as HDF5"):
        store.read(tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_named(tmp_path, share) -> None:
    path = tmp_path / "a.h5"
    store.write(_gallery(3), path)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])

    with pytest.raises(CaptureFormatError, match=r"a\.h5 cannot be read as HDF5 .*delete it"):
        store.read(path)


def _damage_packed(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes(64) + content[middle + 64 :]


def _damage_texts(content: bytes) -> bytes:
    return content.replace(b"GCOL", b"XXXX")


@pytest.mark.parametrize("damage", [_damage_packed, _damage_texts], ids=["arrays", "texts"])
def test_a_file_damaged_inside_is_named(tmp_path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "a.h5"
    store.write(_gallery(3), path)
    content = path.read_bytes()

    path.write_bytes(damage(content))

    assert path.read_bytes() != content
    with pytest.raises(CaptureFormatError, match=r"a\.h5 cannot be read as HDF5 .*delete it"):
        store.read(path)


def test_a_damaged_shard_is_named(tmp_path) -> None:
    path = tmp_path / "part.h5"
    with writing_shard(path, {"seed": 1}, packing="gzip") as shard:
        shard.put("a", 0, np.random.default_rng(0).normal(size=(4, 2, 4000)), 4)
    path.write_bytes(_damage_packed(path.read_bytes()))

    assert read_identity(path) == {"seed": 1}
    with pytest.raises(CaptureFormatError, match=r"part\.h5 cannot be read as HDF5"):
        read_rows(path, "a")


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file.__delitem__("provenance"),
        lambda file: file.attrs.__delitem__("sample_rate"),
        lambda file: file["provenance"].attrs.__setitem__("cnnviz_type", np.arange(2)),
        lambda file: (
            file.__delitem__("clips/labels"),
            file.create_dataset("clips/labels", data=[1.0]),
        ),
    ],
    ids=["no record", "no number", "odd type", "other length"],
)
def test_a_result_that_lacks_something_is_named_with_its_file(tmp_path, change) -> None:
    store.write(_gallery(3), tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        change(file)

    with pytest.raises(CaptureFormatError, match=r"a\.h5 does not hold a whole result .*run the"):
        store.read(tmp_path / "a.h5")


def test_a_result_of_a_newer_version_with_more_fields_is_read_as_far_as_known(tmp_path) -> None:
    gallery = _gallery(2)
    gallery = replace(gallery, clips=replace(gallery.clips, notes=("x", "y")))
    store.write(gallery, tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        file.attrs["mood"] = "good"

    assert store.read(tmp_path / "a.h5").clips.notes == ("x", "y")


def test_files_that_are_tried_together_take_one_child_process(tmp_path, monkeypatch):
    paths = [tmp_path / f"{value}.h5" for value in range(3)]
    for value, path in enumerate(paths):
        _write(path, value)
    children = []
    work_in_child = files.fault_in_child
    monkeypatch.setattr(
        files, "fault_in_child", lambda *a, **k: children.append(1) or work_in_child(*a, **k)
    )

    try_together(paths, KIND)

    assert [_value(path) for path in paths] == [0, 1, 2]
    assert len(children) == 1


def test_of_files_tried_together_the_one_that_ends_the_child_is_named(tmp_path, monkeypatch):
    paths = [tmp_path / f"{value}.h5" for value in range(3)]
    for value, path in enumerate(paths):
        _write(path, value)
    monkeypatch.setattr(
        files, "read_heaps", lambda file: os._exit(3) if file["value"][0] == 1 else None
    )

    try_together(paths, KIND)

    assert [_value(paths[k]) for k in (0, 2)] == [0, 2]
    with pytest.raises(CaptureFormatError, match=r"1\.h5 cannot be read as HDF5 .*exit code 3"):
        _value(paths[1])
