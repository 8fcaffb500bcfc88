"""A capture equals the slow way, and survives being killed."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.audio import Clips
from cnnviz.capture import Choices, prepare, record
from cnnviz.errors import (
    CaptureFormatError,
    LayerNotFoundError,
    ParameterError,
    UnsupportedModelError,
)
from cnnviz.model import ModelSpec, WeightsOnly, assemble
from tests.capture.recordings import (
    N_SAMPLES,
    SAMPLE_RATE,
    clips_of,
    contents,
    forward,
    tiny_model,
    write_clips,
)

SMALL = Choices(batch_size=3, n_maps=10, shard_bytes=40_000)


@pytest.fixture
def clips(tmp_path) -> Clips:
    return write_clips(tmp_path / "clips")


def test_maps_statistics_and_scores_equal_the_slow_way(clips, tmp_path) -> None:
    model = tiny_model()
    expected = forward(model, clips)

    with record(model, clips, out=tmp_path / "run", choices=replace(SMALL, dtype="float32")) as run:
        assert run.layers == ("conv1", "conv2", "relu#1")
        assert np.allclose(run.logits, expected["scores"], atol=1e-6)
        for layer in run.layers:
            values = expected[layer]  # (clip, channel, time)
            rms = np.sqrt(np.mean(values.astype(np.float64) ** 2, axis=-1))
            assert np.allclose(run.pooled(layer, "mean"), values.mean(-1), atol=1e-6)
            assert np.allclose(run.pooled(layer, "max"), values.max(-1), atol=1e-6)
            assert np.allclose(run.pooled(layer, "rms"), rms, atol=1e-6)
            for i in run.map_index:
                assert np.allclose(run.maps(layer, int(i)), values[i], atol=1e-6)


def test_exemplars_are_the_highest_maxima_at_receptive_field_centres(clips, tmp_path) -> None:
    model = tiny_model()
    values = forward(model, clips)["relu#1"]

    with record(model, clips, out=tmp_path / "run", choices=SMALL) as run:
        table = run.exemplars("conv2")

    order = np.argsort(-values.max(-1), axis=0, kind="stable")[:10].T  # (channel, k)
    cells = np.take_along_axis(values.argmax(-1).T, order, axis=1)
    # conv1: 9 taps, stride 2; conv2: 5 taps, padding 2: centre of cell m is 4 + 2 m samples
    assert np.array_equal(table.clip_index, order)
    assert np.allclose(table.times, (4 + 2 * cells) / SAMPLE_RATE)


def test_halves_differ_by_no_more_than_the_recorded_error(clips, tmp_path) -> None:
    model = tiny_model()
    values = forward(model, clips)["conv1"]

    with record(model, clips, out=tmp_path / "run", choices=SMALL) as run:
        errors = [np.abs(run.maps("conv1", int(i)) - values[i]).max() for i in run.map_index]
        recorded = run._file.attributes("maps/conv1/maps")["max_abs_rounding_error"]

    assert 0 < max(errors) <= recorded + 1e-6


def test_activations_beyond_half_precision_are_scaled(clips, tmp_path) -> None:
    model = tiny_model()
    with torch.no_grad():
        model.network.conv1.weight.mul_(1e6)
    values = forward(model, clips)["conv1"]

    with record(model, clips, out=tmp_path / "run", choices=SMALL) as run:
        maps = run.maps("conv1", int(run.map_index[0]))

    assert np.abs(values).max() > 65504
    assert np.allclose(maps, values[run.map_index[0]], rtol=1e-3, atol=np.abs(values).max() * 1e-3)


def test_an_in_place_activation_corrupts_nothing(clips, tmp_path) -> None:
    with (
        record(tiny_model(), clips, out=tmp_path / "plain", choices=SMALL) as plain,
        record(tiny_model(inplace=True), clips, out=tmp_path / "twin", choices=SMALL) as twin,
    ):
        one, other = contents(plain), contents(twin)

    assert one["conv1 maps"].min() < 0
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_every_call_of_a_shared_module_is_its_own_layer(clips, tmp_path) -> None:
    choices = replace(SMALL, layers=("relu", "relu#1", "head"))

    with record(tiny_model(), clips, out=tmp_path / "run", choices=choices) as run:
        assert run.layers == ("relu", "relu#1", "head")
        assert run.maps("relu", int(run.map_index[0])).shape == (6, 396)
        assert run.maps("relu#1", int(run.map_index[0])).shape == (4, 396)
        assert run.maps("head", int(run.map_index[0])).shape == (3, 1)
        assert np.array_equal(run.pooled("head", "max"), run.logits)


def test_spectrogram_maps_have_frequencies_in_hertz(clips, tmp_path) -> None:
    spec = {"sample_rate": SAMPLE_RATE, "n_samples": N_SAMPLES}
    frontend = {"kind": "log_mel", "n_fft": 128, "hop_length": 64, "n_mels": 20}
    network = nn.Sequential(
        nn.Conv2d(1, 3, (5, 3), stride=(2, 1)), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    model = assemble(
        network,
        ModelSpec.from_dict({**spec, "frontend": frontend}, source="test"),
        name="mel",
        reference="mel",
    )

    with record(model, clips, out=tmp_path / "run", choices=SMALL) as run:
        grid, maps = run.grid("0"), run.maps("0", int(run.map_index[0]))

    bands = model.frontend.grid(N_SAMPLES).frequencies
    assert maps.shape == (3, len(grid.frequencies), len(grid.times))
    assert np.allclose(grid.frequencies, bands[2:-2:2])
    assert np.allclose(np.diff(grid.times), 64 / SAMPLE_RATE)


def test_the_network_is_given_back_as_it_was(clips, tmp_path) -> None:
    model = tiny_model()
    model.network.train()
    before = {name: value.clone() for name, value in model.network.state_dict().items()}
    state = torch.get_rng_state()

    record(model, clips, out=tmp_path / "run", choices=SMALL).close()

    after = model.network.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert torch.equal(state, torch.get_rng_state())
    assert all(module.training for module in model.network.modules())
    assert not any(module._forward_hooks for module in model.network.modules())


def test_an_error_in_the_network_leaves_no_hooks_and_no_half_files(clips, tmp_path) -> None:
    model = tiny_model()
    calls = []

    def fail(*_: object) -> None:
        calls.append(1)
        if len(calls) > 6:
            raise RuntimeError("broken")

    model.network.conv2.register_forward_pre_hook(fail)

    with pytest.raises(RuntimeError, match="broken"):
        record(model, clips, out=tmp_path / "run", choices=SMALL)

    assert not model.network.conv1._forward_hooks
    assert not list((tmp_path / "run" / "capture").glob(".*"))


_KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from dataclasses import replace
from tests.capture.recordings import clips_of, tiny_model
from tests.capture.test_recording import SMALL
from cnnviz.capture import record

def progress(done, total):
    if done >= {after}:
        os.kill(os.getpid(), signal.SIGKILL)

record(tiny_model(), clips_of(Path({clips!r})), out=Path({run!r}), choices=SMALL, progress=progress)
"""


