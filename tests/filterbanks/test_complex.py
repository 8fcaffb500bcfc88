"""Complex taps are read as two real filters each."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cnnviz.filterbanks import Settings, read_banks
from tests.dsp.kernels import gabor
from tests.filterbanks.models import model_of


class _Complex(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, 1, 257, stride=8, bias=False, dtype=torch.complex64)
        self.head = nn.Linear(1, 2)
        with torch.no_grad():
            self.conv.weight[0, 0] = torch.tensor(gabor(1000, 40, 257) + 1j * gabor(3000, 40, 257))

    def forward(self, inputs: Tensor) -> Tensor:
        return self.head(self.conv(inputs.to(torch.complex64)).abs().mean(-1))


@pytest.mark.parametrize(("layer", "hertz"), [("conv:real", 1000), ("conv:imag", 3000)])
def test_real_and_imaginary_taps_have_their_own_frequencies(layer, hertz) -> None:
    model = model_of(_Complex())

    (bank,) = read_banks(model, [layer], Settings(least_points=4096, null_draws=50, seed=0))

    assert bank.table.peak_hz == pytest.approx([hertz], abs=1)
    part = np.real if layer.endswith("real") else np.imag
    taps = part(model.network.conv.weight.detach().numpy())
    assert np.array_equal(bank.taps, taps)
