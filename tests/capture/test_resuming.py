"""The list of clips is frozen in the run: what goes bad later costs one clip, and no other work."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cnnviz import _decoding, api
from cnnviz.audio import Clips
from cnnviz.capture import Capture, Choices, open_capture, record, screened_from_capture
from cnnviz.errors import AudioError
from tests.capture.recordings import (
    N_SAMPLES,
    SAMPLE_RATE,
    clips_of,
    contents,
    tiny_model,
    write_clips,
)
from tests.capture.test_recording import SMALL

ALONE = replace(SMALL, batch_size=1, shard_bytes=25_000)  # no clip's numbers depend on another
N_CLIPS, BAD = 20, 15


class Stopped(Exception):
    """What ends a capture midway."""


@pytest.fixture
def clips(tmp_path) -> Clips:
    return write_clips(tmp_path / "clips", N_CLIPS)


@pytest.fixture
def whole(clips, tmp_path) -> dict[str, np.ndarray]:
    """The capture that was not interrupted."""
    with record(tiny_model(), clips, out=tmp_path / "whole", choices=ALONE) as capture:
        return contents(capture) | {"map_index": capture.map_index}


def stop_after(n_clips: int) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        if done >= n_clips:
            raise Stopped

    return progress


def begin(clips: Clips, run: Path, *, n_clips: int = 10, choices: Choices = ALONE) -> None:
    with pytest.raises(Stopped):
        record(tiny_model(), clips, out=run, choices=choices, progress=stop_after(n_clips))


def listed(clips: Clips) -> Clips:
    """The clips that are in their folder now."""
    return clips.take([i for i, path in enumerate(clips.paths) if path.exists()])


def go_on(clips: Clips, run: Path, *, choices: Choices = ALONE) -> Capture:
    known = screened_from_capture(listed(clips), run)
    assert known is not None
    return record(tiny_model(), known, out=run, choices=choices)


def garbage(path: Path) -> None:
    path.write_bytes(b"no sound")


def not_a_number(path: Path) -> None:
    waveform = np.zeros(N_SAMPLES, dtype=np.float32)
    waveform[5] = np.nan
    soundfile.write(path, waveform, SAMPLE_RATE, subtype="FLOAT")


def assert_equal_without(found: Capture, whole: dict[str, np.ndarray], bad: int) -> None:
    maps_kept = whole["map_index"] != bad
    kept = np.delete(np.arange(N_CLIPS), bad)
    assert np.array_equal(kept[found.map_index], whole["map_index"][maps_kept])
    assert found.logits.tobytes() == np.delete(whole["logits"], bad, 0).tobytes()
    assert np.array_equal(found.waveforms(found.audio_index), np.delete(whole["waveforms"], bad, 0))
    for layer in found.layers:
        for name in ("mean", "max", "rms"):
            expected = np.delete(whole[f"{layer} {name}"], bad, 0)
            assert found.pooled(layer, name).tobytes() == expected.tobytes()
        maps = np.stack([found.maps(layer, int(i)) for i in found.map_index])
        assert np.array_equal(maps, whole[f"{layer} maps"][maps_kept])
        best = found.exemplars(layer)
        maxima = np.take_along_axis(found.heard(layer).highest.T, best.clip_index, axis=1)
        assert np.array_equal(best.values, maxima)


def test_nothing_is_decoded_to_know_the_clips_of_a_run(clips, whole, tmp_path, monkeypatch) -> None:
    begin(clips, tmp_path / "run")
    for path in clips.paths:  # copied, say: every file is younger than the run
        path.touch()
    monkeypatch.setattr(_decoding, "_decode_whole", lambda path: pytest.fail(f"{path} is decoded"))

    known = screened_from_capture(listed(clips), tmp_path / "run")

    monkeypatch.undo()
    assert known is not None
    assert known.digest == clips.digest
    with record(tiny_model(), known, out=tmp_path / "run", choices=ALONE) as capture:
        found = contents(capture)
    assert all(np.array_equal(found[name], whole[name]) for name in found)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (garbage, "0015.wav: "),
        (not_a_number, "0015.wav: holds NaN or Inf"),
        (Path.unlink, "0015.wav: no such file or directory"),
        (lambda path: path.write_bytes(b""), "0015.wav: is empty"),
    ],
    ids=["garbage", "NaN", "gone", "empty"],
)
def test_a_file_that_goes_bad_before_its_turn_is_one_skipped_clip(
    damage, reason, clips, whole, tmp_path
) -> None:
    begin(clips, tmp_path / "run")
    damage(clips.paths[BAD])

    with go_on(clips, tmp_path / "run") as capture:
        assert capture.n_clips == N_CLIPS - 1
        assert [text[: len(reason)] for text in capture.clips.skipped] == [reason]
        assert_equal_without(capture, whole, BAD)


def test_a_part_all_of_whose_clips_went_bad_is_left_out(clips, whole, tmp_path) -> None:
    one_each = replace(ALONE, shard_bytes=1)
    begin(clips, tmp_path / "run", choices=one_each)
    garbage(clips.paths[BAD])

    with go_on(clips, tmp_path / "run", choices=one_each) as capture:
        assert len(list((tmp_path / "run/capture").glob("part-*"))) == N_CLIPS
        assert_equal_without(capture, whole, BAD)


def test_a_file_that_is_mended_is_taken_in_again(clips, whole, tmp_path) -> None:
    begin(clips, tmp_path / "run")
    garbage(clips.paths[BAD])
    go_on(clips, tmp_path / "run").close()
    parts = {path: path.stat().st_mtime_ns for path in (tmp_path / "run/capture").glob("part*")}
    write_clips(clips.folder, N_CLIPS)

    with go_on(clips, tmp_path / "run") as capture:
        found = contents(capture)

    assert all(np.array_equal(found[name], whole[name]) for name in found)
    assert sum(path.stat().st_mtime_ns != time for path, time in parts.items()) == 1


@pytest.mark.parametrize("damage", [garbage, Path.unlink], ids=["garbage", "gone"])
def test_a_file_that_goes_bad_after_its_turn_costs_nothing(damage, clips, whole, tmp_path) -> None:
    begin(clips, tmp_path / "run", n_clips=18)
    damage(clips.paths[3])

    with go_on(clips, tmp_path / "run") as capture:
        found = contents(capture)

    assert all(np.array_equal(found[name], whole[name]) for name in found)


def test_files_that_went_away_are_said_beside_the_clips(clips, tmp_path) -> None:
    begin(clips, tmp_path / "run")
    clips.paths[3].unlink()

    known = screened_from_capture(listed(clips), tmp_path / "run")

    assert known is not None
    assert len(known) == N_CLIPS
    assert "1 of the run's clips are gone since it began" in known.describe()


def test_splits_groups_and_notes_are_those_that_are_listed_now(clips, tmp_path) -> None:
    begin(clips, tmp_path / "run")
    texts = {name: tuple(f"{name} {i}" for i in range(N_CLIPS)) for name in ("splits", "groups")}
    clips.paths[3].unlink()

    known = screened_from_capture(listed(replace(clips, **texts)), tmp_path / "run")

    assert known is not None
    assert known.splits == (*texts["splits"][:3], "", *texts["splits"][4:])
    assert known.groups == (*texts["groups"][:3], "", *texts["groups"][4:])


def test_a_file_that_is_there_and_not_wanted_makes_other_clips(clips, tmp_path) -> None:
    begin(clips, tmp_path / "run")

    assert screened_from_capture(clips.take(range(N_CLIPS - 1)), tmp_path / "run") is None


def test_a_folder_that_goes_away_stops_the_capture_and_nothing_is_lost(
    clips, whole, tmp_path
) -> None:
    begin(clips, tmp_path / "run")
    clips.folder.rename(tmp_path / "unplugged")

    with pytest.raises(AudioError, match=r"3 of 20 files in .*clips cannot be used .*one in ten"):
        record(tiny_model(), clips, out=tmp_path / "run", choices=ALONE)
    (tmp_path / "unplugged").rename(clips.folder)
    with go_on(clips, tmp_path / "run") as capture:
        found = contents(capture)

    assert all(np.array_equal(found[name], whole[name]) for name in found)


def test_a_run_whose_clips_were_moved_goes_on(clips, whole, tmp_path) -> None:
    begin(clips, tmp_path / "run")
    shutil.move(clips.folder, tmp_path / "elsewhere")

    known = screened_from_capture(clips_of(tmp_path / "elsewhere"), tmp_path / "run")

    assert known is not None
    with record(tiny_model(), known, out=tmp_path / "run", choices=ALONE) as capture:
        assert np.array_equal(capture.logits, whole["logits"])


def test_recording_in_python_goes_on_with_the_list_of_the_run(clips, tmp_path) -> None:
    run = tmp_path / "run"
    with pytest.raises(Stopped):
        api.record(tiny_model(), clips, out=run, n_maps=10, progress=stop_after(1))
    garbage(clips.paths[BAD])

    with api.record(tiny_model(), clips_of(clips.folder), out=run, n_maps=10) as capture:
        assert capture.n_clips == N_CLIPS - 1
        assert capture.clips.skipped[0].startswith("0015.wav: ")
    with open_capture(run) as again:
        assert again.clips.names == capture.clips.names