@pytest.mark.parametrize("after", [1, 14, 39, 40])
def test_a_killed_capture_continues_and_equals_an_uninterrupted_one(after, clips, tmp_path) -> None:
    root = str(Path(__file__).resolve().parents[2])
    run = tmp_path / "killed"
    script = _KILLED.format(root=root, after=after, clips=str(clips.folder), run=str(run))
    killed = subprocess.run([sys.executable, "-c", script], env={**os.environ}, check=False)
    whole_parts = {path: path.stat().st_mtime_ns for path in (run / "capture").glob("part-*.h5")}
    starts = []

    with (
        record(tiny_model(), clips, out=tmp_path / "whole", choices=SMALL) as uninterrupted,
        record(
            tiny_model(),
            clips,
            out=run,
            choices=SMALL,
            progress=lambda done, total: starts.append(done),
        ) as resumed,
    ):
        one, other = contents(uninterrupted), contents(resumed)
        shard_clips = prepare(tiny_model(), clips, SMALL).spec.shard_clips

    assert killed.returncode == -signal.SIGKILL
    assert after - starts[0] <= shard_clips
    assert all(path.stat().st_mtime_ns == time for path, time in whole_parts.items())
    assert one.keys() == other.keys()
    assert all(np.array_equal(one[name], other[name]) for name in one)
    assert not list((run / "capture").glob(".*"))


