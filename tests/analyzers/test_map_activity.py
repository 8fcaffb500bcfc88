"""Channels that respond to the beginning of a sound, or to what follows, and how sparsely."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch
from torch import nn

from cnnviz.analyzers.feature_maps import DisplayMaps
from cnnviz.capture import record
from cnnviz.dsp.onset import AFTER_ONSET_SECONDS
from cnnviz.model import ModelSpec, assemble
from cnnviz.run import Run
from tests.capture.recordings import SAMPLE_RATE, clips_of
from tests.capture.test_recording import SMALL
from tests.dsp.kernels import gabor

EARLY_HZ, LATE_HZ, ONSET, SWITCH = 530, 1430, 0.3, 0.37


class Ears(nn.Module):
    """Channels for the early tone, for the late one, and a deaf one."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.relu = nn.Conv1d(1, 3, 129, stride=8), nn.ReLU()
        with torch.no_grad():
            for channel, hertz in enumerate((EARLY_HZ, LATE_HZ)):
                taps = gabor(hertz * 16000 / SAMPLE_RATE, 20, 129)
                self.conv.weight[channel, 0] = torch.tensor(taps)
            self.conv.weight[2] = 0
            self.conv.bias.copy_(torch.tensor([0.0, 0.0, -1.0]))

    def forward(self, waveform: torch.Tensor) -> torch.Tensor:
        return self.relu(self.conv(waveform)).mean(-1)


def sound(seconds: float) -> np.ndarray:
    """A soft hiss, then the early tone from 0.3 to 0.37 s, then the late one."""
    times = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    hertz = np.where(times < SWITCH, EARLY_HZ, LATE_HZ)
    tone = np.where(times < ONSET, 0.0, np.sin(2 * np.pi * hertz * times))
    return 0.5 * tone + 1e-4 * np.random.default_rng(0).normal(size=len(times))


@pytest.fixture(params=[1.0, 0.5], ids=["long", "short"])
def heard(request, tmp_path):
    """Clip length in s, the maps as later layers see them, and their activity."""
    n_samples = int(request.param * SAMPLE_RATE)
    (tmp_path / "clips").mkdir()
    for k in range(2):
        path = tmp_path / "clips" / f"{k}.wav"
        soundfile.write(path, sound(request.param), SAMPLE_RATE, subtype="FLOAT")
    spec = ModelSpec(sample_rate=SAMPLE_RATE, n_samples=n_samples, class_names=("a", "b", "c"))
    model = assemble(Ears(), spec, name="ears", reference="ears")
    choices = replace(SMALL, layers=("conv",))
    clips = replace(clips_of(tmp_path / "clips"), n_samples=n_samples)
    with record(model, clips, out=tmp_path / "run", choices=choices) as capture:
        result = DisplayMaps().run(Run(capture=capture, model=model))
        alone = DisplayMaps().run(Run(capture=capture))
        maps = np.maximum([capture.maps("conv", int(k)) for k in result.clip_index], 0)
    assert alone.layers[0].activity is None
    return request.param, maps, result


def test_activity_is_that_of_the_rectified_maps_and_onsets_are_told_from_what_lasts(heard) -> None:
    seconds, maps, result = heard
    found = result.layers[0].activity

    np.testing.assert_allclose(found.fraction_active, (maps > 0).mean(axis=(0, 2)))
    power, mean = np.square(maps[:, :2]).mean(axis=2), maps[:, :2].mean(axis=2)
    shares = (1 - mean**2 / power) / (1 - 1 / maps.shape[2])
    np.testing.assert_allclose(found.sparseness[:2], shares.mean(axis=0))
    assert np.isnan([found.sparseness[2], found.gini[2], found.onset_index[2]]).all()
    if seconds < ONSET + AFTER_ONSET_SECONDS[1]:
        assert found.n_onsets == 0
        assert np.isnan(found.onset_index).all()
        return
    assert found.n_onsets == 2
    assert found.onset_index[0] > 0.9
    assert found.onset_index[1] < -0.9
    assert found.sound_onset_index == pytest.approx(0, abs=0.02)


def test_the_table_of_maps_has_the_activity_of_each_channel(heard) -> None:
    _, _, result = heard

    frame = result.to_dataframe()

    expected = np.tile(result.layers[0].activity.fraction_active, len(result.clip_index))
    np.testing.assert_array_equal(frame.fraction_active, expected)
