"""Shards hold what was put into them, and the index joins them wherever the run stands."""

import itertools
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from cnnviz.clips import ClipTable
from cnnviz.errors import CaptureFormatError
from cnnviz.grid import ReceptiveField, time_grid
from cnnviz.results import LayerRow
from cnnviz.store.captures import Axis, CaptureFile, Table, write_index
from cnnviz.store.head import CaptureHead
from cnnviz.store.shards import (
    PACKINGS,
    list_arrays,
    read_identity,
    read_rows,
    shard_path,
    writing_shard,
)
from tests.store.test_results import PROVENANCE, _assert_equal

_RANDOM = np.random.default_rng(0)
ROWS = {
    "maps/conv/maps": _RANDOM.normal(size=(7, 9, 700)).astype(np.float16),
    "pooled/conv/mean": _RANDOM.normal(size=(7, 9)).astype(np.float32),
    "scores/logits": _RANDOM.normal(size=(7, 3)),
    "scores/position": np.arange(7),
}
BORDERS = (0, 3, 4, 7)


def _head() -> CaptureHead:
    field = ReceptiveField(offset=-2.0, jump=4.0, size=7.0)
    row = LayerRow(
        name="conv", kind="Conv1d", detail="", output_shape=(9, 700), n_parameters=1,
        time_field=field, frequency_field=None,
    )  # fmt: skip
    return CaptureHead(
        sample_rate=8000, n_samples=2800, clips=CLIPS, model_classes=("yes", "nö"), output="logits",
        frontend="waveform", n_parameters=1, covered=(0, 2800), layers=("conv",),
        grids=(time_grid(field, 700, 8000.0),), layer_rows=(row,), map_index=np.arange(7),
        audio_index=np.arange(0), provenance=PROVENANCE,
    )  # fmt: skip


CLIPS = ClipTable(
    names=tuple("abcdefg"), labels=np.arange(7) % 2, class_names=("yes", "nö"),
    durations=np.ones(7), skipped=("x.wav: empty",), digest="d",
)  # fmt: skip


def _table(group: str, name: str, *axes: str) -> Table:
    values = ROWS[f"{group}/{name}"]
    scales = tuple(
        Axis(name=axis, values=np.arange(n) / 8.0, unit="s" if axis == "time" else "")
        for axis, n in zip(axes, values.shape, strict=True)
    )
    return Table(name=group, axes=scales, joined={name: axes}, attributes={"layer": "conv"})


TABLES = (
    _table("maps/conv", "maps", "clip", "channel", "time"),
    _table("pooled/conv", "mean", "clip", "channel"),
    _table("scores", "logits", "clip", "class"),
)


@pytest.fixture
def run(tmp_path) -> Path:
    """A run of three shards of unequal length."""
    parts = []
    for index, (start, stop) in enumerate(itertools.pairwise(BORDERS)):
        parts.append(shard_path(tmp_path / "run", index))
        with writing_shard(parts[-1], {"index": index}, packing="lzf") as shard:
            for name, rows in ROWS.items():
                shard.put(name, 0, rows[start:stop], stop - start)
    write_index(tmp_path / "run" / "capture.h5", _head(), TABLES, tuple(parts))
    return tmp_path / "run"


@pytest.mark.parametrize("packing", PACKINGS)
def test_rows_put_in_any_order_come_back_in_place_and_in_every_bit(tmp_path, packing) -> None:
    with writing_shard(tmp_path / "a.h5", {}, packing=packing) as shard:
        for start, stop in ((4, 7), (0, 1), (1, 4)):
            for name, rows in ROWS.items():
                shard.put(name, start, rows[start:stop], 7)

    for name, rows in ROWS.items():
        found = read_rows(tmp_path / "a.h5", name)
        assert (found.dtype, found.shape) == (rows.dtype, rows.shape)
        assert found.tobytes() == rows.tobytes()


@pytest.mark.parametrize(("packing", "filters"), [("none", None), ("lzf", "lzf"), ("gzip", "gzip")])
def test_one_map_is_read_without_its_neighbours_and_short_rows_are_not_packed(
    tmp_path, packing, filters
) -> None:
    with writing_shard(tmp_path / "a.h5", {}, packing=packing) as shard:
        for name, rows in ROWS.items():
            shard.put(name, 0, rows, 7)

    with h5py.File(tmp_path / "a.h5") as file:
        assert file["maps/conv/maps"].compression == filters
        assert file["maps/conv/maps"].chunks == (None if filters is None else (1, 8, 700))
        assert file["pooled/conv/mean"].compression is None


@pytest.mark.parametrize(
    ("first", "rows"), [(5, np.zeros((3, 2))), (0, np.zeros((2, 3)))], ids=["too many", "too wide"]
)
def test_rows_that_do_not_fit_leave_no_shard(tmp_path, first, rows) -> None:
    def write() -> None:
        with writing_shard(tmp_path / "a.h5", {}, packing="none") as shard:
            shard.put("a", 0, np.ones((2, 2)), 7)
            shard.put("a", first, rows, 7)

    with pytest.raises(TypeError, match="broadcast"):
        write()

    assert list(tmp_path.iterdir()) == []


