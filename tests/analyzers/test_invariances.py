"""What units do not care about, of networks whose units are known."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.analyzers._invariance_findings import count_findings
from cnnviz.analyzers.invariances import UnitInvariances, in_probe
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble
from cnnviz.provenance import Provenance
from cnnviz.results import Invariances, LayerInvariances
from cnnviz.run import Run

RATE = 8000


class Squared(nn.Module):
    def forward(self, x):
        return x**2


class Normalised(nn.Module):
    def forward(self, x):
        return x / x.pow(2).mean(-1, keepdim=True).sqrt().clamp_min(1e-12)


def measured(*network, layers, **options):
    torch.manual_seed(0)
    spec = ModelSpec(sample_rate=RATE, n_samples=4000, frontend=FrontendSpec())
    model = assemble(nn.Sequential(*network).double(), spec, name="net", reference="net")
    found = UnitInvariances(layers=layers, n_sounds=6, sound_seconds=0.25, **options)
    return found.run(Run(model=model))


def conv(stride=1):
    torch.manual_seed(1)
    return nn.Conv1d(1, 4, 16, stride=stride, bias=False)


def index_of(result, family, layer=0):
    return result.of_family(result.layers[layer].index, family)


def test_a_convolution_of_stride_one_and_a_mean_are_invariant_to_shift():
    result = measured(conv(), nn.ReLU(), layers=("0",), n_twins=0)

    np.testing.assert_allclose(result.layers[0].aliasing, 0, atol=1e-7)
    np.testing.assert_allclose(index_of(result, "shift"), 1, atol=1e-9)


def test_a_stride_aliases():
    result = measured(conv(stride=8), nn.ReLU(), layers=("0",), n_twins=0)

    assert (result.layers[0].aliasing > 1e-4).all()
    assert result.layers[0].jump == 8


def test_squared_units_are_invariant_to_polarity_and_not_to_gain():
    result = measured(conv(), Squared(), layers=("1",), n_twins=0)

    np.testing.assert_allclose(index_of(result, "polarity"), 1, atol=1e-9)
    np.testing.assert_allclose(result.layers[0].gain_exponent, 2, atol=1e-6)
    gains = 10 ** (result.gains_db / 10)
    np.testing.assert_allclose(result.layers[0].gain_ratio, np.tile(gains, (4, 1)), rtol=1e-6)


def test_linear_units_are_not_invariant_to_polarity_and_proportional_to_gain():
    result = measured(conv(), layers=("0",), n_twins=0)

    assert (index_of(result, "polarity") < 0).all()  # 1 - 2 E[r^2] / var
    gains = 10 ** (result.gains_db / 20)
    np.testing.assert_allclose(result.layers[0].gain_ratio, np.tile(gains, (4, 1)), rtol=1e-6)
    np.testing.assert_allclose(result.layers[0].gain_exponent, 1, atol=1e-6)


def test_units_that_normalise_are_invariant_to_gain():
    result = measured(Normalised(), conv(), nn.ReLU(), layers=("1",), n_twins=0)

    np.testing.assert_allclose(index_of(result, "gain"), 1, atol=1e-9)
    np.testing.assert_allclose(result.layers[0].gain_exponent, 0, atol=1e-6)


def test_twins_hear_the_same_sounds_and_clips_are_heard_where_there_are_some(recorded):
    torch.manual_seed(0)
    spec = ModelSpec(sample_rate=RATE, n_samples=2000, frontend=FrontendSpec())
    network = nn.Sequential(conv(4), nn.ReLU(), nn.Conv1d(4, 3, 5), nn.ReLU())
    model = assemble(network, spec, name="net", reference="net")
    audio = np.random.default_rng(0).normal(size=(5, 2000)).astype(np.float32)
    capture = recorded(
        logits=np.zeros((5, 2)), labels=np.arange(5) % 2, audio=audio, audio_index=np.arange(5)
    )

    result = UnitInvariances(n_twins=2, sound_seconds=0.1).run(Run(model=model, capture=capture))

    assert [one.twin_index.shape for one in result.layers] == [(2, 4, 19), (2, 3, 19)]
    assert (result.n_sounds, result.n_samples) == (5, 800)
    assert result.source == "5 clips of the run, spread over classes"


@pytest.fixture
def twinned():
    """A layer of 60 units, half of them invariant to polarity, and three twins of none."""

    def build(n_invariant):
        index = np.zeros((60, 2))
        index[:n_invariant, 0] = 1
        layer = LayerInvariances(
            layer="conv1", reading="conv1", jump=4.0, index=index, aliasing=np.zeros(60),
            gain_ratio=np.ones((60, 0)), gain_exponent=np.zeros(60),
            twin_index=np.zeros((3, 60, 2)), twin_aliasing=np.zeros((3, 60)),
        )  # fmt: skip
        return Invariances(
            families=("polarity", "reversal"), amounts=np.full(2, np.nan), layers=(layer,),
            source="", n_sounds=4, n_samples=100, sample_rate=RATE, provenance=Provenance(),
        )  # fmt: skip

    return build


def test_a_count_is_told_where_chance_among_twins_does_not_give_it(twinned):
    (told,) = count_findings(twinned(30))

    assert told.sentence == (
        "conv1: 30 of 60 units are invariant to polarity (index 0.9 or more); untrained twins: 0."
    )
    assert count_findings(twinned(1)) == ()


def test_a_probe_runs_it_on_its_layers():
    assert in_probe(("conv1",)) == (UnitInvariances(layers=("conv1",)),)
