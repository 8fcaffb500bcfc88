"""Rows of many parts are read as they were written, however few files may be open."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import h5py
import numpy as np
import pytest

from cnnviz.errors import CaptureFormatError
from cnnviz.store import open_capture
from cnnviz.store.captures import CaptureFile, write_index
from cnnviz.store.shards import read_rows, shard_path, writing_shard
from tests.store.test_captures import ROWS, TABLES, _head

N_PARTS, N_ROWS = 72, 2  # more than the 64 files that may be open
OLDER_RUN = Path(__file__).parent / "older_run"
_RANDOM = np.random.default_rng(1)
MANY = {
    "maps/conv/maps": _RANDOM.normal(size=(N_PARTS * N_ROWS, 9, 70)).astype(np.float16),
    "pooled/conv/mean": _RANDOM.normal(size=(N_PARTS * N_ROWS, 9)).astype(np.float32),
    "scores/logits": _RANDOM.normal(size=(N_PARTS * N_ROWS, 3)),
}
_READ = """
import json, resource, sys
from hashlib import sha256
from pathlib import Path
from cnnviz.errors import CaptureFormatError
from cnnviz.store.captures import CaptureFile

resource.setrlimit(resource.RLIMIT_NOFILE, ({limit}, {limit}))
capture = CaptureFile(Path({path!r}))
held = []
while {is_full}:
    try:
        held.append(open("/dev/null"))
    except OSError:
        break
found = {{}}
for name in {names!r}:
    try:
        found[name] = sha256(capture.array(name)[()].tobytes()).hexdigest()
    except CaptureFormatError as error:
        found[name] = str(error)
