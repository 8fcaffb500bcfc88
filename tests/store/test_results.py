"""Results survive the disk bit by bit, and nothing half-written is ever seen."""

from dataclasses import fields, is_dataclass, replace

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz import store
from cnnviz.clips import ClipTable
from cnnviz.errors import CaptureFormatError
from cnnviz.grid import Grid, ReceptiveField, time_grid
from cnnviz.provenance import Provenance
from cnnviz.results import (
    ChannelStatistics,
    ClipGallery,
    Embedding,
    Evidence,
    FeatureMaps,
    Finding,
    LayerMaps,
    LayerRow,
    LayerStatistics,
)

PROVENANCE = Provenance(created="2026-01-01T00:00:00Z", seed=3, parameters='{"a": 1}')


def _statistics() -> LayerStatistics:
    field = ReceptiveField(offset=-2.0, jump=4.0, size=7.5, status="upper")
    row = LayerRow(
        name="conv#1",
        kind="Conv1d",
        detail="5 taps",
        output_shape=(4, 100),
        n_parameters=24,
        time_field=field,
        frequency_field=None,
    )
    column = np.array([0.0, np.nan, -np.inf, 1e-300])
    channel = ChannelStatistics(
        layer="conv", mean=column, maximum=column, rms=column, fraction_silent=column
    )
    return LayerStatistics(
        model_name="m",
        sample_rate=16000,
        n_samples=400,
        n_parameters=2**40,
        frontend="waveform",
        class_names=("yes", "nö", ""),
        layers=(row, row),
        channels=(channel,),
        findings=(),
        provenance=PROVENANCE,
    )


def _maps() -> FeatureMaps:
    grid = time_grid(ReceptiveField(jump=0.1), 6, 16000.0)
    maps = np.random.default_rng(0).normal(size=(2, 3, 6)).astype(np.float32)
    layer = LayerMaps(
        layer="a.b", maps=maps, grid=grid, order=np.arange(3), channel_centre_hz=np.ones(3)
    )
    unknown = replace(layer, grid=Grid(times=grid.times, frequencies=np.empty(0)))
    return FeatureMaps(clip_index=np.array([0, 5]), layers=(layer, unknown), provenance=PROVENANCE)


def _finding(text: str, number: float) -> Finding:
    evidence = (Evidence(name=text, value=number, unit=text), Evidence(name="n", value=1))
    return Finding(id=text, sentence=text, evidence=evidence, null=number, fragment=text)


def _assert_equal(one: object, other: object) -> None:
    assert type(one) is type(other)
    if is_dataclass(one):
        for field in fields(one):
            _assert_equal(getattr(one, field.name), getattr(other, field.name))
    elif isinstance(one, np.ndarray):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        assert one.tobytes() == other.tobytes()
    elif isinstance(one, float):
        assert np.float64(one).tobytes() == np.float64(other).tobytes()
    elif isinstance(one, tuple):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            _assert_equal(a, b)
    else:
        assert one == other


@pytest.mark.parametrize("result", [_statistics(), _maps()], ids=["statistics", "maps"])
def test_a_result_read_back_is_equal_in_every_bit(result, tmp_path) -> None:
    store.write(result, tmp_path / "results" / "x.h5")

    _assert_equal(result, store.read(tmp_path / "results" / "x.h5"))


@settings(max_examples=30, deadline=None)
@given(
    texts=st.lists(st.text(st.characters(codec=None), max_size=8), max_size=4),
    number=st.floats(width=64),
    command=st.text(st.characters(codec=None)),
)
def test_any_text_and_any_number_survive(tmp_path_factory, texts, number, command) -> None:
    n = len(texts)
    gallery = ClipGallery(
        clips=ClipTable(
            names=tuple(texts),
            labels=np.arange(n),
            class_names=tuple(texts),
            splits=tuple("" for _ in texts),
            notes=tuple(texts),
            durations=np.full(n, number),
            skipped=tuple(texts),
        ),
        sample_rate=8000,
        audio_index=np.empty(0, dtype=np.int64),
        findings=tuple(_finding(text, number) for text in texts),
        provenance=replace(PROVENANCE, command=command, seed=None),
    )
    path = tmp_path_factory.mktemp("any") / "gallery.h5"

    store.write(gallery, path)

    _assert_equal(gallery, store.read(path))


def test_large_arrays_are_compressed_and_equal(tmp_path) -> None:
    points = np.repeat(np.random.default_rng(0).normal(size=(1000, 2)), 20, axis=0)
    embedding = Embedding(
        method="pca",
        layer="a",
        pooling="mean",
        points=points,
        clip_index=np.arange(20000),
        n_neighbors=15,
        trustworthiness=0.5,
        continuity=float("nan"),
        knn_purity=0.1,
        knn_purity_input=0.2,
        purity_neighbors=5,
        chance_purity=0.0,
        explained_variance=np.ones(2),
        findings=(),
        provenance=PROVENANCE,
    )

    store.write(embedding, tmp_path / "e.h5")

    assert (tmp_path / "e.h5").stat().st_size < points.nbytes / 2
    assert store.read(tmp_path / "e.h5").points.tobytes() == points.tobytes()


def test_the_same_result_gives_the_same_bytes(tmp_path) -> None:
    store.write(_maps(), tmp_path / "a.h5")
    store.write(_maps(), tmp_path / "b.h5")

    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path) -> None:
    store.write(_maps(), tmp_path / "a.h5")
    before = (tmp_path / "a.h5").read_bytes()

    with pytest.raises(TypeError, match="model_name is a dict"):
        store.write(replace(_statistics(), model_name={}), tmp_path / "a.h5")

    assert (tmp_path / "a.h5").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.h5"]


def test_a_file_that_is_not_hdf5_is_named(tmp_path) -> None:
    (tmp_path / "a.h5").write_text("hello")

    with pytest.raises(CaptureFormatError, match=r"a\.h5 cannot be read as HDF5"):
        store.read(tmp_path / "a.h5")


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(CaptureFormatError, match=r"a\.h5 does not exist"):
        store.read(tmp_path / "a.h5")


def test_a_foreign_hdf5_file_is_refused(tmp_path) -> None:
    h5py.File(tmp_path / "a.h5", "w").close()

    with pytest.raises(CaptureFormatError, match="cnnviz_format='none'; allowed: 'cnnviz-res"):
        store.read(tmp_path / "a.h5")


def test_a_type_outside_the_closed_set_is_refused(tmp_path) -> None:
    store.write(_maps(), tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        file.attrs["cnnviz_type"] = "Popen"

    with pytest.raises(CaptureFormatError, match="holds the type 'Popen'"):
        store.read(tmp_path / "a.h5")


def test_a_record_that_is_no_result_is_refused(tmp_path) -> None:
    store.write(time_grid(ReceptiveField(), 3, 1.0), tmp_path / "a.h5")

    with pytest.raises(CaptureFormatError, match="holds a Grid; allowed: a result"):
        store.read(tmp_path / "a.h5")


def test_a_missing_field_is_refused(tmp_path) -> None:
    store.write(_maps(), tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        del file["clip_index"]

    with pytest.raises(CaptureFormatError, match="does not hold a whole result"):
        store.read(tmp_path / "a.h5")
