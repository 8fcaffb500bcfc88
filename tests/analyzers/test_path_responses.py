"""Policies beside measured tuning: they agree on linear paths, and are told apart on others."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.analyzers._path_findings import layer_findings
from cnnviz.analyzers.path_responses import PathPolicies, in_probe
from cnnviz.errors import ParameterError
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble
from cnnviz.results.path_responses import LayerPaths, PolicyCurves
from cnnviz.run import Run

RATE = 8000


def measured(*network, layers, **options):
    spec = ModelSpec(sample_rate=RATE, n_samples=4000, frontend=FrontendSpec())
    model = assemble(nn.Sequential(*network), spec, name="net", reference="net")
    found = PathPolicies(layers=layers, n_frequencies=24, n_jacobians=4, **options)
    return found.run(Run(model=model))


def gabors(n_units, *, n_taps=65):
    torch.manual_seed(0)
    conv = nn.Conv1d(1, n_units, n_taps, bias=False)
    n = np.arange(n_taps) - n_taps // 2
    hertz = np.geomspace(300, 3000, n_units)[:, None]
    taps = np.exp(-0.5 * (n / 14) ** 2) * np.cos(2 * np.pi * hertz / RATE * n)
    with torch.no_grad():
        conv.weight[:] = torch.from_numpy(taps[:, None]).float()
    return conv


def linear(*, is_pooled):
    torch.manual_seed(0)
    pool = (nn.AvgPool1d(3, 2),) if is_pooled else ()
    return (
        nn.Conv1d(1, 6, 9, stride=2, dilation=2),
        nn.BatchNorm1d(6),
        *pool,
        nn.Conv1d(6, 5, 5, dilation=3),
    )


@pytest.mark.parametrize("is_pooled", [False, True], ids=["conv-conv", "conv-avgpool-conv"])
def test_on_a_linear_net_all_policies_that_apply_and_the_measurement_agree(is_pooled):
    (layer,) = measured(
        *linear(is_pooled=is_pooled), layers=("3" if is_pooled else "2",), n_phases=48
    ).layers

    names = [one.policy for one in layer.policies]
    assert names == ["identity", "jacobian", "mean jacobian", "describing function"]
    for one in layer.policies:
        level = -20 if one.policy == "describing function" else 0  # of the tone
        assert one.difference_db.max() < 0.1
        np.testing.assert_allclose(one.levels_db - level, layer.policies[0].levels_db, atol=0.05)
    absent = {one.policy: one.reason for one in layer.absent}
    assert set(absent) == {"gated", "incoherent", "envelope"}
    assert absent["gated"] == "no step on the way that is not linear: as under identity"


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

    spec = ModelSpec(sample_rate=RATE, n_samples=4000, frontend=FrontendSpec())
    model = assemble(Residual(), spec, name="net", reference="net")
    analyzer = PathPolicies(layers=("last",), n_frequencies=16, n_jacobians=4)
    (layer,) = analyzer.run(Run(model=model)).layers

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