print(json.dumps(found))
"""


def _write(run: Path, rows: dict[str, np.ndarray], n_rows: int, *, copied: bool) -> Path:
    """A run with so many rows in each part; what may be copied is copied or joined."""
    n_parts = len(rows["scores/logits"]) // n_rows
    parts = tuple(shard_path(run, index) for index in range(n_parts))
    for index, path in enumerate(parts):
        with writing_shard(path, {"index": 0}, packing="none") as shard:
            for name, values in rows.items():
                shard.put(name, 0, values[index * n_rows : (index + 1) * n_rows], n_rows)
    tables = [
        replace(t, axes=_axes(t.axes, rows[f"{t.name}/{name}"]), **_kinds(t.joined, name, copied))
        for t in TABLES
        for name in t.joined
    ]
    write_index(run / "capture.h5", _head(), tables, parts)
    return run


def _axes(axes: tuple, values: np.ndarray) -> tuple:
    return tuple(replace(a, values=np.arange(n)) for a, n in zip(axes, values.shape, strict=True))


def _kinds(joined: dict, name: str, copied: bool) -> dict[str, dict]:
    is_copied = copied and name != "maps"
    return {"joined": {} if is_copied else joined, "copied": joined if is_copied else {}}


@pytest.fixture(scope="module", params=[True, False], ids=["copied", "as versions before wrote it"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    return _write(folder / "run", MANY, N_ROWS, copied=request.param)


def _read_elsewhere(run: Path, *, limit: int, is_full: bool = False) -> dict[str, str]:
    script = _READ.format(
        limit=limit, path=str(run / "capture.h5"), names=list(MANY), is_full=is_full
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("limit", [64, 16])
def test_every_bit_is_read_with_fewer_open_files_than_parts(run, limit) -> None:
    found = _read_elsewhere(run, limit=limit)

    assert found == {name: sha256(rows.tobytes()).hexdigest() for name, rows in MANY.items()}


def test_without_a_file_to_open_there_is_an_error_and_no_fill_value(run) -> None:
    found = _read_elsewhere(run, limit=64, is_full=True)

    assert "Too many open files" in found["maps/conv/maps"]
    assert found["maps/conv/maps"].endswith("close other files, or raise the limit (ulimit -n)")


@pytest.mark.parametrize(
    "key",
    [(), 0, 5, -1, slice(None), slice(1, 6), slice(5, 5), np.array([0, 1, 4, 6]), np.arange(0)],
    ids=str,
)
def test_any_rows_are_those_of_the_whole_array(tmp_path, key) -> None:
    rows = {name: ROWS[name] for name in MANY}
    capture = CaptureFile(_write(tmp_path / "run", rows, 1, copied=False) / "capture.h5")

    for name, values in rows.items():
        found = capture.array(name)[key]
        assert (found.dtype, found.shape) == (values.dtype, values[key].shape)
        assert found.tobytes() == values[key].tobytes()
    capture.close()


@pytest.fixture
def small(tmp_path) -> Path:
    return _write(tmp_path / "run", {name: ROWS[name] for name in MANY}, 1, copied=False)


def test_a_part_that_goes_while_a_capture_is_open_is_named(small) -> None:
    capture = CaptureFile(small / "capture.h5")
    shard_path(small, 3).unlink()

    with pytest.raises(CaptureFormatError, match=r"capture/part-00003\.h5, which is gone; run the"):
        capture.array("scores/logits")[()]
    assert capture.array("scores/logits")[4].tobytes() == ROWS["scores/logits"][4].tobytes()
    capture.close()


def test_a_part_of_another_shape_is_named(small) -> None:
    with writing_shard(shard_path(small, 3), {}, packing="none") as shard:
        shard.put("scores/logits", 0, np.ones((2, 3)), 2)
    capture = CaptureFile(small / "capture.h5")

    with pytest.raises(CaptureFormatError, match=r"part-00003\.h5 does not hold scores/logits of "):
        capture.array("scores/logits")[3]
    capture.close()


def _join(run: Path, sources: list[tuple[slice, str]]) -> None:
    with h5py.File(run / "capture.h5", "r+") as file:
        del file["scores/logits"]
        layout = h5py.VirtualLayout((7, 3), np.float64)
        for rows, name in sources:
            shape = (len(range(7)[rows]), 3)
            layout[rows] = h5py.VirtualSource(name, "scores/logits", shape, np.float64)
        file.create_virtual_dataset("scores/logits", layout)


@pytest.mark.parametrize(
    "change",
    [
        lambda run: _join(run, [(slice(0, 1), "capture/part-00000.h5")]),
        lambda run: _join(run, [(slice(0, 7, 2), "capture/part-00000.h5")]),
        lambda run: _join(run, [(slice(0, 7), "capture/part-00007.h5")]),
        lambda run: _join(run, []),
    ],
    ids=["rows left out", "every other row", "no part of it", "no part"],
)
def test_a_table_of_parts_that_is_not_whole_is_an_error(
    small: Path, change: Callable[[Path], None]
) -> None:
    change(small)

    with (
        pytest.raises(CaptureFormatError, match=r"does not say which of its parts hold /scores/lo"),
        open_capture(small) as capture,
    ):
        _ = capture.logits


@pytest.mark.parametrize("is_absolute", [False, True], ids=["relative", "absolute"])
def test_rows_of_a_file_outside_the_run_are_refused(small, is_absolute) -> None:
    _join(small, [(slice(0, 7), str(small / "secret.h5") if is_absolute else "../secret.h5")])

    with pytest.raises(CaptureFormatError, match="takes its rows from files outside the run"):
        open_capture(small)


def test_a_run_of_format_1_is_read_part_by_part() -> None:
    part = OLDER_RUN / "capture" / "part-00000.h5"

    with open_capture(OLDER_RUN) as capture:
        found = {
            "scores/logits": capture.logits,
            "pooled/0/rms": capture.pooled("0", "rms"),
            "audio/waveforms": capture.waveforms(capture.audio_index),
            "maps/3/maps": np.stack([capture.maps("3", int(i)) for i in capture.map_index]),
        }

    expected = {name: read_rows(part, name) for name in found}
    scales = read_rows(part, "maps/3/scale")[:, None, None]
    expected["maps/3/maps"] = expected["maps/3/maps"].astype(np.float32) * scales
    for name, rows in expected.items():
        np.testing.assert_array_equal(found[name], rows, name)


def test_waveforms_come_in_the_order_that_is_asked_for() -> None:
    with open_capture(OLDER_RUN) as capture:
        whole = capture.waveforms(capture.audio_index)

        found = capture.waveforms([7, 0, 7, 3])

    np.testing.assert_array_equal(found, whole[[7, 0, 7, 3]])