def test_a_finished_capture_is_not_run_again(clips, tmp_path) -> None:
    record(tiny_model(), clips, out=tmp_path / "run", choices=SMALL).close()
    done = []

    record(
        tiny_model(),
        clips,
        out=tmp_path / "run",
        choices=SMALL,
        progress=lambda *counts: done.append(counts),
    ).close()

    assert done == [(40, 40)]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 1}, "model"),
        ({"choices": replace(SMALL, n_maps=4)}, "maps and audio"),
        ({"choices": replace(SMALL, layers=("relu",))}, "layers"),
        ({"n_clips": 39}, "clips"),
    ],
    ids=["model", "maps", "layers", "clips"],
)
def test_another_capture_in_the_folder_is_not_overwritten(change, named, clips, tmp_path) -> None:
    record(tiny_model(), clips, out=tmp_path / "run", choices=SMALL).close()
    model = tiny_model(seed=change.get("seed", 0))
    others = clips.take(np.arange(change.get("n_clips", 40)))
    choices = change.get("choices", SMALL)

    with pytest.raises(CaptureFormatError, match=rf"different: .*{named}.*--overwrite"):
        record(model, others, out=tmp_path / "run", choices=choices)
    with record(model, others, out=tmp_path / "run", choices=choices, overwrite=True) as run:
        assert run.n_clips == len(others)


def test_an_unknown_layer_is_answered_with_the_known_ones(clips) -> None:
    match = r"layer 'conv9' is not in model 'tiny'; layers: conv1, relu, conv2, relu#1, head; see:"

    with pytest.raises(LayerNotFoundError, match=match):
        prepare(tiny_model(), clips, Choices(layers=("conv9",)))


def test_clips_without_a_common_length_are_refused(clips) -> None:
    with pytest.raises(ParameterError, match=r"n_samples=None; allowed: .*8000 Hz and one length"):
        prepare(tiny_model(), replace(clips, n_samples=None))


def test_weights_without_a_network_are_refused(clips) -> None:
    weights = WeightsOnly({"a.weight": torch.ones(1, 1, 3)}, "add a factory")
    model = assemble(weights, ModelSpec(sample_rate=SAMPLE_RATE), name="w", reference="w")

    with pytest.raises(UnsupportedModelError, match="add a factory"):
        prepare(model, clips)


def test_a_fixed_batch_is_filled_up_and_cut_again(clips, tmp_path) -> None:
    with (
        record(tiny_model(), clips, out=tmp_path / "free", choices=SMALL) as free,
        record(
            replace(tiny_model(), batch_size=16), clips, out=tmp_path / "fixed", choices=SMALL
        ) as fixed,
    ):
        one, other = contents(free), contents(fixed)

    assert all(np.allclose(one[name], other[name], atol=1e-5) for name in one)


def test_clips_read_again_from_the_folder_are_the_same(clips, tmp_path) -> None:
    again = clips_of(clips.folder)
    with record(tiny_model(), clips, out=tmp_path / "run", choices=SMALL) as capture:
        first = contents(capture)

    with record(tiny_model(), again, out=tmp_path / "run", choices=SMALL) as capture:
        continued = contents(capture)

    np.testing.assert_equal(continued, first)
