"""A unit that alone feeds a class moves that class and no other."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
import torch
from scipy import stats
from torch import nn

from cnnviz import api
from cnnviz.analyzers._ablation_findings import conductance_findings
from cnnviz.analyzers.channel_conductance import LayerConductance
from cnnviz.analyzers.unit_ablation import AblatedUnits
from cnnviz.analyzers.unit_names import UnitNaming
from cnnviz.errors import ParameterError
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, assemble
from cnnviz.run import Run
from reports.parts import Table
from reports.sections.unit_ablation import section

RATE, N = 4000, 800
TONES = {"high": 1500, "low": 300, "middle": 800}


class Planted(nn.Module):
    """A band per class; unit 3 hears tones too, but no output reads it; unit 4 is silent."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 5, 64, stride=4, bias=False)
        self.norm = nn.BatchNorm1d(5)
        self.head = nn.Linear(5, 3)
        times, window = np.arange(64) / RATE, np.hanning(64)
        bands = [window * np.cos(2 * np.pi * hertz * times) for hertz in (*TONES.values(), 500)]
        with torch.no_grad():
            self.conv.weight.zero_()
            self.conv.weight[:4, 0] = torch.tensor(np.stack(bands), dtype=torch.float32)
            self.norm.weight.copy_(torch.tensor([1.0, 0.5, 2.0, 1.0, 1.0]))
            self.head.weight.copy_(torch.eye(5)[:3])
            self.head.bias.zero_()

    def forward(self, x):
        return self.head(torch.relu(self.norm(self.conv(x))).mean(-1))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Twelve tones of each class by four speakers, and noise."""
    folder, generator = tmp_path_factory.mktemp("tones"), np.random.default_rng(0)
    for name, hertz in TONES.items():
        (folder / name).mkdir()
        for k in range(12):
            tone = 0.3 * np.sin(2 * np.pi * hertz * np.arange(N) / RATE + generator.uniform(0, 6))
            sound = tone + 0.02 * generator.normal(size=N)
            soundfile.write(folder / name / f"{k}.wav", sound, RATE)
    spec = ModelSpec(
        sample_rate=RATE, n_samples=N, frontend=FrontendSpec(), class_names=tuple(TONES)
    )
    model = assemble(Planted().eval(), spec, name="planted", reference="planted")
    clips = api.read_clips(folder, sample_rate=RATE)
    with api.record(model, clips, out=tmp_path_factory.mktemp("run")) as capture:
        yield Run(model=model, capture=capture)


@pytest.fixture(scope="module")
def found(run):
    return AblatedUnits(layer="conv").run(run)


@pytest.mark.parametrize("unit", range(3))
def test_a_unit_that_alone_feeds_a_class_moves_that_class_and_no_other(found, unit):
    others = [k for k in range(3) if k != unit]

    assert found.score_rms[unit, unit] > 0
    np.testing.assert_array_equal(found.score_rms[unit, others], 0)
    np.testing.assert_array_equal(found.score.value[unit, others], 0)
    assert found.score.q_value[unit, unit] < 0.05
    assert found.changes[unit]


@pytest.mark.parametrize("unit", [3, 4])
def test_a_unit_that_nobody_reads_and_a_silent_one_change_nothing(found, unit):
    np.testing.assert_array_equal(found.score_rms[unit], 0)
    assert found.accuracy.value[unit] == 0
    assert not found.changes[unit]


def test_the_change_is_that_of_scores_computed_by_hand(run, found):
    """The head is the identity: without unit k its score is the mean of the unit over clips."""
    capture, network = run.capture, run.model.network
    waveforms = torch.from_numpy(capture.waveforms(found.clip_index))
    with torch.no_grad():
        seen = torch.relu(network.norm(network.conv(waveforms[:, None]))).double()
    own = seen.mean(2)[:, :3].numpy()  # (clip, class)
    labels = capture.labels[found.clip_index]

    for k in range(3):
        expected = own[:, k].mean() - own[labels == k, k].mean()
        assert found.score.value[k, k] == pytest.approx(expected, rel=1e-4)
        assert found.held_at[k] == pytest.approx(own[:, k].mean(), rel=1e-5)


def test_recall_without_the_unit_of_a_class_is_that_of_a_constant_score(run, found):
    """A constant in between neither wins its own clips nor loses the others'."""
    waveforms = torch.from_numpy(run.capture.waveforms(found.clip_index))
    with torch.no_grad():
        scores = run.model.network(waveforms[:, None]).numpy()
    labels = run.capture.labels[found.clip_index]
    for k in range(3):
        held = scores.copy()
        held[:, k] = scores[:, k].mean()
        expected = (held.argmax(1) == labels).mean() - (scores.argmax(1) == labels).mean()
        assert found.accuracy.value[k] == pytest.approx(expected, abs=1e-9)


