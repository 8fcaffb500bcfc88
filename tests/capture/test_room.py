"""A capture asks for its room before it begins."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from cnnviz.audio import Clips
from cnnviz.capture import prepare, record
from cnnviz.errors import DiskError
from tests.capture.recordings import tiny_model, write_clips
from tests.capture.test_recording import SMALL


@pytest.fixture
def clips(tmp_path) -> Clips:
    return write_clips(tmp_path / "clips", 12)


def _sizes(run: Path) -> dict[str, int]:
    paths = (path for path in run.rglob("*") if path.is_file())
    return {str(path.relative_to(run)): path.stat().st_size for path in paths}


def test_a_disk_without_room_is_told_and_an_older_capture_stays(
    clips, tmp_path, monkeypatch
) -> None:
    record(tiny_model(), clips, out=tmp_path / "run", choices=SMALL).close()
    before = _sizes(tmp_path / "run")
    usage = shutil.disk_usage(tmp_path)._replace(free=1_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)

    with pytest.raises(DiskError, match=r"the capture in .*run needs up to .* MB and .* 1\.0 kB"):
        record(tiny_model(seed=1), clips, out=tmp_path / "run", choices=SMALL, overwrite=True)

    assert _sizes(tmp_path / "run") == before


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_a_capture_takes_no_more_than_it_asked_for(clips, tmp_path, dtype) -> None:
    plan = prepare(tiny_model(), clips, replace(SMALL, dtype=dtype))
    asked = plan.bytes_to_write(tmp_path / "run")

    record(tiny_model(), clips, out=tmp_path / "run", choices=replace(SMALL, dtype=dtype)).close()

    taken = sum(_sizes(tmp_path / "run").values())
    assert taken <= asked
    assert plan.bytes_to_write(tmp_path / "run") < asked  # the index anew, no part
    assert plan.bytes_to_write(tmp_path / "run", overwrite=True) < asked
