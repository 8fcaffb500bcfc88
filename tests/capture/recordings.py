"""Small networks and clips that the tests of captures share."""

from pathlib import Path

import numpy as np
import soundfile
import torch
from torch import Tensor, nn

from cnnviz.audio import Clips
from cnnviz.capture import Capture
from cnnviz.model import AudioModel, ModelSpec, assemble

SAMPLE_RATE, N_SAMPLES = 8000, 800


class TinyNet(nn.Module):
    """Two convolutions, a shared activation, three scores."""

    def __init__(self, *, inplace: bool = False) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(1, 6, 9, stride=2)
        self.conv2 = nn.Conv1d(6, 4, 5, padding=2)
        self.relu = nn.ReLU(inplace=inplace)
        self.head = nn.Linear(4, 3)

    def forward(self, inputs: Tensor) -> Tensor:
        hidden = self.relu(self.conv2(self.relu(self.conv1(inputs))))
        return self.head(hidden.mean(-1))


def tiny_model(*, seed: int = 0, inplace: bool = False) -> AudioModel:
    torch.manual_seed(seed)
    spec = ModelSpec(sample_rate=SAMPLE_RATE, n_samples=N_SAMPLES, class_names=("a", "b", "c"))
    return assemble(TinyNet(inplace=inplace), spec, name="tiny", reference="tiny")


def write_clips(folder: Path, n_clips: int = 40) -> Clips:
    """Noise bursts of two classes, the first three times as many as the second."""
    random = np.random.default_rng(0)
    paths = []
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(n_clips):
        path = folder / f"{i:04d}.wav"
        waveform = 0.2 * random.standard_normal(N_SAMPLES)
        soundfile.write(path, waveform, SAMPLE_RATE, subtype="FLOAT")
        paths.append(path)
    return clips_of(folder)


def clips_of(folder: Path) -> Clips:
    paths = tuple(sorted(folder.glob("*.wav")))
    return Clips(
        folder=folder,
        paths=paths,
        labels=np.array([int(i % 4 == 3) for i in range(len(paths))]),
        class_names=("noise", "more noise"),
        starts=np.zeros(len(paths)),
        stops=np.full(len(paths), np.nan),
        sample_rate=SAMPLE_RATE,
        n_samples=N_SAMPLES,
    )


def forward(model: AudioModel, clips: Clips) -> dict[str, np.ndarray]:
    """The slow way: every clip alone, each layer by hand."""
    network = model.network.eval()
    found: dict[str, list[Tensor]] = {"conv1": [], "conv2": [], "relu#1": [], "scores": []}
    with torch.no_grad():
        for i in range(len(clips)):
            inputs = torch.from_numpy(clips.waveform(i))[None, None]
            first = network.conv1(inputs)
            second = network.conv2(torch.relu(first))
            found["conv1"].append(first)
            found["conv2"].append(second)
            found["relu#1"].append(torch.relu(second))
            found["scores"].append(network.head(torch.relu(second).mean(-1)))
    return {name: torch.cat(values).numpy() for name, values in found.items()}


def contents(capture: Capture) -> dict[str, np.ndarray]:
    """Every array of a capture by name."""
    found: dict[str, np.ndarray] = {"logits": capture.logits}
    for layer in capture.layers:
        for statistic in ("mean", "max", "rms"):
            found[f"{layer} {statistic}"] = capture.pooled(layer, statistic)
        if layer in capture.map_layers:
            maps = [capture.maps(layer, int(i)) for i in capture.map_index]
            found[f"{layer} maps"] = np.stack(maps)
        table = capture.exemplars(layer)
        found[f"{layer} exemplars"] = np.stack([table.clip_index, table.times, table.values])
    found["waveforms"] = capture.waveforms(capture.audio_index)
    return found
