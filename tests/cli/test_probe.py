"""``cnnviz probe``: the files it writes, its budget, what it refuses."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import cnnviz
from cnnviz import workflow
from cnnviz.cli import root
from cnnviz.errors import LayerNotFoundError, UnknownNameError, UnsupportedModelError


def invoke(*words):
    return CliRunner().invoke(root, ["probe", *map(str, words)])


@pytest.fixture(scope="module")
def probed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("probed") / "run"
    words = ["zoo:sinc_net", "--layer", "bands", "--probe", "tone_tuning", "--out", folder]
    result = invoke(*words)
    assert result.exit_code == 0, result.output
    return folder, result


def test_the_table_has_a_row_for_each_unit_with_the_numbers_of_the_result(probed):
    folder, _ = probed
    table = np.genfromtxt(folder / "probe.csv", delimiter=",", names=True, dtype=None)
    (stored,) = cnnviz.open_run(folder)
    np.testing.assert_allclose(table["tone_tuningbest_hz"], stored.layers[0].best_hz, rtol=1e-5)
    page = (folder / "probe.html").read_text("utf-8")
    assert 'id="tone-tuning"' in page


def test_findings_stand_in_json_and_on_the_terminal(probed):
    folder, result = probed
    written = json.loads((folder / "probe.json").read_text("utf-8"))
    sentences = [one["sentence"] for found in written["findings"].values() for one in found]
    assert any("48 of 48 units" in sentence for sentence in sentences)
    assert all(sentence in result.output for sentence in sentences)
    assert len(written["units"]) == 48


def test_the_first_sentence_says_what_lies_outside_untrained_twins(probed):
    folder, result = probed
    written = json.loads((folder / "probe.json").read_text("utf-8"))
    (learned,) = written["learned"]
    first, *_ = [line for line in result.output.splitlines() if "untrained" in line]
    assert first == learned["sentence"]
    assert "of 1 number held against" in first.lower()
    page = (folder / "probe.html").read_text("utf-8")
    assert page.index('id="learned"') < page.index('id="tone-tuning"')


def test_the_same_command_reads_what_is_there(probed, monkeypatch):
    folder, _ = probed

    def refuse(*_words, **_options):
        raise AssertionError("measured again")

    monkeypatch.setattr("cnnviz.analyzers.tone_tuning.hear_tones", refuse)
    words = ["zoo:sinc_net", "--layer", "bands", "--probe", "tone_tuning", "--out", folder]
    assert invoke(*words).exit_code == 0


@pytest.mark.parametrize(
    ("words", "kind", "text"),
    [
        (["zoo:sinc_net", "--layer", "conv9"], LayerNotFoundError, "layer 'conv9' is not in"),
        (["zoo:sinc_net", "--probe", "tones"], UnknownNameError, "probes: tone_tuning"),
    ],
)
def test_unknown_names_are_refused_with_those_that_are_known(words, kind, text, tmp_path):
    result = invoke(*words, "--out", tmp_path / "run")
    assert result.exit_code == 1
    assert isinstance(result.exception, kind | UnsupportedModelError)
    assert text in result.output + str(result.exception)


def test_a_spent_budget_leaves_out_all_but_the_first():
    left = []
    analyzers = workflow.build_probes(["tone_tuning"], ["a"]) * 3
    assert len(list(workflow.within_budget(analyzers, 0.0, left_out=left.append))) == 1
    assert left == ["tone_tuning: left out, the budget of 0 s is spent"] * 2
    assert len(list(workflow.within_budget(analyzers, None))) == 3
