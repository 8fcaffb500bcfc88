"""``cnnviz capture`` as people type it."""

from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from cnnviz.capture import open_capture
from cnnviz.cli import root
from cnnviz.errors import CaptureFormatError, LayerNotFoundError, ParameterError
from cnnviz.forked import n_cores
from tests.capture.recordings import N_SAMPLES, SAMPLE_RATE, write_clips

_FACTORY = f"""
import sys
sys.path.insert(0, {str(Path(__file__).resolve().parents[2])!r})
import torch
from tests.capture.recordings import TinyNet

def build():
    torch.manual_seed(0)
    return TinyNet()
"""


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ...]:
    """Model, clips and contract as typed; the clips are in folders of two classes."""
    folder = tmp_path_factory.mktemp("typed")
    (folder / "tiny.py").write_text(_FACTORY)
    write_clips(folder / "clips" / "hiss", 6)
    write_clips(folder / "clips" / "noise", 6)
    contract = ("--sample-rate", SAMPLE_RATE, "--n-samples", N_SAMPLES, "--out", folder / "run")
    return tuple(map(str, (f"{folder / 'tiny.py'}:build", folder / "clips", *contract)))


def run(*words: object) -> Result:
    return CliRunner().invoke(root, ["capture", *map(str, words)])


def test_the_estimate_comes_before_and_the_path_after(words) -> None:
    result = run(*words, "--maps", "4")

    run_folder = Path(words[-1])
    assert result.exit_code == 0, result.output
    assert "capturing conv1, conv2, relu#1: filters, maps of 4 clips, statistics of all 12" in (
        result.output
    )
    assert result.output.index("capturing conv1") < result.output.index("wrote")
    assert str(run_folder / "capture.h5") in result.output
    with open_capture(run_folder) as capture:
        assert capture.n_clips == 12
        assert len(capture.map_index) == 4
        assert capture.class_names == ("hiss", "noise")
        assert capture.provenance.created.endswith("Z")


def test_another_choice_is_refused_until_overwritten(words) -> None:
    run(*words, "--maps", "4")

    refused = run(*words, "--maps", "all")
    done = run(*words, "--maps", "all", "--pack", "gzip", "--overwrite")

    assert isinstance(refused.exception, CaptureFormatError)
    assert "--overwrite" in str(refused.exception)
    assert done.exit_code == 0
    with open_capture(Path(words[-1])) as capture:
        assert len(capture.map_index) == 12


def test_an_unknown_layer_names_the_command_that_lists_them(words) -> None:
    result = run(*words, "--layer", "conv9", "--overwrite")

    assert isinstance(result.exception, LayerNotFoundError)
    assert "layers: conv1, relu, conv2, relu#1, head; see: cnnviz layers" in str(result.exception)


def test_a_budget_that_is_too_small_is_said(words) -> None:
    result = run(*words, "--budget", "50KB", "--overwrite")

    assert result.exit_code == 0
    assert "12 clips with full maps do not fit the budget" in result.output


@pytest.mark.parametrize(
    ("option", "text", "named"),
    [("--maps", "many", "'many' is not a number or 'all'"), ("--budget", "huge", "500MB or 2GB")],
)
def test_misspelt_numbers_are_named(option, text, named, words) -> None:
    result = run(*words, option, text)

    assert result.exit_code == 2
    assert named in " ".join(result.output.replace("│", " ").split())


def test_a_device_that_is_not_here_is_one_line(words) -> None:
    result = run(*words, "--device", "cuda:99")

    assert isinstance(result.exception, ParameterError)
    assert "device='cuda:99' is not on this machine; allowed: auto, cpu" in str(result.exception)


def test_clips_of_a_run_are_read_once(words) -> None:
    place = ("--device", "cpu", "--threads", torch.get_num_threads())
    first, again = run(*words, *place, "--overwrite"), run(*words, *place)

    assert again.exit_code == first.exit_code == 0
    assert "capturing" in again.output
    assert "reading clips" not in again.output
    with open_capture(Path(words[-1])) as capture:
        assert capture.provenance.device == "cpu"


def test_threads_bound_the_forks_too(words, monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    before = torch.get_num_threads()
    try:
        result = run(*words, "--threads", 3, "--overwrite")
        assert result.exit_code == 0, result.output
        assert (torch.get_num_threads(), n_cores()) == (3, 3)
    finally:
        torch.set_num_threads(before)


def test_a_clip_that_went_bad_since_is_skipped_and_named(words) -> None:
    run(*words, "--overwrite")
    bad = Path(words[1]) / "hiss" / "0003.wav"
    sound = bad.read_bytes()
    for part in (Path(words[-1]) / "capture").glob("part-*"):
        part.unlink()  # as a run that was killed early has none
    bad.write_bytes(b"no sound")

    result = run(*words)

    bad.write_bytes(sound)
    assert result.exit_code == 0, result.output
    assert "reading clips" not in result.output
    assert "1 skipped, gone bad since the run began; the first: hiss/0003.wav: " in result.output
    with open_capture(Path(words[-1])) as capture:
        assert capture.n_clips == 11


def test_help_shows_examples() -> None:
    result = run("--help")

    assert result.exit_code == 0
    assert "cnnviz capture mynet.py:build" in result.output
