"""Complex taps are read as two real filters each."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cnnviz.filterbanks import Settings, read_banks
from cnnviz.results import ComplexPairs
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


class _Paired(nn.Module):
    """Two layers, the cosines and sines of complex Gabors, the second of negative frequency."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_real = nn.Conv1d(1, 2, 257, stride=8, bias=False)
        self.conv_imag = nn.Conv1d(1, 2, 257, stride=8, bias=False)
        with torch.no_grad():
            for channel, hertz in enumerate((1000, -3000)):
                self.conv_real.weight[channel, 0] = torch.tensor(gabor(hertz, 40, 257))
                sine = gabor(hertz, 40, 257, phase=-np.pi / 2)
                self.conv_imag.weight[channel, 0] = torch.tensor(sine)

    def forward(self, inputs: Tensor) -> Tensor:
        return torch.hypot(self.conv_real(inputs), self.conv_imag(inputs)).mean(-1)


class _OneLayer(nn.Module):
    """A cosine, its sine and a filter alone."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, 3, 257, stride=8, bias=False)
        with torch.no_grad():
            for channel, (hertz, phase) in enumerate(((1000, -90), (3000, 0), (1000, 0))):
                taps = gabor(hertz, 40, 257, phase=np.radians(phase))
                self.conv.weight[channel, 0] = torch.tensor(taps)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.conv(inputs).square().mean(-1)


def pairs_of(network: nn.Module, layer: str) -> ComplexPairs:
    (bank,) = read_banks(
        model_of(network), [layer], Settings(least_points=1024, null_draws=10, seed=0)
    )
    assert bank.columns()["analyticity"].shape == bank.table.dead.shape
    return bank.pairs


@pytest.mark.parametrize("layer", ["conv_real", "conv_imag"])
def test_two_layers_of_parts_have_responses_of_one_sign(layer) -> None:
    pairs = pairs_of(_Paired(), layer)

    peaks = pairs.frequencies[pairs.magnitudes_db.argmax(axis=1)]
    np.testing.assert_allclose(peaks, [1000, -3000], atol=16)
    np.testing.assert_allclose(pairs.analyticity, [1, 0], atol=1e-6)
    assert pairs.source == "real and imaginary part, conv_real and conv_imag"


def test_complex_taps_have_a_response_of_either_sign() -> None:
    pairs = pairs_of(_Complex(), "conv:imag")

    taps = gabor(1000, 40, 257) + 1j * gabor(3000, 40, 257)
    expected = 20 * np.log10(np.abs(np.fft.fftshift(np.fft.fft(taps, pairs.frequencies.size))))
    strong = expected > expected.max() - 60
    np.testing.assert_allclose(pairs.magnitudes_db[0, strong], expected[strong], atol=1e-2)
    assert pairs.analyticity[0] == pytest.approx(0.5, abs=1e-6)


def test_quadrature_pairs_of_a_layer_are_analytic_with_the_cosine_as_the_real_part() -> None:
    pairs = pairs_of(_OneLayer(), "conv")

    assert (pairs.first.tolist(), pairs.second.tolist()) == ([2], [0])
    assert pairs.analyticity[0] == pytest.approx(1, abs=1e-6)
    np.testing.assert_array_equal(np.isnan(pairs.of_filters(3)), [False, True, False])
