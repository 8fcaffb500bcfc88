"""The table of clips is checked once, read-only, and the same in memory and on disk."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnnviz.capture import predict, record
from cnnviz.clips import ClipTable, clip_name
from cnnviz.errors import ParameterError, ShapeError
from cnnviz.store import open_capture, read
from tests.capture.recordings import tiny_model, write_clips
from tests.capture.test_recording import SMALL

NAMES = ("a.wav", "b.wav", "c.wav")


def assert_equal(one: ClipTable, other: ClipTable) -> None:
    for name in ClipTable.__slots__:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_what_is_not_given_is_not_known():
    table = ClipTable(names=NAMES, labels=np.array([0, 1, -1]))

    assert len(table) == 3
    assert table.splits == table.groups == table.notes == ("", "", "")
    assert np.isnan(table.durations).all()


def test_a_table_cannot_be_changed_from_outside():
    labels = np.array([0, 1, -1])
    table = ClipTable(names=NAMES, labels=labels, class_names=("x", "y"))

    labels[0] = 1

    assert table.labels.tolist() == [0, 1, -1]
    with pytest.raises(ValueError, match="read-only"):
        table.labels[0] = 1


@pytest.mark.parametrize(
    ("class_names", "expected"),
    [(("x", "y"), ["x", "y", ""]), ((), ["class 0", "class 1", ""])],
    ids=["named", "numbered"],
)
def test_a_class_is_named_by_the_label(class_names, expected):
    table = ClipTable(names=NAMES, labels=np.array([0, 1, -1]), class_names=class_names)

    assert [table.class_of(clip) for clip in range(3)] == expected


@pytest.mark.parametrize("label", [2, -2], ids=["beyond the names", "below -1"])
def test_a_label_that_points_nowhere_is_refused(label):
    with pytest.raises(ParameterError, match=rf"label {label} with 2 class names; allowed: an in"):
        ClipTable(names=NAMES, labels=np.array([0, label, 1]), class_names=("x", "y"))


@pytest.mark.parametrize(
    "columns",
    [{"splits": ("test",)}, {"groups": ("anna", "ben")}, {"durations": np.ones(4)}],
    ids=["splits", "groups", "durations"],
)
def test_a_column_of_another_length_is_refused(columns):
    (name,) = columns

    with pytest.raises(ShapeError, match=rf"{name} has shape .* for 3 clips; allowed: one value"):
        ClipTable(names=NAMES, labels=np.zeros(3), **columns)


@pytest.mark.parametrize(
    ("start", "stop", "expected"),
    [(0.0, np.nan, "in/a.wav"), (0.5, np.nan, "in/a.wav#t=0.5"), (1.0, 2.5, "in/a.wav#t=1,2.5")],
    ids=["whole", "to the end", "part"],
)
def test_a_clip_is_named_by_its_path_and_media_fragment(start, stop, expected):
    folder = Path("home")

    assert clip_name(folder / "in/a.wav", folder, start=start, stop=stop) == expected


def test_clips_capture_and_predictions_hold_the_same_table(tmp_path):
    clips = write_clips(tmp_path / "clips", 7)

    with record(tiny_model(), clips, out=tmp_path / "run", choices=SMALL) as capture:
        assert_equal(capture.clips, clips.table)
    assert_equal(predict(tiny_model(), clips).clips, clips.table)


@pytest.mark.parametrize("of", ["capture", "gallery"])
def test_files_of_format_one_give_the_table_too(of):
    run = Path(__file__).parent / "store" / "older_run"

    with open_capture(run) as capture:
        found = capture.clips if of == "capture" else read(run / "results/clip_gallery.h5").clips
        digest = capture.provenance.clips_digest

    assert len(found) == len(found.labels) == len(found.durations) > 0
    assert set(found.groups) == {""}
    assert found.digest == digest
    assert [found.class_of(clip) for clip in range(len(found))] == [
        name.partition("/")[0] for name in found.names
    ]


def test_the_table_keeps_the_digest_of_the_clips(tmp_path):
    clips = write_clips(tmp_path / "clips", 7)

    assert clips.table.digest == clips.digest
    assert clips.take([0, 1]).table.digest != clips.digest


def test_the_digest_of_clips_is_the_hash_of_names_classes_settings_and_excerpts(tmp_path):
    clips = write_clips(tmp_path / "clips", 2)

    texts = ("0000.wav", "0001.wav", "noise", "more noise", "8000|800|start")
    hashed = "".join(f"{text}\x00" for text in texts).encode()
    numbers = np.zeros(2, np.int64).tobytes() + np.zeros(2).tobytes()
    expected = hashlib.sha256(hashed + numbers + np.full(2, np.nan).tobytes()).hexdigest()
    assert clips.digest == expected


def test_the_table_needs_numpy_alone():
    code = (
        "import sys, cnnviz.clips\n"
        "print([m for m in ('torch', 'h5py', 'soundfile') if m in sys.modules])"
    )

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"
