"""Reverse correlation of planted networks: their taps, their planes, and true gradients."""

import numpy as np
import pytest
import torch
from scipy.stats import norm
from torch import nn

from cnnviz.analyzers.reverse_correlation import NoiseCorrelation
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble
from cnnviz.run import Run

RATE, N_TAPS = 8000, 24
RMS = 10 ** (-20 / 20) / np.sqrt(2)


def measured(network, layer, *, frontend=None, **parameters):
    """One layer of a network, and the findings."""
    spec = ModelSpec(sample_rate=RATE, n_samples=4000, frontend=frontend or FrontendSpec())
    model = assemble(network.eval(), spec, name="net", reference="net")
    known = {"n_twins": 0, "n_pairs": 96, **parameters}
    found = NoiseCorrelation(layers=(layer,), **known).run(Run(model=model))
    return found.layers[0], {one.id.partition(":")[0]: one for one in found.findings}


def convolution(kernels, *, bias=None, stride=1):
    """A convolution with these taps (filter, tap)."""
    made = nn.Conv1d(1, len(kernels), kernels.shape[1], stride=stride, bias=bias is not None)
    with torch.no_grad():
        made.weight.copy_(torch.tensor(kernels)[:, None])
        if bias is not None:
            made.bias.copy_(torch.tensor(bias))
    return made


def random_taps(n_filters=3, n_taps=N_TAPS):
    return np.random.default_rng(1).normal(size=(n_filters, n_taps))


def quadrature_pair(n_taps=16):
    times = np.arange(n_taps) - (n_taps - 1) / 2
    pair = np.hanning(n_taps + 2)[1:-1] * np.exp(2j * np.pi * times / 5)
    return np.stack([part / np.linalg.norm(part) for part in (pair.real, pair.imag)])


class Powers(nn.Module):
    """Squares of filters, gathered by a matrix."""

    def __init__(self, kernels, gather):
        super().__init__()
        self.filters = convolution(kernels)
        self.gather = nn.Conv1d(len(kernels), len(gather), 1, bias=False)
        with torch.no_grad():
            self.gather.weight.copy_(torch.tensor(gather, dtype=torch.float32)[..., None])

    def forward(self, x):
        return self.gather(self.filters(x).square())


def test_of_a_linear_unit_average_and_jacobian_are_its_taps():
    taps = random_taps()

    found, said = measured(nn.Sequential(convolution(taps, stride=2)), "0")

    np.testing.assert_allclose(found.jacobians.mean, taps, rtol=1e-5)
    np.testing.assert_array_equal(found.jacobians.complexity, 1.0)
    np.testing.assert_allclose(found.jacobians.gain_change, 0.0, atol=1e-6)
    correlations = [
        np.corrcoef(a, b)[0, 1] for a, b in zip(found.averages.kernels, taps, strict=True)
    ]
    np.testing.assert_allclose(correlations, found.averages.reliability, atol=1e-4)
    assert min(correlations) > 0.9995
    np.testing.assert_allclose(found.averages.linear_share, 1.0, atol=0.02)
    np.testing.assert_allclose(found.averages.gain, np.linalg.norm(taps, axis=1), rtol=0.02)
    assert (found.covariances.n_beyond == 0).all()
    assert said["stein"].severity == "note"
    assert said["noise_average"].evidence[0].value == 3


def test_rectified_units_have_the_gain_of_their_threshold():
    taps = random_taps()
    taps /= np.linalg.norm(taps, axis=1, keepdims=True)
    thresholds = np.array([0.0, 0.5, -1.0])  # in standard deviations

    network = nn.Sequential(convolution(taps, bias=RMS * thresholds), nn.ReLU())
    found, said = measured(network, "0", n_jacobians=480)

    gains = (found.averages.kernels * taps).sum(1)
    shares = norm.cdf(thresholds)
    np.testing.assert_allclose(gains, shares, atol=0.006)
    np.testing.assert_allclose(found.active_share, shares, atol=0.01)
    np.testing.assert_array_equal(found.jacobians.complexity[:2], 1.0)
    assert np.isnan(found.jacobians.complexity[2])  # 16 % of the noise, below a quarter
    np.testing.assert_allclose(found.jacobians.gain_change, np.sqrt(1 / shares - 1), rtol=0.2)
    rectified = 0.25 / (0.5 - 0.5 / np.pi)  # of the variance of a half-wave, the linear part
    assert found.averages.linear_share[0] == pytest.approx(rectified, abs=0.01)
    assert (found.covariances.n_beyond == 1).all()
    assert said["stein"].severity == "note"


