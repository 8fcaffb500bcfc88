"""``cnnviz report``: the main journey, from a file of one's own to a page."""

import subprocess
import sys

import pytest

from cnnviz import api, results
from tests.cli.commands import exit_code

WITHOUT_TORCH = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "captum"):
            raise ImportError("torch is not to be imported")
sys.meta_path.insert(0, Refuse())
from cnnviz.cli import main
main(sys.argv[1:])
"""


def report(*words):
    return exit_code("report", *words)


@pytest.fixture(scope="module")
def run(brought, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "mynet"
    words = (f"{brought}/mynet.py:build", brought / "clips", "--sample-rate", "8000")
    assert report(*words, "--classes", "high,low", "--out", out, "--explain", "2") == 0
    return out


def test_the_page_and_every_result_are_written(run):
    found = {type(result) for result in api.open_run(run)}

    assert (run / "report" / "index.html").stat().st_size > 100_000
    assert found == {
        results.FilterResponses,
        results.FeatureMaps,
        results.LayerStatistics,
        results.ClipGallery,
        results.Relevance,
        results.Embedding,
        results.Evaluation,
        results.UnitExemplars,
    }


def test_class_names_are_those_given(run):
    found = api.open_run(run)
    (evaluation,) = results.find(found, results.Evaluation)
    named = {name for a in results.find(found, results.Relevance) for name in a.target.words}

    assert named <= {"high rather than low", "low rather than high"}
    assert evaluation.class_names == ("high", "low")
    assert evaluation.confusion.sum() == 12


def test_a_saved_run_is_drawn_again_to_the_byte_without_torch(run, tmp_path):
    page = (run / "report" / "index.html").read_bytes()

    words = ["report", str(run), "--out", str(tmp_path)]
    subprocess.run([sys.executable, "-c", WITHOUT_TORCH, *words], check=True)

    assert (tmp_path / "report" / "index.html").read_bytes() == page


def test_the_same_command_continues_and_computes_nothing_twice(run, brought):
    before = {path.name: path.stat().st_mtime_ns for path in (run / "results").iterdir()}

    words = (f"{brought}/mynet.py:build", brought / "clips", "--sample-rate", "8000")
    assert report(*words, "--classes", "high,low", "--out", run, "--explain", "2") == 0

    after = {path.name: path.stat().st_mtime_ns for path in (run / "results").iterdir()}
    assert after == before


def test_bare_weights_are_refused_before_clips_are_read(tmp_path, capsys):
    import torch

    torch.save({"conv.weight": torch.randn(4, 1, 8)}, tmp_path / "bare.pt")

    code = report(tmp_path / "bare.pt", tmp_path / "no-such-folder", "--sample-rate", "8000")

    assert code == 1
    assert "package.module:factory --weights" in capsys.readouterr().err


def test_an_empty_folder_is_one_clear_line(brought, tmp_path, capsys):
    code = report(f"{brought}/mynet.py:build", tmp_path, "--sample-rate", "8000")

    assert code == 1
    assert str(tmp_path) in capsys.readouterr().err


def test_what_cannot_be_answered_is_said_and_the_rest_is_written(brought, tmp_path, capsys):
    words = (f"{brought}/mynet.py:build", brought / "clips", "--sample-rate", "8000")

    code = report(*words, "--out", tmp_path, "--explain", "1", "--classes", "cat,dog")

    assert code == 0
    assert "left out evaluation: " in capsys.readouterr().err
    assert (tmp_path / "report" / "index.html").is_file()


def test_class_names_may_come_from_a_file(tmp_path):
    from cnnviz.cli import _options

    (tmp_path / "classes.txt").write_text("yes\nno")

    assert _options._classes(str(tmp_path / "classes.txt")) == ("yes", "no")


CEPSTRAL = """
import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 4, 3, padding=1), nn.Conv2d(4, 4, 3, stride=2)
        self.linear = nn.Linear(4, 2)

    def forward(self, inputs):
        hidden = torch.relu_(self.conv2(torch.relu_(self.conv1(inputs))))
        return {"scores": self.linear(hidden.mean((2, 3))), "hidden": hidden}


def build():
    torch.manual_seed(0)
    return Net()
"""


def test_cepstral_maps_keep_their_rows_though_these_are_no_frequencies(brought, tmp_path):
    (tmp_path / "cepstral.py").write_text(CEPSTRAL)
    frontend = '{"kind": "mfcc", "n_fft": 256, "hop_length": 80, "n_mels": 30, "n_mfcc": 12}'
    words = (f"{tmp_path}/cepstral.py:build", brought / "clips", "--sample-rate", "8000")

    code = report(*words, "--frontend", frontend, "--out", tmp_path / "run", "--explain", "1")

    assert code == 0
    (maps,) = results.find(api.open_run(tmp_path / "run"), results.FeatureMaps)
    assert maps.layers[0].maps.shape[1:3] == (4, 12)
    assert maps.layers[0].grid.frequencies.size == 0


def test_without_names_scores_are_shown_by_index_and_the_way_to_name_them_is_said(
    brought, tmp_path, capsys
):
    words = (f"{brought}/mynet.py:build", brought / "clips", "--sample-rate", "8000")

    assert report(*words, "--output", "classes", "--out", tmp_path, "--explain", "2") == 0

    found = api.open_run(tmp_path)
    assert not results.find(found, results.Evaluation)
    named = {word for a in results.find(found, results.Relevance) for word in a.target.words}
    assert named <= {"0 rather than 1", "1 rather than 0"}
    said = capsys.readouterr().err.replace("\n", " ")
    assert "names none of its 2 classes" in said
    assert "--classes A,B,... (high, low in some order)" in said
    assert "names none of its 2 classes" in (tmp_path / "report" / "index.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "text"),
    [
        pytest.param(["{run}"], "two runs, which cannot be compared yet", id="two runs"),
        pytest.param(["clips/"], "drawn as it is, without clips/", id="clips"),
        pytest.param(["--layer", "0"], "drawn as it is, without --layer", id="an option"),
        pytest.param(["--seed", "1"], "drawn as it is, without --seed", id="a seed"),
    ],
)
def test_what_a_finished_run_has_no_use_for_is_refused(words, text, run, capsys):
    assert report(run, *(word.format(run=run) for word in words)) == 2

    assert text in " ".join(capsys.readouterr().err.replace("│", " ").split())
