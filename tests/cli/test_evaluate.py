"""``cnnviz evaluate`` as people type it."""

import csv
import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from cnnviz.cli import root
from cnnviz.errors import ParameterError

# hears whether a tone is higher than 1 kHz: energy of the differences against that of the tone
NETWORK = """
import torch
from torch import nn


class Pitch(nn.Module):
    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.tensor(4.0))
        self.threshold = nn.Parameter(torch.tensor(0.5))

    def forward(self, inputs):
        ratio = inputs.diff(dim=-1).square().mean((1, 2)) / inputs.square().mean((1, 2))
        score = self.gain * (ratio - self.threshold)
        return torch.stack([score, -score], dim=1)


def build():
    return Pitch()
"""

CONTRACT = ("--sample-rate", "8000", "--layout", "bct", "--classes", "high,low")


@pytest.fixture(scope="module")
def net(brought: Path) -> str:
    (brought / "pitch.py").write_text(NETWORK)
    weights = {"gain": torch.tensor(4.0), "threshold": torch.tensor(9.0)}
    torch.save(weights, brought / "deaf.pt")  # hears nothing but low tones
    return f"{brought}/pitch.py:build"


def run(*words: object) -> Result:
    return CliRunner().invoke(root, ["evaluate", *map(str, words)])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def alone(net, brought, tmp_path_factory):
    out = tmp_path_factory.mktemp("alone")
    return run(net, brought / "clips", *CONTRACT, "--out", out), out


@pytest.fixture(scope="module")
def against(net, brought, tmp_path_factory):
    out = tmp_path_factory.mktemp("against")
    words = (net, brought / "clips", *CONTRACT, "--against", net)
    return run(*words, "--against-weights", brought / "deaf.pt", "--out", out), out


def test_rates_and_a_table_of_classes_are_printed(alone):
    result, _ = alone

    assert result.exit_code == 0, result.output
    assert "accuracy           1.0000  (95 % interval 0.7354 to 1.0000)" in result.stdout
    assert "high                  1.000   1.000   1.000     1.000       6" in result.stdout
    assert "100.0% of 12 clips are classified right" in result.stdout


def test_three_files_lie_beside_each_other(alone):
    _, out = alone

    content = json.loads((out / "evaluation.json").read_text("utf-8"))
    assert sorted(path.name for path in out.iterdir()) == [
        "clips.csv",
        "confusion.csv",
        "evaluation.json",
    ]
    assert (content["accuracy"], content["n_clips"]) == (1.0, 12)
    assert content["confident_wrong"] == []
    assert content["provenance"]["model_digest"]
    assert [row["clips"] for row in rows(out / "confusion.csv")] == ["6", "0", "0", "6"]
    first = rows(out / "clips.csv")[0]
    assert (first["clip"], first["true"], first["right"]) == ("high/0.wav", "high", "1")
    assert float(first["high"]) + float(first["low"]) == pytest.approx(1, abs=1e-5)


def test_two_models_are_compared(against):
    result, out = against

    assert result.exit_code == 0, result.output
    assert "+50.00 points" in result.stdout
    assert "McNemar (exact binomial): p = 0.0312; at 5 % they differ" in result.stdout  # 2 / 2**6
    assert "(clips, not tested): high as low 6 -> 0" in result.stdout
    changed = [row for row in rows(out / "compared.csv") if row["right"] != row["other_right"]]
    assert {row["true"] for row in changed} == {"high"}


def test_json_holds_both_models_and_what_changed(against, net, brought):
    _, out = against
    content = json.loads((out / "evaluation.json").read_text("utf-8"))

    assert (content["accuracy"], content["other"]["accuracy"]) == (1.0, 0.5)
    assert content["comparison"]["test"]["method"] == "exact binomial"
    assert content["comparison"]["only_first_right"][0] == "high/0.wav"
    assert content["comparison"]["confusion_change"] == [[6, -6], [0, 0]]


def test_json_holds_what_the_terminal_says_with_its_numbers(against):
    result, out = against

    content = json.loads((out / "evaluation.json").read_text("utf-8"))

    findings = [*content["findings"], *content["comparison"]["findings"]]
    assert [one["sentence"] for one in findings if one["sentence"] not in result.stdout] == []
    test = next(one for one in findings if one["id"] == "mcnemar")
    assert test["evidence"][0] == {"name": "p", "value": 2 / 2**6, "unit": ""}
    assert test["threshold"] == 0.05


def test_a_comparison_of_an_earlier_command_does_not_stay(net, brought, tmp_path):
    (tmp_path / "compared.csv").write_text("clip\n")

    run(net, brought / "clips", *CONTRACT, "--out", tmp_path)

    assert not (tmp_path / "compared.csv").exists()


def test_json_is_all_that_goes_to_stdout(net, brought, tmp_path):
    words = (net, brought / "clips", *CONTRACT, "--out", tmp_path, "--json")

    result = run(*words)

    assert json.loads(result.stdout)["accuracy"] == 1.0
    assert "wrote" in result.stderr


def test_clips_without_labels_are_refused(net, brought, tmp_path):
    words = (net, brought / "clips" / "high", *CONTRACT, "--out", tmp_path)

    result = run(*words, "--classes", "high,low")

    assert result.exit_code == 1
    assert "none of 6 clips has a label" in str(result.exception)


def test_another_model_of_other_classes_is_refused_before_clips_are_read(net, tmp_path):
    reference = "zoo:filterbank_k128_ch64-5-do0.25-bn"
    words = (net, tmp_path / "nowhere", *CONTRACT, "--classes", "high,low")

    result = run(*words, "--against", reference)

    assert isinstance(result.exception, ParameterError)
    assert "different classes (only the first: high, low; only the other:" in str(result.exception)


def test_an_unknown_split_is_named_with_those_that_are(net, brought):
    result = run(net, brought / "clips", *CONTRACT, "--split", "tset")

    assert isinstance(result.exception, ParameterError)
    assert "split='tset' has no clip; allowed: all" in str(result.exception)


def test_help_shows_examples():
    result = run("--help")

    assert result.exit_code == 0
    assert "cnnviz evaluate new.safetensors clips/ --against" in result.output