def test_an_energy_model_is_found_with_its_plane():
    pair = quadrature_pair()

    found, said = measured(Powers(pair, [[1, 1]]), "gather", n_pairs=480)

    cosines = np.linalg.svd(found.covariances.vectors[0] @ pair.T, compute_uv=False)
    assert cosines.min() > 0.9995
    np.testing.assert_allclose(found.covariances.correlations[0, :2], 1 / np.sqrt(2), atol=0.03)
    assert np.abs(found.covariances.correlations[0, 2:]).max() < 0.03
    assert found.covariances.n_beyond[0] == 2
    assert found.energy_like.all()
    assert np.abs(found.averages.kernels).max() < 1e-6
    assert "1 of 1 units are energy-like (0)" in said["energy_like"].sentence
    assert found.jacobians.centre_hz[0] == pytest.approx(RATE / 5, rel=0.03)
    assert found.jacobians.complexity[0] == pytest.approx(2, abs=0.4)  # cosine and sine


def test_a_square_unit_has_no_average_and_one_eigenvalue():
    found, said = measured(Powers(quadrature_pair()[:1], [[-1.0]]), "gather", n_pairs=480)

    assert not found.averages.is_shown.any()
    assert found.covariances.n_beyond.tolist() == [1]
    assert found.covariances.correlations[0, 0] == pytest.approx(-1, abs=0.06)  # sampled
    assert not found.energy_like.any()
    assert "energy_like" not in said


def deep():
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Conv1d(1, 6, 7), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(6, 4, 3), nn.ReLU()
    )


def test_mean_jacobian_and_average_agree_through_relu_and_pooling():
    found, said = measured(deep(), "3", n_pairs=96, n_jacobians=6000)

    tested = np.isfinite(found.jacobians.stein_p)
    assert tested.sum() >= 2
    assert found.jacobians.stein_cosine[tested].min() >= 0.9992
    assert found.jacobians.complexity[tested].min() > 1.2
    assert said["stein"].severity == "note"
    assert said["jacobian_complexity"].evidence[0].value > 1.2


class Stepped(nn.Module):
    """Signs of filters, or a branch without gradient, before a convolution."""

    def __init__(self, step):
        super().__init__()
        torch.manual_seed(0)
        self.filters, self.last, self.step = nn.Conv1d(1, 4, 9), nn.Conv1d(4, 3, 2), step

    def forward(self, x):
        return self.last(self.step(self.filters(x)))


@pytest.mark.parametrize(
    "step", [torch.sign, lambda x: x + x.detach()], ids=["sign", "half without gradient"]
)
def test_gradients_that_are_not_slopes_are_found(step):
    found, said = measured(Stepped(step), "last")

    assert said["stein"].severity == "warning"
    assert said["stein"].evidence[0].value == 3
    assert found.averages.is_shown.all()


def test_a_layer_without_gradient_says_so():
    found, said = measured(Stepped(torch.detach).requires_grad_(False), "last")

    assert found.jacobians is None
    assert said["no_jacobian"].severity == "warning"
    assert "no gradient of the layer reaches the waveform" in said["no_jacobian"].sentence
    assert found.averages.is_shown.all()


def test_behind_a_log_mel_frontend_units_are_read_at_one_band():
    frontend = FrontendSpec(kind="log_mel", n_fft=256, hop_length=128, n_mels=12, center=False)
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(1, 3, 3), nn.Conv2d(3, 2, 3))

    found, said = measured(network, "0", frontend=frontend, n_pairs=32, n_jacobians=32)

    assert found.n_taps == 256 + 2 * 128
    assert found.bands.shape == (3,)
    assert np.isfinite(found.jacobians.centre_hz).all()
    assert found.jacobians.complexity.min() > 2  # phases of the noise
    assert "effective_field" in said


def test_long_fields_have_no_covariance_and_silent_units_are_named():
    taps = random_taps(n_filters=2, n_taps=600)
    network = nn.Sequential(convolution(taps, bias=np.array([0.0, -1e3])), nn.ReLU())

    found, said = measured(network, "0", n_pairs=32, n_jacobians=32)

    assert found.covariances is None
    assert "sees 600 audio samples" in said["no_covariance"].sentence
    assert said["silent_on_noise"].sentence.startswith("0: 1 of 2 units gave one value")
    assert found.alive.tolist() == [True, False]


def test_untrained_twins_stand_beside():
    found, said = measured(deep(), "3", n_pairs=32, n_twins=2)

    assert found.twins.complexity.shape == (2,)
    assert (found.twins.field_ratio > 0).all()
    assert "untrained twins: " in said["jacobian_complexity"].sentence
    assert "untrained twins: " in said["effective_field"].sentence


def test_every_unit_is_a_row_of_the_table():
    spec = ModelSpec(sample_rate=RATE, n_samples=4000, frontend=FrontendSpec())
    model = assemble(deep().eval(), spec, name="net", reference="net")
    result = NoiseCorrelation(n_twins=0, n_pairs=32, n_jacobians=32).run(Run(model=model))

    table = result.to_dataframe()

    assert table["layer"].tolist() == 6 * ["0"] + 4 * ["3"]
    np.testing.assert_array_equal(
        table["jacobian_complexity"][:6], result.layers[0].jacobians.complexity
    )
