"""A capture travels as JSON: what another process records from it is the same."""

import json
import multiprocessing
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from cnnviz.audio import Clips
from cnnviz.capture import (
    CaptureSpec,
    Choices,
    prepare,
    read_spec,
    record,
    record_part,
    record_plan,
    screened_from_capture,
    write_spec,
)
from cnnviz.errors import CaptureFormatError, ModelLoadError
from cnnviz.loaders import load_model
from cnnviz.model import AudioModel
from tests.capture.recordings import N_SAMPLES, SAMPLE_RATE, contents, tiny_model, write_clips
from tests.capture.test_recording import SMALL

NETWORK = """
import torch
from torch import nn


def build():
    torch.manual_seed({seed})
    return nn.Sequential(nn.Conv1d(1, 6, 9, stride=2), nn.ReLU(), nn.Conv1d(6, 4, 5, padding=2),
                         nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(4, 3))
"""


def model_in(folder: Path, *, seed: int = 0) -> AudioModel:
    path = folder / "network.py"
    path.write_text(NETWORK.format(seed=seed))
    return load_model(f"{path}:build", sample_rate=SAMPLE_RATE, n_samples=N_SAMPLES)


def shards(run: Path) -> dict[str, np.ndarray]:
    found = {}
    for path in sorted((run / "capture").glob("part-*.h5")):
        with h5py.File(path) as file:
            file.visititems(
                lambda name, node, stem=path.stem: (
                    found.update({f"{stem}/{name}": node[()]})
                    if isinstance(node, h5py.Dataset)
                    else None
                )
            )
    return found


@pytest.fixture
def spec(tmp_path) -> CaptureSpec:
    clips = write_clips(tmp_path / "clips", 12)
    clips = replace(
        clips,
        starts=np.linspace(0, 0.01, 12),
        groups=("anna",) * 12,
        skipped=("in the way.wav: \udcff",),
        durations=np.array([0.1] * 11 + [np.nan]),
    )
    return prepare(tiny_model(), clips, SMALL).spec


def test_json_gives_back_every_value(spec) -> None:
    found = CaptureSpec.from_json(spec.to_json(), source="test")

    assert found.identity() == spec.identity()
    assert (found.model, found.layers, found.choices) == (spec.model, spec.layers, spec.choices)
    assert (found.batch_size, found.shard_clips) == (spec.batch_size, spec.shard_clips)
    for name in type(spec.clips).__slots__:
        np.testing.assert_array_equal(getattr(found.clips, name), getattr(spec.clips, name), name)


def test_json_is_strict_and_says_null_where_a_number_is_not_known(spec) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(name)

    values = json.loads(spec.to_json(), parse_constant=refuse)

    assert values["clips"]["durations"][-1] is None
    assert values["clips"]["stops"] == [None] * 12
    assert values["clips"]["paths"][0] == "0000.wav"


def test_relative_folders_travel_as_absolute_ones(tmp_path, monkeypatch) -> None:
    write_clips(tmp_path / "clips", 3)
    monkeypatch.chdir(tmp_path)
    clips = write_clips(Path("clips"), 3)
    spec = prepare(tiny_model(), clips, SMALL).spec

    found = CaptureSpec.from_json(spec.to_json(), source="test")

    assert found.clips.folder == tmp_path / "clips"
    assert found.clips.digest == clips.digest


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "JSONDecodeError"),
        ("[]", "TypeError"),
        ('{"format": "other"}', "format='other'"),
        ('{"format": "cnnviz-capture-spec-1"}', "KeyError: 'model'"),
    ],
    ids=["no JSON", "no object", "another format", "half of it"],
)
def test_what_is_no_specification_is_named(text, reason) -> None:
    with pytest.raises(CaptureFormatError, match=rf"x\.json is no specification .*{reason}"):
        CaptureSpec.from_json(text, source="x.json")


def test_a_run_without_a_specification_is_named(tmp_path) -> None:
    with pytest.raises(CaptureFormatError, match=r"spec\.json cannot be read .*check the path"):
        read_spec(tmp_path)


