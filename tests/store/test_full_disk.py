"""A disk that fills while HDF5 writes ends in one line, not in a crash."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from cnnviz.errors import DiskError
from cnnviz.store.files import written
from cnnviz.store.shards import writing_shard

ROOT = Path(__file__).resolve().parents[2]
LIMITS = (0, 96, 2048, 6000, 50_000, 320_000)


@contextmanager
def full_after(n_bytes: int) -> Iterator[None]:
    """No file can grow beyond a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    compiled = sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # Python would keep compiled modules cut short
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, before[1]))
    try:
        yield
    finally:
        sys.dont_write_bytecode = compiled
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def write(path: Path) -> None:
    """Groups and attributes, packed and plain arrays, rows that are written late."""
    numbers = np.random.default_rng(0)
    with written(path) as file:
        late = file.create_dataset(
            "late", (100, 40, 20), "f4", chunks=(1, 8, 20), compression="lzf"
        )
        for k in range(20):
            group = file.create_group(f"group {k}")
            group.attrs["text"] = "x" * 300
            group["plain"] = numbers.normal(size=(10, 20))
            late[5 * k : 5 * k + 5] = numbers.normal(size=(5, 40, 20))


def write_on_full_disks(folder: Path) -> None:
    for limit in LIMITS:
        try:
            with full_after(limit):
                write(folder / "a.h5")
        except DiskError as error:
            sys.stdout.write(f"{error}\n")


@pytest.mark.parametrize("limit", LIMITS)
def test_a_disk_that_fills_is_told_and_the_old_file_stays(tmp_path, limit) -> None:
    path = tmp_path / "a.h5"
    path.write_bytes(b"old")

    with (
        pytest.raises(
            DiskError, match=r"a\.h5 cannot be written .*: it needs .* and .* free; "
        ) as e,
        full_after(limit),
    ):
        write(path)

    write(tmp_path / "whole.h5")
    size = (tmp_path / "whole.h5").stat().st_size
    needed = float(str(e.value).split("it needs ")[1].split(" kB")[0])
    assert path.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.h5", "whole.h5"]
    assert needed == pytest.approx(size / 1000, rel=0.01)


def test_a_shard_whose_rows_are_cut_on_a_full_disk_is_told(tmp_path) -> None:
    def write_shard() -> None:
        with writing_shard(tmp_path / "part.h5", {}, packing="gzip") as shard:
            shard.put("a", 0, np.random.default_rng(0).normal(size=(4, 8, 400)), 6)
            shard.end({1: "gone", 2: "gone"})

    with pytest.raises(DiskError, match=r"part\.h5 cannot be written"), full_after(20_000):
        write_shard()

    assert list(tmp_path.iterdir()) == []


def test_a_process_lives_on_after_full_disks_and_ends_well(tmp_path) -> None:
    script = (
        "from pathlib import Path; from tests.store.test_full_disk import write_on_full_disks; "
        f"write_on_full_disks(Path({str(tmp_path)!r}))"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == len(LIMITS)
    assert list(tmp_path.iterdir()) == []
