"""Layer statistics equal numpy's, and say in words what no output hears."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cnnviz import store
from cnnviz.analyzers.layer_statistics import (
    ChannelActivity,
    channel_statistics,
    coverage_findings,
    field_findings,
    silence_findings,
)
from cnnviz.capture import Choices, record
from cnnviz.errors import ParameterError
from cnnviz.grid import ReceptiveField
from cnnviz.model import ModelSpec, assemble
from cnnviz.results import LayerRow
from cnnviz.run import Run
from cnnviz.store import HeardRange
from tests.capture.recordings import N_SAMPLES, SAMPLE_RATE, forward, tiny_model, write_clips
from tests.capture.test_recording import SMALL


def test_channel_statistics_equal_those_of_all_activations(tmp_path) -> None:
    model, clips = tiny_model(), write_clips(tmp_path / "clips")
    values = forward(model, clips)["conv2"].astype(np.float64)  # (clip, channel, time)

    with record(model, clips, out=tmp_path / "run", choices=SMALL) as capture:
        result = ChannelActivity().run(Run(capture=capture, model=model))
    store.write(result, tmp_path / "layer_statistics.h5")

    found = result.channels[1]
    assert found.layer == "conv2"
    assert np.allclose(found.mean, values.mean((0, 2)), atol=1e-6)
    assert np.allclose(found.maximum, values.max((0, 2)), atol=1e-6)
    assert np.allclose(found.rms, np.sqrt((values**2).mean((0, 2))), atol=1e-6)
    assert np.allclose(found.fraction_silent, (values.max(2) <= 0).mean(0))
    assert [row.name for row in result.layers] == ["conv1", "relu", "conv2", "relu#1", "head"]
    assert result.n_parameters == 6 * 10 + 4 * 31 + 15
    assert result.frontend == "waveform"
    assert store.read(tmp_path / "layer_statistics.h5").findings == result.findings


def test_the_end_of_a_clip_that_no_output_sees_is_reported() -> None:
    (found,) = coverage_findings((0, 15040), 16000, 16000)

    assert found.sentence == (
        "The last 60 ms of a clip (960 of 16,000 audio samples) reach no output of the network."
    )
    assert [one.value for one in found.evidence] == [60, 960, 16000]
    assert (found.severity, found.threshold) == ("warning", 1.0)


def test_the_deepest_layer_with_a_time_axis_is_the_one_before_cells_are_flattened() -> None:
    seen = ReceptiveField(jump=160.0, size=400.0)
    shapes = {"pool": (8, 7), "flatten": (56,), "dropout": (56,)}
    rows = tuple(
        LayerRow(
            name=name,
            kind="",
            detail="",
            output_shape=shape,
            n_parameters=0,
            time_field=seen,
            frequency_field=None,
        )
        for name, shape in shapes.items()
    )

    (found,) = field_findings(rows, 16_000)

    assert found.sentence == (
        "pool, the last layer with steps over time and a known receptive field, sees 25 ms at "
        "once and moves in steps of 10 ms."
    )
    assert [one.value for one in found.evidence] == [25, 10]


@pytest.mark.parametrize("frontend", ["waveform, normalize peak", "log_mel, top_db 80"])
def test_where_whole_clips_are_leveled_unseen_ends_reach_outputs_that_way(frontend) -> None:
    (found,) = coverage_findings((0, 15040), 16000, 16000, frontend=frontend)

    assert found.sentence.endswith(
        "reach no output of the network other than by the level of the whole clip."
    )


def test_a_bound_of_a_receptive_field_is_said_to_be_one() -> None:
    row = LayerRow(
        name="pool",
        kind="",
        detail="",
        output_shape=(8, 7),
        n_parameters=0,
        time_field=ReceptiveField(jump=160.0, size=400.0, status="upper"),
        frequency_field=None,
    )

    (found,) = field_findings((row,), 16_000)

    assert "sees at most 25 ms at once" in found.sentence


def test_a_channel_of_infinities_makes_no_other_one_constant() -> None:
    values = np.array([[1.0, np.inf], [2.0, 3.0]])
    heard = HeardRange(lowest=np.zeros((2, 2)), highest=values)

    statistics = channel_statistics("conv", values, values, values, heard)

    assert statistics.constant.tolist() == [False, False]


@pytest.mark.parametrize("covered", [None, (0, 16000), (3, 15990)])
def test_full_coverage_and_negligible_ends_are_not_worth_a_sentence(covered) -> None:
    assert coverage_findings(covered, 16000, 16000) == ()


def test_channels_that_never_rise_and_nan_are_named() -> None:
    maximum = np.array([[0.0, 1.0, np.nan], [-1.0, -1.0, 2.0]])
    heard = HeardRange(lowest=np.zeros((2, 3)), highest=np.maximum(maximum, 0.0))  # behind a relu
    statistics = channel_statistics("conv", maximum, maximum, maximum, heard)

    dead, broken = silence_findings((statistics,), 2)

    assert dead.sentence == (
        "conv: 1 of 3 channels, after normalisation and activation, gave later layers one value "
        "on all 2 clips (0)."
    )
    assert statistics.fraction_silent[:2].tolist() == [1.0, 0.5]
    assert broken.sentence == "conv: 1 channels gave NaN or infinity."
    assert (dead.severity, broken.severity) == ("warning", "problem")


class Normalised(nn.Module):
    """Channel 1 is normalised away, channel 2 shut; 0 is negative, 3 turned around, 4 tiny."""

    def __init__(self, activation: nn.Module) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv, self.norm = nn.Conv1d(1, 6, 9), nn.BatchNorm1d(6)
        self.act, self.head = activation, nn.Linear(6, 3)
        with torch.no_grad():
            self.conv.bias[0] = -100.0
            self.norm.running_mean[0] = -100.0
            self.norm.weight[1] = 0.0
            self.norm.bias[1], self.norm.bias[2] = 0.7, -100.0
            self.norm.weight[3] = -1.0
            self.conv.weight[4] *= 1e-4
            self.conv.bias[4] = self.norm.bias[4] = 0.0
            self.norm.weight[4] = 1e4

    def forward(self, clips: Tensor) -> Tensor:
        return self.head(self.act(self.norm(self.conv(clips))).mean(2))


@pytest.mark.parametrize(
    ("activation", "dead"),
    [
        (nn.ReLU(), [1, 2]),
        (nn.GELU(), [1, 2]),
        (nn.Identity(), [1]),
        (nn.ReLU(inplace=True), [1, 2]),
    ],
    ids=["relu", "gelu", "none", "in place"],
)
def test_dead_channels_are_those_that_later_layers_see_as_constants(
    activation: nn.Module, dead: list[int], tmp_path
) -> None:
    network = Normalised(activation)
    spec = ModelSpec(sample_rate=SAMPLE_RATE, n_samples=N_SAMPLES, class_names=("a", "b", "c"))
    model = assemble(network, spec, name="normalised", reference="normalised")
    clips = write_clips(tmp_path / "clips")
    seen = []
    handle = network.head.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))

    with record(model, clips, out=tmp_path / "run", choices=Choices(layers=("conv",))) as capture:
        result = ChannelActivity().run(Run(capture=capture, model=model))

    handle.remove()
    (channels,) = result.channels
    means = torch.cat(seen[-5:])  # what the last layer reads of some clips
    assert np.flatnonzero(channels.constant).tolist() == dead
    assert (means.std(0) < 1e-6 * means.std(0).max()).nonzero().flatten().tolist() == dead
    (finding,) = (f for f in result.findings if f.id == "silent_channels:conv")
    assert f"({', '.join(map(str, dead))})" in finding.sentence
    assert channels.fraction_silent[1] == 0.0  # constant, and not zero


def test_an_older_capture_makes_no_claim_about_what_later_layers_see() -> None:
    maximum = np.array([[-1.0, 1.0]])

    statistics = channel_statistics("conv", maximum, maximum, maximum)

    assert np.isnan(statistics.fraction_silent).all()
    assert silence_findings((statistics,), 1) == ()


def test_without_a_capture_the_next_step_is_named() -> None:
    with pytest.raises(ParameterError, match=r"has no capture.*cnnviz capture MODEL CLIPS"):
        ChannelActivity().run(Run(model=None))
