"""Display maps keep every event, with its sign, where it sounds."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from cnnviz.analyzers.feature_maps import DisplayMaps, peaks, thinned_grid
from cnnviz.capture import record
from cnnviz.errors import ParameterError
from cnnviz.grid import Grid, ReceptiveField, time_grid
from cnnviz.run import Run
from tests.capture.recordings import N_SAMPLES, SAMPLE_RATE, clips_of, tiny_model, write_clips
from tests.capture.test_recording import SMALL


def test_an_impulse_appears_within_half_a_bin_of_its_time(tmp_path) -> None:
    import soundfile

    model = tiny_model()
    with torch.no_grad():  # a detector of clicks: one tap in the middle of each kernel
        model.network.conv1.weight.zero_()[:, 0, 4] = 1
        model.network.conv1.bias.zero_()
    times = np.array([30, 200, 401, 790])
    for i, at in enumerate(times):
        waveform = np.zeros(N_SAMPLES)
        waveform[at - at % 2 : at - at % 2 + 2] = 0.5
        (tmp_path / "clips").mkdir(exist_ok=True)
        soundfile.write(tmp_path / "clips" / f"{i}.wav", waveform, SAMPLE_RATE, subtype="FLOAT")

    choices = replace(SMALL, layers=("conv1",))
    with record(model, clips_of(tmp_path / "clips"), out=tmp_path / "run", choices=choices) as run:
        layer = DisplayMaps(n_bins=40).run(Run(capture=run, model=model)).layers[0]

    found = layer.grid.times[layer.maps[:, 0].argmax(-1)]
    bin_seconds = np.diff(layer.grid.times)[0]
    assert layer.maps.shape[-1] <= 40
    assert np.abs(found - times / SAMPLE_RATE).max() <= bin_seconds / 2 + 1 / SAMPLE_RATE


def test_each_bin_holds_its_value_of_largest_magnitude() -> None:
    maps = np.random.default_rng(0).normal(size=(3, 2, 1003)).astype(np.float32)

    found = peaks(maps, 100)

    assert found.shape == (3, 2, 92)
    for i in range(92):
        part = maps[..., 11 * i : 11 * (i + 1)]
        expected = np.take_along_axis(part, np.abs(part).argmax(-1)[..., None], -1)[..., 0]
        assert np.array_equal(found[..., i], expected)


def test_short_maps_are_left_alone() -> None:
    maps = np.arange(5.0)

    assert peaks(maps, 5) is maps


def test_bins_lie_at_the_middle_of_their_cells() -> None:
    field = ReceptiveField(offset=-3, jump=16, size=80)
    grid = time_grid(field, 100, 16000)

    thin = thinned_grid(grid, 25, 16000)

    assert np.allclose(thin.times, grid.times.reshape(25, 4).mean(1))
    assert thin.receptive_field.size == 80 + 3 * 16


def test_unknown_fields_keep_their_spread_times() -> None:
    grid = Grid(times=np.arange(10.0), frequencies=np.empty(0))

    assert thinned_grid(grid, 3, 1).times.tolist() == [1.5, 5.5, 8.5]


def test_channels_are_ordered_by_centre_frequency(tmp_path) -> None:
    model, clips = tiny_model(), write_clips(tmp_path / "clips")
    tones = [3000, 500, 2000, 1000, 3500, 1500]
    with torch.no_grad():
        window = torch.hann_window(11)[1:-1]
        for i, tone in enumerate(tones):
            phase = 2 * torch.pi * tone / SAMPLE_RATE * torch.arange(9)
            model.network.conv1.weight[i, 0] = window * torch.cos(phase)

    with record(model, clips, out=tmp_path / "run", choices=SMALL) as run:
        result = DisplayMaps(n_clips=3).run(Run(capture=run, model=model))
        alone = DisplayMaps(n_clips=3).run(Run(capture=run))

    layer = result.layers[0]
    assert layer.order.tolist() == np.argsort(tones).tolist()
    middle = np.argsort(tones)[1:-1]  # the outer bands reach the ends of the axis
    assert np.allclose(layer.channel_centre_hz[middle], np.array(tones)[middle], rtol=0.05)
    assert alone.layers[0].order.tolist() == list(range(6))
    assert np.isnan(alone.layers[0].channel_centre_hz).all()


def test_without_maps_the_next_step_is_named(tmp_path) -> None:
    clips = write_clips(tmp_path / "clips", 4)

    with (
        record(tiny_model(), clips, out=tmp_path / "run", choices=replace(SMALL, n_maps=0)) as run,
        pytest.raises(ParameterError, match=r"keeps no full maps; .*--maps 12"),
    ):
        DisplayMaps().run(Run(capture=run))


@pytest.mark.parametrize("name", ["n_clips", "n_bins"])
def test_parameters_out_of_range_are_named(name) -> None:
    with pytest.raises(ParameterError, match=f"{name}=0; allowed: 1 or more"):
        DisplayMaps(**{name: 0})