def test_shards_of_other_processes_equal_those_of_one(tmp_path) -> None:
    model, clips = model_in(tmp_path), write_clips(tmp_path / "clips", 20)
    plan = prepare(model, clips, SMALL)
    n_shards = len(plan.spec.shards(tmp_path))
    for name in ("apart", "one"):
        write_spec(plan.spec, tmp_path / name)
    spawn = multiprocessing.get_context("spawn")
    parts = (range(0, n_shards, 2), range(1, n_shards, 2))

    with spawn.Pool(2) as pool:
        pool.starmap(record_part, [(tmp_path / "apart", part) for part in parts])
        pool.apply(record_part, (tmp_path / "one", range(n_shards)))
    record_plan(plan, out=tmp_path / "whole").close()

    apart, one, whole = (shards(tmp_path / name) for name in ("apart", "one", "whole"))
    assert n_shards > 2
    assert apart.keys() == one.keys() == whole.keys()
    assert all(np.array_equal(apart[name], one[name]) for name in one)
    for name in one:  # this process may compute in another precision by now
        np.testing.assert_allclose(whole[name], one[name], rtol=1e-3, atol=1e-4)


def test_parts_of_other_processes_are_joined_without_running_a_clip(tmp_path) -> None:
    model, clips = model_in(tmp_path), write_clips(tmp_path / "clips", 12)
    plan = prepare(model, clips, SMALL)
    write_spec(plan.spec, tmp_path / "apart")
    record_part(tmp_path / "apart", range(len(plan.spec.shards(tmp_path))))
    done = []

    with (
        record_plan(
            plan, out=tmp_path / "apart", progress=lambda *counts: done.append(counts)
        ) as joined,
        record_plan(plan, out=tmp_path / "whole") as whole,
    ):
        one, other = contents(joined), contents(whole)

    assert done == [(12, 12)]
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_a_model_that_changed_meanwhile_is_refused(tmp_path) -> None:
    plan = prepare(model_in(tmp_path), write_clips(tmp_path / "clips", 3), Choices())
    write_spec(plan.spec, tmp_path / "run")
    model_in(tmp_path, seed=1)

    with pytest.raises(ModelLoadError, match=r"has weights of digest .*; allowed: those that were"):
        record_part(tmp_path / "run", range(1))
    assert not list((tmp_path / "run" / "capture").glob("part-*"))


def test_a_specification_does_not_say_that_code_in_files_is_trusted(spec) -> None:
    assert "trust" not in spec.to_json()


@pytest.fixture
def damaged(tmp_path) -> tuple[Clips, Path]:
    """Twelve clips of which one cannot be decoded, as listed, and a run of the others."""
    clips = write_clips(tmp_path / "clips", 12)
    clips.paths[5].write_bytes(b"no sound")
    record(tiny_model(), clips.screened(), out=tmp_path / "run", choices=SMALL).close()
    return clips, tmp_path / "run"


def test_clips_of_a_run_need_not_be_decoded_again(damaged) -> None:
    clips, run = damaged

    known, again = screened_from_capture(clips, run), clips.screened()

    assert known is not None
    assert len(known.skipped) == 1
    for name in type(clips).__slots__:
        np.testing.assert_array_equal(getattr(known, name), getattr(again, name), name)


def test_clips_are_decoded_again_when_they_are_others(damaged) -> None:
    clips, run = damaged

    assert screened_from_capture(clips.take(range(10)), run) is None
    assert screened_from_capture(replace(clips, labels=1 - clips.labels), run) is None


def test_clips_of_an_empty_folder_are_not_known(damaged, tmp_path) -> None:
    clips, _ = damaged

    assert screened_from_capture(clips, tmp_path / "elsewhere") is None


def test_a_clip_that_was_neither_kept_nor_skipped_is_looked_at(damaged) -> None:
    clips, run = damaged
    spec = read_spec(run)
    write_spec(replace(spec, clips=replace(spec.clips, skipped=())), run)

    known = screened_from_capture(clips, run)

    assert known is not None
    assert known.skipped == clips.screened().skipped
    write_clips(clips.folder, 13)  # the damaged one among them, mended
    assert screened_from_capture(clips, run) is None
