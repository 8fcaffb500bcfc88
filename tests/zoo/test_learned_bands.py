"""Band-pass filters with learnable edges do what their formulas say."""

import numpy as np
import pytest
import torch
from scipy import signal

from zoo.architectures import learned_bands
from zoo.architectures._bands import GaborBands, SincBands

RATE, KERNEL = 16_000, 401


def test_sinc_kernel_is_the_windowed_ideal_band_pass_of_scipy() -> None:
    bands = SincBands(48, KERNEL, 1, RATE)
    edges = bands.edges().detach().double().numpy()
    index = 30

    ours = bands.kernels()[index, 0].detach().double().numpy()

    theirs = signal.firwin(KERNEL, edges[index], window="hamming", pass_zero=False, fs=RATE)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)  # float32 against float64


def test_sinc_bands_are_even_on_the_mel_scale_before_training() -> None:
    edges = SincBands(48, KERNEL, 1, RATE).edges().detach().numpy()
    mels = 2595 * np.log10(1 + edges[:, 0] / 700)

    steps = np.diff(mels[5:])  # below, the lowest edge and the narrowest band are felt

    assert steps == pytest.approx(steps.mean(), rel=0.05)
    assert edges.max() <= RATE / 2


def test_gabor_band_answers_a_tone_at_its_centre_with_its_power() -> None:
    bands = GaborBands(48, KERNEL, 1, RATE)
    index = 30
    centre = float(bands.bands()[index, 0].detach())
    time = torch.arange(RATE) / RATE
    tone = torch.cos(2 * torch.pi * centre * time)  # half its power is at the positive frequency

    power = bands(tone[None, None]).detach()[0, :, RATE // 2]

    assert int(power.argmax()) == index
    assert float(power[index]) == pytest.approx(0.25, rel=1e-3)  # |1/2|^2


def test_gabor_bandwidth_is_the_deviation_of_its_spectrum() -> None:
    bands = GaborBands(48, 1601, 1, RATE)
    index = 40
    real, imaginary = bands.kernels().detach().double().split(48)
    kernel = (real[index, 0] + 1j * imaginary[index, 0]).numpy()
    centre, width = bands.bands()[index].tolist()
    n_fft = 2**16

    magnitude = np.abs(np.fft.fft(kernel, n_fft))
    frequencies = np.arange(n_fft) * RATE / n_fft

    mean = (frequencies * magnitude).sum() / magnitude.sum()
    deviation = np.sqrt(((frequencies - mean) ** 2 * magnitude).sum() / magnitude.sum())
    assert (mean, deviation) == pytest.approx((centre, width), rel=0.01)


@pytest.mark.parametrize("name", learned_bands.VARIANTS)
def test_edges_move_when_the_network_learns(name: str) -> None:
    torch.manual_seed(0)
    network = learned_bands.build(name, 3)
    before = [p.detach().clone() for p in network.bands.parameters()]
    optimizer = torch.optim.SGD(network.parameters(), lr=1.0)

    loss = torch.nn.functional.cross_entropy(network(torch.randn(6, 1, RATE)), torch.arange(6) % 3)
    loss.backward()
    optimizer.step()

    moved = [not torch.equal(b, p) for b, p in zip(before, network.bands.parameters(), strict=True)]
    assert moved == [True, True]


def test_no_learned_edge_leaves_the_audible_band() -> None:
    bands = SincBands(4, 101, 1, RATE)
    with torch.no_grad():
        bands.low.copy_(torch.tensor([-9.0, 0.0, 7.99, 20.0]))
        bands.width.copy_(torch.tensor([-9.0, 0.0, 5.0, 0.1]))

    low, high = bands.edges().unbind(dim=1)

    assert bool((low < high).all())
    assert float(high.detach().max()) <= RATE / 2
    assert torch.isfinite(bands.kernels()).all()
