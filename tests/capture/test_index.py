"""The index opens in other programs, with named axes, wherever the run stands."""

import shutil
import subprocess
import warnings
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray

from cnnviz.capture import open_capture, prepare, record
from cnnviz.errors import CaptureFormatError, LayerNotFoundError, ParameterError
from tests.capture.recordings import N_SAMPLES, SAMPLE_RATE, tiny_model, write_clips
from tests.capture.test_recording import SMALL


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    clips = write_clips(folder / "clips")
    record(tiny_model(), clips, out=folder / "run", choices=SMALL).close()
    return folder / "run"


def _open(run: Path, group: str) -> xarray.Dataset:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # h5netcdf remarks on axes without a scale
        return xarray.open_dataset(run / "capture.h5", group=group, engine="h5netcdf")


def test_xarray_opens_maps_with_named_axes_in_seconds(run) -> None:
    with _open(run, "maps/conv2") as maps, open_capture(run) as capture:
        assert maps["maps"].dims == ("clip", "channel", "time")
        assert maps["clip"].values.tolist() == capture.map_index.tolist()
        assert np.allclose(maps["time"].values, capture.grid("conv2").times)
        assert maps["maps"].dtype == np.float16
        expected = capture.maps("conv2", int(capture.map_index[3]))
        assert np.array_equal(maps["maps"].values[3].astype(np.float32), expected)


def test_xarray_opens_statistics_of_all_clips(run) -> None:
    with _open(run, "pooled/conv1") as pooled:
        assert pooled["rms"].dims == ("clip", "channel")
        assert pooled["rms"].shape == (40, 6)


def test_units_and_receptive_field_are_attributes(run) -> None:
    with h5py.File(run / "capture.h5") as file:
        attributes = dict(file["maps/conv2/maps"].attrs)
        assert file["maps/conv2/time"].attrs["units"] == "s"

    assert attributes["receptive_field_time_offset"] == -4
    assert attributes["receptive_field_time_jump"] == 2
    assert attributes["receptive_field_time_size"] == 17
    assert attributes["receptive_field_time_status"] == "exact"
    assert attributes["sample_rate"] == SAMPLE_RATE
    assert attributes["layer"] == "conv2"
    assert len(attributes["model_digest"]) == 64
    assert attributes["max_abs_rounding_error"] > 0


def test_h5dump_reads_the_maps_through_the_index(run) -> None:
    program = shutil.which("h5dump")
    if program is None:
        pytest.skip("h5dump is not installed")

    shown = subprocess.run(
        [program, "-d", "/maps/conv2/maps", "-s", "0,0,0", "-c", "1,1,2", "capture.h5"],
        cwd=run,
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    with open_capture(run) as capture:
        value = capture.maps("conv2", int(capture.map_index[0]))[0, 0]
    assert f"{value:.4g}"[:5] in shown
    assert 'DATASET "/maps/conv2/maps"' in shown


def test_a_run_can_be_moved(run, tmp_path) -> None:
    moved = tmp_path / "elsewhere"
    shutil.copytree(run, moved)

    with open_capture(run) as one, open_capture(moved / "capture.h5") as other:
        assert np.array_equal(one.logits, other.logits)
        assert np.isfinite(other.maps("conv1", int(other.map_index[-1]))).all()


def test_a_shard_that_is_gone_is_named_and_made_again(run, tmp_path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(run, broken)
    (broken / "capture" / "part-00003.h5").unlink()
    clips = write_clips(run.parent / "clips")

    with pytest.raises(CaptureFormatError, match=r"needs capture/part-00003\.h5, which is gone"):
        open_capture(broken)
    with (
        record(tiny_model(), clips, out=broken, choices=SMALL) as mended,
        open_capture(run) as whole,
    ):
        assert np.array_equal(mended.logits, whole.logits)


def test_weights_of_captured_convolutions_are_kept(run) -> None:
    with h5py.File(run / "capture.h5") as file:
        weight = file["filters/conv1/weight"][()]

    assert np.array_equal(weight, tiny_model().network.conv1.weight.detach().double().numpy())


def test_the_estimate_is_within_a_tenth_of_what_is_written(run) -> None:
    clips = write_clips(run.parent / "clips")
    estimate = prepare(tiny_model(), clips, SMALL).estimate
    sizes = []
    for path in run.rglob("*.h5"):
        with h5py.File(path) as file:
            file.visititems(
                lambda _, node: (
                    sizes.append(node.nbytes)
                    if isinstance(node, h5py.Dataset) and not node.is_virtual
                    else None
                )
            )

    assert abs(estimate.total - sum(sizes)) <= 0.1 * sum(sizes)


def test_a_budget_limits_the_maps_of_layers_that_are_named(run) -> None:
    clips = write_clips(run.parent / "clips")
    named = replace(SMALL, layers=("conv1", "conv2"))
    one = prepare(tiny_model(), clips, replace(named, n_maps=1)).estimate.maps

    plan = prepare(tiny_model(), clips, replace(named, n_maps=40, budget_bytes=5 * one + 3))

    assert plan.estimate.n_maps == len(plan.spec.map_index) == 5


@pytest.mark.parametrize(
    ("n_clips", "n_parts"), [(400, 400), (500, 500), (501, 251), (12_345, 494)]
)
def test_many_clips_have_larger_parts_and_not_more_than_500(run, n_clips, n_parts) -> None:
    one = write_clips(run.parent / "clips").take([0])
    clips = one.take([0] * n_clips)
    choices = replace(SMALL, shard_bytes=1, n_maps=0)

    assert len(prepare(tiny_model(), clips, choices).spec.shards(run)) == n_parts


def test_maps_and_waveforms_that_were_not_kept_are_named(run) -> None:
    with open_capture(run) as capture:
        missing = min(set(range(40)) - set(capture.map_index.tolist()))
        with pytest.raises(ParameterError, match=rf"clip {missing} has no maps .*--maps"):
            capture.maps("conv1", missing)
        with pytest.raises(ParameterError, match="clip 99 has no waveforms"):
            capture.waveforms([99])
        with pytest.raises(LayerNotFoundError, match=r"layer 'x' is not in .*conv1, conv2"):
            capture.grid("x")
        assert capture.waveforms([]).shape == (0, N_SAMPLES)


def test_what_is_no_capture_is_named(tmp_path) -> None:
    with pytest.raises(CaptureFormatError, match=r"capture\.h5 does not exist"):
        open_capture(tmp_path)