def test_what_a_shard_was_made_from_is_kept_as_it_was_told(tmp_path) -> None:
    identity = {"clips": ["a", "né"], "n": 3, "share": 0.1, "none": None, "deep": {"x": [1, 2]}}

    with writing_shard(tmp_path / "a.h5", identity, packing="none"):
        pass

    assert read_identity(tmp_path / "a.h5") == identity
    assert read_rows(tmp_path / "a.h5", "nothing").shape == (0,)


def test_a_file_that_is_no_shard_has_no_identity(run) -> None:
    with pytest.raises(
        CaptureFormatError, match=r"cnnviz_format='cnnviz-capture-2'; allowed: .*pa"
    ):
        read_identity(run / "capture.h5")


def test_arrays_are_listed_with_their_shapes_in_the_order_of_the_files(run) -> None:
    paths = tuple(shard_path(run, index) for index in (2, 0, 1))

    found = list_arrays(paths)

    assert sorted(found) == sorted(ROWS)
    for name, rows in ROWS.items():
        assert [part.path for part in found[name]] == list(paths)
        assert [part.shape for part in found[name]] == [(n, *rows.shape[1:]) for n in (3, 3, 1)]
        assert {part.dtype for part in found[name]} == {rows.dtype}


def test_the_index_is_the_shards_one_after_the_other(run) -> None:
    capture = CaptureFile(run / "capture.h5")

    for name in ("maps/conv/maps", "pooled/conv/mean", "scores/logits"):
        assert capture.array(name)[()].tobytes() == ROWS[name].tobytes()
        assert capture.array(name)[2:5].tobytes() == ROWS[name][2:5].tobytes()
    assert capture.array("scores/position") is None
    _assert_equal(capture.head, _head())
    capture.close()
    capture.close()


def test_a_run_that_was_moved_opens_with_the_same_values(run) -> None:
    moved = run.parent / "élse where"
    shutil.move(run, moved)

    capture = CaptureFile(moved / "capture.h5")

    assert capture.array("maps/conv/maps")[()].tobytes() == ROWS["maps/conv/maps"].tobytes()
    capture.close()


@pytest.mark.parametrize("index", [0, 2])
def test_a_part_that_is_gone_is_an_error_that_names_it(run, index) -> None:
    shard_path(run, index).unlink()

    with pytest.raises(
        CaptureFormatError, match=rf"capture\.h5 needs capture/part-0000{index}\.h5, which is gone"
    ):
        CaptureFile(run / "capture.h5")


def test_values_of_a_part_that_is_gone_are_nan_to_other_programs(run) -> None:
    shard_path(run, 1).unlink()

    with h5py.File(run / "capture.h5") as file:
        means = file["pooled/conv/mean"][()]

    assert np.isnan(means[3]).all()
    assert np.array_equal(np.delete(means, 3, axis=0), np.delete(ROWS["pooled/conv/mean"], 3, 0))


def test_axes_have_names_coordinates_and_units_without_cnnviz(run) -> None:
    with h5py.File(run / "capture.h5") as file:
        maps = file["maps/conv/maps"]

        assert [dim.label for dim in maps.dims] == ["clip", "channel", "time"]
        assert maps.dims[2][0].name == "/maps/conv/time"
        assert maps.dims[2][0].attrs["units"] == "s"
        assert np.array_equal(maps.dims[2][0][()], np.arange(700) / 8)
        assert maps.attrs["layer"] == "conv"


def test_attributes_are_those_that_were_given(run) -> None:
    capture = CaptureFile(run / "capture.h5")

    assert capture.attributes("maps/conv/maps") == {"layer": "conv"}
    capture.close()


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file.__delitem__("head"),
        lambda file: file.__delitem__("parts"),
        lambda file: file["head"].attrs.__delitem__("n_samples"),
        lambda file: file["head/layer_rows"].attrs.__setitem__("length", 2),
    ],
    ids=["no head", "no parts", "no number", "too few rows"],
)
def test_an_index_that_lacks_something_is_named(run, change) -> None:
    with h5py.File(run / "capture.h5", "r+") as file:
        change(file)

    with pytest.raises(CaptureFormatError, match=r"capture\.h5 is not a whole capture .*again"):
        CaptureFile(run / "capture.h5")


def test_an_index_that_cannot_be_written_leaves_the_old_one(run) -> None:
    before = (run / "capture.h5").read_bytes()
    broken = Table(name="maps/conv", axes=(), joined={"maps": ("clip", "channel", "time")})

    with pytest.raises(KeyError, match="clip"):
        write_index(run / "capture.h5", _head(), (broken,), (shard_path(run, 0),))

    assert (run / "capture.h5").read_bytes() == before
    assert sorted(path.name for path in run.iterdir()) == ["capture", "capture.h5"]
