"""Policies beside measured tuning: they agree on linear paths, and are told apart on others."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.analyzers._path_findings import layer_findings
from cnnviz.analyzers.path_responses import PathPolicies, in_probe
from cnnviz.dsp.composite_policies import incoherent_gains
from cnnviz.errors import ParameterError
from cnnviz.filterbanks.axes import input_axes, waveform_chain
from cnnviz.filterbanks.sources import find_sources
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble
from cnnviz.probing import unit_layers
from cnnviz.probing.linear_responses import linear_responses, measure_gains
from cnnviz.results.path_responses import LayerPaths, PolicyCurves
from cnnviz.run import Run

RATE = 8000
JACOBIANS = ("jacobian", "mean jacobian")


def model_of(network):
    spec = ModelSpec(sample_rate=RATE, n_samples=4000, frontend=FrontendSpec())
    return assemble(network, spec, name="net", reference="net")


def of_model(model, *, layers, **options):
    known = {"n_frequencies": 24, "n_jacobians": 4, **options}
    return PathPolicies(layers=layers, **known).run(Run(model=model))


def measured(*network, layers, **options):
    return of_model(model_of(nn.Sequential(*network)), layers=layers, **options)


def gabors(n_units, *, n_taps=65):
    torch.manual_seed(0)
    conv = nn.Conv1d(1, n_units, n_taps, bias=False)
    n = np.arange(n_taps) - n_taps // 2
    hertz = np.geomspace(300, 3000, n_units)[:, None]
    taps = np.exp(-0.5 * (n / 14) ** 2) * np.cos(2 * np.pi * hertz / RATE * n)
    with torch.no_grad():
        conv.weight[:] = torch.from_numpy(taps[:, None]).float()
    return conv


class Linear(nn.Module):
    """Convolutions without activation functions, joined in one way; `last` is read."""

    def __init__(self, join):
        super().__init__()
        torch.manual_seed(0)
        self.join = join
        self.first = nn.Conv1d(1, 6, 9, stride=2, dilation=2, padding=5)
        self.norm = nn.BatchNorm1d(6)
        self.short, self.long = nn.Conv1d(6, 6, 1), nn.Conv1d(6, 6, 5, padding=4, dilation=2)
        self.pool = nn.AvgPool1d(3, 2, padding=1)
        self.last = nn.Conv1d(12 if join == "concatenation" else 6, 5, 5, dilation=3, padding=2)
        self.plane = nn.Conv2d(1, 6, (6, 3), padding=(0, 1))
        with torch.no_grad():
            self.norm.running_mean.normal_()
            self.norm.running_var.uniform_(0.5, 2)

    def forward(self, x):
        x = self.norm(self.first(x))
        if self.join == "residual":
            x = x + self.long(x)
        elif self.join == "concatenation":
            x = torch.cat([self.short(x), self.long(x)], 1)
        elif self.join == "average pooling":
            x = self.pool(x)
        elif self.join == "plane":  # channels as the frequency axis of a picture
            x = self.plane(x[:, None])[:, :, 0]
        return self.last(x)


CHAINS, GRAPHS = ("chain", "average pooling"), ("residual", "concatenation", "plane")


@pytest.mark.parametrize("join", [*CHAINS, *GRAPHS])
def test_on_a_linear_net_all_policies_that_apply_and_the_measurement_agree(join):
    model = model_of(Linear(join))
    (layer,) = of_model(model, layers=("last",), n_phases=48).layers

    followed = ("describing function",) if join in CHAINS else ()
    assert [one.policy for one in layer.policies] == ["identity", *JACOBIANS, *followed]
    for one in layer.policies:
        level = -20 if one.policy == "describing function" else 0  # of the tone
        assert one.difference_db.max() < 0.1
        np.testing.assert_allclose(one.levels_db - level, layer.policies[0].levels_db, atol=0.05)
    heard = 20 * np.log10(layer.measured) + 20
    near = heard > heard.max(axis=1, keepdims=True) - 30
    np.testing.assert_allclose(heard[near], layer.policies[0].levels_db[near], atol=0.1)
    absent = {one.policy: one.reason for one in layer.absent}
    assert set(absent) == {"gated", "incoherent", "envelope", "describing function"} - {*followed}
    assert absent["gated"] == "no step on the way that is not linear: as under identity"
    assert (absent["incoherent"] == absent["gated"]) == (join in CHAINS)


@pytest.mark.parametrize("join", [*CHAINS, *GRAPHS])
def test_on_a_linear_net_gated_and_incoherent_gains_are_those_under_identity(join):
    model = model_of(Linear(join))
    layers = unit_layers(model, ["last"])
    hertz = np.array([110.0, 437.0, 1000.0, 3100.0])

    gated = linear_responses(model, layers, hertz, measure_gains(model, layers, rms=0.1, seed=0))

    identity = linear_responses(model, layers, hertz).gains["last"]
    np.testing.assert_array_equal(gated.gains["last"], identity)
    if join in CHAINS:
        source = next(one for one in find_sources(model) if one.convolution.name == "last")
        chain = waveform_chain(source, input_axes(model))
        incoherent = incoherent_gains(chain, 1, hertz, RATE)
        np.testing.assert_allclose(20 * np.log10(incoherent / identity), 0, atol=0.05)


def detector_net():
    torch.manual_seed(3)
    last = nn.Conv1d(8, 12, 3)
    with torch.no_grad():
        last.weight[:] = torch.randn(12, 8, 1) * torch.ones(3) / 3
        last.bias[:] = 0
    return gabors(8), nn.ReLU(), nn.MaxPool1d(32, 32), last, nn.ReLU()


def test_behind_a_pooled_rectifier_tuning_is_that_of_envelopes():
    result = measured(*detector_net(), layers=("3",))
    (layer,) = result.layers
    (finding,) = result.findings
    by_name = {one.policy: np.nanmedian(one.difference_db) for one in layer.policies}

    followed = {"envelope", "describing function"}
    assert layer.best.policy in followed
    assert max(by_name[name] for name in followed) < 1
    assert min(value for name, value in by_name.items() if name not in followed) > 3
    assert finding.id == "path_policy:3"
    assert finding.sentence.startswith("3: the policy describing function describes measured")
    table = result.to_dataframe()
    np.testing.assert_array_equal(
        table["path_envelope_difference_db"],
        next(one for one in layer.policies if one.policy == "envelope").difference_db,
    )
    assert {one.name for one in finding.evidence} >= {
        "median under identity",
        "against other units",
    }


def test_a_branch_has_the_policies_of_graphs_and_says_why_not_the_others():
    class Residual(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.first, self.inner = gabors(6), nn.Conv1d(6, 6, 5, padding=2)
            self.last = nn.Conv1d(6, 4, 3)

        def forward(self, x):
            x = torch.relu(self.first(x))
            return self.last(x + torch.relu(self.inner(x)))

    (layer,) = of_model(model_of(Residual()), layers=("last",), n_frequencies=16).layers

    assert [one.policy for one in layer.policies][:2] == ["identity", "gated"]
    absent = {"incoherent", "envelope", "describing function"}
    assert {one.policy for one in layer.absent} == absent
    assert all(one.reason for one in layer.absent)


def planted(difference, other):
    curves = PolicyCurves(
        policy="identity",
        levels_db=np.zeros((20, 3)),
        difference_db=np.full(20, difference),
        other_difference_db=np.full(20, other),
    )
    return LayerPaths(
        layer="conv", reading="conv", measured=np.ones((20, 3)), policies=(curves,), absent=()
    )


def test_a_policy_that_is_no_better_than_other_units_is_not_said_to_describe():
    (good,) = layer_findings(planted(1.0, 9.0), 1)
    (bad,) = layer_findings(planted(9.0, 8.0), 1)

    assert "20 of 20 units are closer to their own" in good.sentence
    assert bad.severity == "warning"
    assert bad.sentence.startswith("conv: no policy describes measured tuning of its units better")


def test_a_probe_runs_it():
    assert in_probe(("conv1",)) == (PathPolicies(layers=("conv1",)),)


def test_tones_that_cannot_be_are_refused():
    with pytest.raises(ParameterError, match="low_hz=9000; allowed: below 3920 Hz"):
        measured(nn.Conv1d(1, 2, 5), layers=("0",), low_hz=9000.0)


def test_a_bias_before_the_rectifier_is_part_of_the_describing_function_alone():
    conv = nn.Conv1d(1, 8, 65)
    with torch.no_grad():
        conv.weight[:] = gabors(8).weight
        conv.bias[:] = -0.5
    (layer,) = measured(conv, nn.ReLU(), layers=("0",), n_phases=24).layers

    by_name = {one.policy: one.difference_db for one in layer.policies}
    assert by_name["describing function"].max() < 0.1
    assert np.median(by_name["identity"]) > 1