def test_a_cluster_is_held_at_once(run):
    cluster = AblatedUnits(layer="conv", units=(0, 2), together=True).run(run)

    assert cluster.units == ("0, 2",)
    assert (cluster.score_rms[0] > 0).tolist() == [True, False, True]


def test_the_finding_counts_units_that_change_answers_scores_and_nothing(found):
    finding, strongest = found.findings
    n_answers = int(found.changes_answers.sum())

    assert finding.sentence.startswith(
        f"conv: held at their mean, {n_answers} of 5 units change the accuracy or the recall of a "
        f"class on 36 clips, {3 - n_answers} more only the score of a class on its own clips, and "
        "2 nothing that is told from chance"
    )
    assert strongest.evidence[0].value == pytest.approx(-found.score.value.min())


def test_the_name_of_a_unit_stands_beside_what_it_changes(run, found):
    named = UnitNaming(layers=("conv",)).run(run)
    shown = Run(model=run.model, capture=run.capture, results=[named, found])

    (table,) = [part for part in section(shown).parts if isinstance(part, Table)]

    column = [one.name for one in table.columns].index("Name")
    names = {row[0]: row[column] for row in table.rows}
    assert names == dict(zip(found.units, named.names(named.layers[0]), strict=True))


@pytest.mark.parametrize(("sign", "said"), [(1, "moves scores more"), (-1, "moves scores less")])
def test_effects_of_units_are_ranked_beside_their_conductance(found, sign, said):
    """Twelve units whose effects rise; conductance of one clip rises with them, or falls."""
    held = with_units(found, np.arange(12.0)[:, None] + np.zeros(3))
    carried = sign * np.arange(12.0)[None] ** 3 + 2000

    (finding,) = conductance_findings(held, [conductance(carried)], seed=0)

    assert finding.evidence[0].value == pytest.approx(sign)
    assert finding.evidence[1].value == pytest.approx(1 / 10_000)
    assert said in finding.sentence


def test_the_correlation_is_that_of_scipy_and_chance_is_called_so(found):
    generator = np.random.default_rng(2)
    effects, carried = generator.random((40, 3)), generator.random((6, 40)) - 0.5
    held = with_units(found, effects)

    (finding,) = conductance_findings(held, [conductance(carried)], seed=0)

    expected = stats.spearmanr(effects.mean(1), np.abs(carried).mean(0))
    assert finding.evidence[0].value == pytest.approx(expected.statistic)
    assert finding.evidence[1].value == pytest.approx(expected.pvalue, abs=0.02)
    assert "is not shown to move scores more or less" in finding.sentence


def test_conductance_in_the_run_is_found(run):
    made = LayerConductance(layer="conv", n_clips=2).run(run)
    beside = AblatedUnits(layer="conv").run(
        Run(model=run.model, capture=run.capture, results=[made])
    )

    finding = beside.findings[-1]
    expected = stats.spearmanr(beside.score_rms.mean(1), np.abs(made.conductance).mean(0))
    assert finding.id == "ablation_and_conductance:conv"
    assert finding.evidence[0].value == pytest.approx(expected.statistic)


def with_units(found, effects):
    """The result with other units, by their root mean square changes (unit, class)."""
    n = len(effects)
    return replace(found, units=tuple(map(str, range(n))), held_at=np.zeros(n), score_rms=effects)


def conductance(values):
    """What `conductance_findings` reads of a result."""
    return SimpleNamespace(
        layer="conv",
        cell="channel",
        conductance=values,
        clip_index=np.arange(len(values)),
        score_name="logit",
    )


def test_a_unit_that_is_not_there_is_refused(run):
    with pytest.raises(ParameterError, match=r"units=\[9\] of layer 'conv'; allowed: 0 to 4"):
        AblatedUnits(layer="conv", units=(9,)).run(run)
