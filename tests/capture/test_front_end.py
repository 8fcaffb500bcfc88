"""What is captured of a network that begins with kernels that nobody learned."""

import numpy as np
import torch
from torch import Tensor, nn

from cnnviz.capture import prepare
from cnnviz.model import ModelSpec, assemble
from tests.capture.recordings import N_SAMPLES, SAMPLE_RATE, write_clips

N_FFT = 64


class Spectral(nn.Module):
    """Cosines and sines of a Fourier transform as convolutions, then two learned ones."""

    def __init__(self) -> None:
        super().__init__()
        turns = 2 * np.pi * np.outer(np.arange(N_FFT // 2 + 1), np.arange(N_FFT)) / N_FFT
        window = np.hanning(N_FFT + 1)[:-1]
        for name, waves in (("cosine", np.cos(turns)), ("sine", np.sin(turns))):
            kernels = torch.tensor(waves * window, dtype=torch.float32)[:, None]
            part = nn.Conv1d(1, len(kernels), N_FFT, stride=16, bias=False)
            part.weight = nn.Parameter(kernels, requires_grad=False)
            self.add_module(name, part)
        self.first = nn.Conv2d(1, 3, 3)
        self.second = nn.Conv2d(3, 2, 3)

    def forward(self, inputs: Tensor) -> Tensor:
        powers = self.cosine(inputs) ** 2 + self.sine(inputs) ** 2
        return self.second(self.first((powers + 1e-6).log()[:, None]).relu()).mean((2, 3))


def test_the_first_two_layers_are_those_that_were_learned(tmp_path) -> None:
    spec = ModelSpec(sample_rate=SAMPLE_RATE, n_samples=N_SAMPLES)
    model = assemble(Spectral(), spec, name="spectral", reference="spectral")

    plan = prepare(model, write_clips(tmp_path / "clips", 2))

    assert [layer.call.name for layer in plan.layers] == ["first", "second"]
