"""A file of a stranger is refused when it reaches outside itself, before anything is read."""

import shutil
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from cnnviz import store
from cnnviz.errors import CaptureFormatError
from cnnviz.results.finding import Evidence, Finding
from cnnviz.store import open_capture
from cnnviz.store.files import opened
from tests.store.test_files import KIND, _gallery, _write

OLDER_RUN = Path(__file__).parent / "older_run"
SECRET = b"root:x:0:0:root:/root:/bin/bash\n"


@pytest.fixture
def gallery(tmp_path) -> Path:
    """A result, and beside it a text and an HDF5 file that it must not show."""
    (tmp_path / "secret.txt").write_bytes(SECRET)
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["secret"] = np.full(3, 7)
    store.write(_gallery(3), tmp_path / "run" / "a.h5")
    return tmp_path / "run" / "a.h5"


def _external(file: h5py.File) -> None:
    del file["clips/labels"]
    segments = [(str(Path(file.filename).parents[1] / "secret.txt"), 0, len(SECRET))]
    file["clips"].create_dataset("labels", (len(SECRET),), np.uint8, external=segments)


def _virtual(file: h5py.File) -> None:
    del file["clips/labels"]
    layout = h5py.VirtualLayout((3,), np.int64)
    layout[:] = h5py.VirtualSource("../secret.h5", "secret", (3,), np.int64)
    file.create_virtual_dataset("clips/labels", layout)


def _link(link: object) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        del file["clips/labels"]
        file["clips/labels"] = link

    return change


def _loop(file: h5py.File) -> None:
    del file["provenance"]
    file["clips/provenance"] = file["/"]


def _filter(file: h5py.File) -> None:
    del file["clips/labels"]
    layout = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    layout.set_chunk((3,))
    layout.set_filter(40_000, h5py.h5z.FLAG_OPTIONAL)
    space = h5py.h5s.create_simple((3,))
    h5py.h5d.create(file["clips"].id, b"labels", h5py.h5t.NATIVE_INT64, space, layout)


def _unwritten(file: h5py.File) -> None:
    del file["clips/labels"]
    file.create_dataset("clips/labels", (1 << 40,), np.float64)


def _half_written(file: h5py.File) -> None:
    del file["clips/labels"]
    file.create_dataset("clips/labels", (6,), np.int64, chunks=(3,))[:3] = 1


