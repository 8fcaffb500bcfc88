"""Where a network runs is asked for by name, and the user's own network stays where it is."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

import cnnviz
from cnnviz.capture import predict
from cnnviz.errors import ParameterError, UnsupportedModelError
from cnnviz.model import AudioModel, ModelSpec, assemble, find_device, on_device, use_threads
from tests.capture.recordings import (
    N_SAMPLES,
    SAMPLE_RATE,
    contents,
    tiny_model,
    write_clips,
)

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")


def mel_model() -> AudioModel:
    frontend = {"kind": "log_mel", "n_fft": 128, "hop_length": 64, "n_mels": 20}
    spec = ModelSpec.from_dict(
        {"sample_rate": SAMPLE_RATE, "n_samples": N_SAMPLES, "frontend": frontend}, source="test"
    )
    network = nn.Sequential(nn.Conv2d(1, 3, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return assemble(network, spec, name="mel", reference="mel")


def test_auto_takes_cuda_where_there_is_it() -> None:
    expected = "cuda:0" if torch.cuda.is_available() else "cpu"

    assert find_device("auto") == torch.device(expected)


@pytest.mark.parametrize("name", ["cuda:99", "tpu", ""], ids=["absent", "unknown", "empty"])
def test_a_device_that_is_not_here_is_answered_with_those_that_are(name) -> None:
    with pytest.raises(ParameterError, match=rf"'{name}' is not .*allowed: auto, cpu.*--device"):
        find_device(name)


@pytest.mark.parametrize("name", [None, "cpu"], ids=["where it is", "by name"])
def test_a_model_that_is_there_already_is_itself(name) -> None:
    model = tiny_model()

    assert on_device(model, name) is model


def test_frontend_and_waveforms_follow_the_network() -> None:
    model = mel_model()
    model.network.to("meta")

    inputs = model.network_input(torch.zeros(2, N_SAMPLES))

    assert (inputs.device.type, inputs.shape) == ("meta", (2, 1, 20, 13))


def test_a_network_that_cannot_be_copied_is_named() -> None:
    model = tiny_model()
    model.network.to("meta")  # holds no values to copy

    with pytest.raises(UnsupportedModelError, match=r"tiny cannot be copied to cpu .*: meta"):
        on_device(model, "cpu")


def test_threads_are_those_asked_for() -> None:
    before = torch.get_num_threads()
    try:
        use_threads(3)

        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_without_a_number_threads_stay_as_torch_chose() -> None:
    before = torch.get_num_threads()

    use_threads(None)

    assert torch.get_num_threads() == before


def test_no_thread_at_all_is_refused() -> None:
    with pytest.raises(ParameterError, match="threads=0; allowed: 1 or more"):
        use_threads(0)


def test_the_record_says_the_device(tmp_path) -> None:
    model, clips = tiny_model(), write_clips(tmp_path / "clips", 3)

    with cnnviz.record(model, clips, out=tmp_path / "run", device="cpu") as capture:
        assert capture.provenance.device == "cpu"


@pytest.mark.gpu
@needs_cuda
@pytest.mark.parametrize("model", [tiny_model(), mel_model()], ids=["waveform", "mel"])
def test_a_borrowed_network_stays_where_it_is(model, tmp_path) -> None:
    clips = write_clips(tmp_path / "clips", 5)
    before = copy.deepcopy(model.network.state_dict())

    moved = on_device(model, "cuda")
    found, expected = predict(moved, clips), predict(model, clips)

    np.testing.assert_allclose(found.logits, expected.logits, rtol=1e-3, atol=1e-4)  # TF32
    assert found.provenance.device.startswith("cuda:0, ")
    assert model.device == torch.device("cpu")
    assert all(torch.equal(before[k], v) for k, v in model.network.state_dict().items())


@pytest.mark.gpu
@needs_cuda
def test_a_capture_on_cuda_equals_one_on_the_processor(tmp_path) -> None:
    model, clips = tiny_model(), write_clips(tmp_path / "clips", 12)

    with (
        cnnviz.record(model, clips, out=tmp_path / "cpu") as one,
        cnnviz.record(model, clips, out=tmp_path / "cuda", device="cuda") as other,
    ):
        expected, found = contents(one), contents(other)

    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-2, atol=1e-3)


def test_a_network_without_parameters_is_on_the_processor(tmp_path) -> None:
    clips = write_clips(tmp_path / "clips", 3)
    model = replace(tiny_model(), network=_Loudness())

    power = [np.mean(np.square(clips.waveform(i), dtype=np.float64)) for i in range(3)]
    assert model.device == torch.device("cpu")
    np.testing.assert_allclose(predict(model, clips).logits, np.outer(power, [1, 2, 3]), rtol=1e-5)


class _Loudness(nn.Module):
    """Scores without a weight."""

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return inputs.square().mean((1, 2))[:, None] * torch.tensor([1.0, 2.0, 3.0])
