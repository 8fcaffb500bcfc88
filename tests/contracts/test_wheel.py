"""What is shipped."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def members(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = out.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return {info.filename: info.file_size for info in archive.infolist()}


def test_the_wheel_holds_three_packages_and_its_metadata(members):
    tops = {name.split("/")[0] for name in members}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"cnnviz", "zoo", "reports"}


@pytest.mark.parametrize("package", ["cnnviz", "zoo", "reports"])
def test_each_package_is_typed(members, package):
    assert f"{package}/py.typed" in members


def test_reference_weights_ship_and_are_small(members):
    weights = [size for name, size in members.items() if name.endswith(".safetensors")]

    assert weights
    assert max(weights) < 3 * MEGABYTE
    assert sum(weights) < 12 * MEGABYTE


def test_bundled_clips_ship_and_are_small(members):
    clips = [size for name, size in members.items() if name.endswith(".flac")]

    assert 50 <= len(clips) <= 80
    assert sum(clips) < 2 * MEGABYTE


def test_bundled_grids_ship(members):
    grids = {name for name in members if name.startswith("zoo/grids/")}

    assert grids == {"zoo/grids/study.toml", "zoo/grids/kws12_small.toml"}


def test_page_templates_ship(members):
    assert [name for name in members if name.startswith("reports/templates/")]
    assert [name for name in members if name.startswith("reports/static/")]