def _bomb(file: h5py.File) -> None:
    del file["clips/durations"]
    n_cells = 1 << 28  # 2 GiB of zeros
    options = {"chunks": (1 << 24,), "compression": "gzip"}
    data = file.create_dataset("clips/durations", (n_cells,), np.float64, **options)
    packed = zlib.compress(bytes(8 << 24))
    for first in range(0, n_cells, 1 << 24):
        data.id.write_direct_chunk((first,), packed)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_external, "takes its bytes from another file"),
        (_virtual, "takes its rows from files outside the run"),
        (_link(h5py.ExternalLink("../secret.h5", "secret")), "is a link to elsewhere"),
        (_link(h5py.SoftLink("/clips/labels")), "is a link to elsewhere"),
        (_loop, "is linked from several places"),
        (_filter, r"needs the filters \[40000\]"),
        (_unwritten, "lacks values that were never written"),
        (_half_written, "lacks values that were never written"),
        (_bomb, "would take 2,147,483,648 bytes"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_reaches_elsewhere_or_was_never_written_is_refused(gallery, change, said) -> None:
    with h5py.File(gallery, "r+") as file:
        change(file)

    with pytest.raises(CaptureFormatError, match=rf"a\.h5 is refused: 'clips.* {said}; allowed: "):
        store.read(gallery)


def _free_space(content: bytes) -> int:
    """Where the free space of the last heap of texts begins."""
    place = content.rindex(b"GCOL") + 16
    while content[place]:  # the number of a text; 0: free space
        n_bytes = int.from_bytes(content[place + 8 : place + 16], "little")
        place += 16 + -(-n_bytes // 8) * 8
    return place


def test_a_heap_of_texts_without_end_is_refused(gallery) -> None:
    content = bytearray(gallery.read_bytes())
    free = _free_space(content)
    content[free + 8 : free + 16] = bytes(8)  # its size: HDF5 never comes past it
    gallery.write_bytes(content)

    with pytest.raises(
        CaptureFormatError,
        match=r"a\.h5 cannot be read .*still (computing after 5|loading after 20) s",
    ):
        store.read(gallery)


def test_one_long_text_at_many_places_is_refused(gallery) -> None:
    n_places, n_bytes = 3000, 1 << 20  # 3 GiB when read
    with h5py.File(gallery, "r+") as file:
        del file["clips/labels"]
        file["clips"].create_dataset("labels", (n_places,), h5py.string_dtype())
        file["clips/labels"][0] = "x" * n_bytes
        first, after = (file["clips/labels"].id.get_offset() + 16 * i for i in (0, 1))
    content = bytearray(gallery.read_bytes())
    content[after : after + 16 * (n_places - 1)] = content[first:after] * (n_places - 1)
    gallery.write_bytes(content)

    # Which bound is met first, of memory or of processor time, is the machine's affair.
    reasons = "memory allocation failed|still (computing after 5|loading after 20) s"
    refused = rf"a\.h5 cannot be read .*({reasons})"
    with pytest.raises(CaptureFormatError, match=refused):
        store.read(gallery)


@pytest.mark.parametrize(
    "value",
    [np.array([KIND.encode()]), h5py.Empty("f8"), 1.5, np.array([KIND], dtype=object)],
    ids=["array", "empty", "number", "texts"],
)
def test_a_format_that_is_no_text_is_named(tmp_path, value) -> None:
    _write(tmp_path / "a.h5", 1.0)
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        del file.attrs["cnnviz_format"]
        file.attrs["cnnviz_format"] = value

    with (
        pytest.raises(CaptureFormatError, match=r"a\.h5 has cnnviz_format=.*; allowed: 'test-1'"),
        opened(tmp_path / "a.h5", KIND),
    ):
        pass


@pytest.mark.parametrize(
    "name", ["../../secret.h5", "/etc/passwd", "capture/../../part-00000.h5", "capture/part.h5"]
)
def test_parts_outside_the_run_are_refused(tmp_path, name) -> None:
    shutil.copytree(OLDER_RUN, tmp_path / "run")
    with h5py.File(tmp_path / "run" / "capture.h5", "r+") as file:
        file["parts"][0] = name

    with pytest.raises(CaptureFormatError, match=r"capture\.h5 is not a whole capture .*no part"):
        open_capture(tmp_path / "run")


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("head/map_index", [0, 3, 3, 5], "positions of clips are not between 0 and 8"),
        ("head/map_index", [-1, 2, 3, 5], "positions of clips are not between 0 and 8"),
        ("head/audio_index", np.arange(10), "positions of clips are not between 0 and 8"),
        ("head/map_index", [0.0, 2.0], "positions of clips are no list of whole numbers"),
        ("scores/logits", np.zeros((8, 3)), "does not hold scores/logits of its clips"),
        ("pooled/0/mean", [b"a"] * 9, "does not hold pooled/0/mean of its clips"),
        ("pooled/0/mean/deep", 1, "does not hold pooled/0/mean of its clips"),
        ("exemplars/0/clip_index", np.full((3, 10), 9), "has exemplars that are no clips"),
    ],
    ids=["twice", "negative", "too many", "broken", "a row short", "texts", "a group", "no clip"],
)
def test_positions_and_counts_of_a_capture_are_checked(tmp_path, name, values, said) -> None:
    shutil.copytree(OLDER_RUN, tmp_path / "run")
    with h5py.File(tmp_path / "run" / "capture.h5", "r+") as file:
        del file[name.removesuffix("/deep")]
        file[name] = values

    with (
        pytest.raises(CaptureFormatError, match=said),
        open_capture(tmp_path / "run") as capture,
    ):
        _ = capture.logits, capture.pooled("0", "mean"), capture.exemplars("0")


@pytest.mark.parametrize(
    ("name", "value"),
    [("fragment", True), ("sentence", 3), ("id", h5py.Empty("f8"))],
    ids=["truth", "number", "nothing"],
)
def test_a_field_of_another_type_is_named(gallery, name, value) -> None:
    evidence = (Evidence(name="share", value=1.0),)
    finding = Finding(id="a", sentence="It is so.", evidence=evidence)
    store.write(replace(_gallery(3), findings=(finding,)), gallery)
    with h5py.File(gallery, "r+") as file:
        file["findings/0"].attrs[name] = value

    with pytest.raises(CaptureFormatError, match=rf"not hold a whole result \({name} is of type"):
        store.read(gallery)
