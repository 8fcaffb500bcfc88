"""Networks that do not classify get a report without a word on classes."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
import soundfile

from cnnviz import api, results
from cnnviz.cli import main

RATE, N_SAMPLES = 8000, 800
NETWORKS = """
from tests.loaders.outputs import network

def regression(): return network("two numbers")
def embedding(): return network("unit vector")
def frames(): return network("frames (B, C, T)")
def tags(): return network("mean of sigmoids")
def waveform(): return network("two sources")
def classes(): return network("softmax")
"""
ABOUT_CLASSES = re.compile(r"class|predict|confus|accura|logit", re.IGNORECASE)


class Text(HTMLParser):
    """Words that a reader sees."""

    def __init__(self):
        super().__init__()
        self.words, self.hidden = [], 0

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in ("script", "style")

    def handle_endtag(self, tag):
        self.hidden -= tag in ("script", "style")

    def handle_data(self, data):
        if not self.hidden:
            self.words.append(data)


def text_of(page):
    reader = Text()
    reader.feed(page.read_text("utf-8"))
    return " ".join(" ".join(reader.words).split())


def run(*words):
    try:
        main([str(word) for word in words])
    except SystemExit as stop:
        return stop.code or 0
    return 0


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A file of networks, ten clips without a label, and the same in two folders."""
    folder, generator = tmp_path_factory.mktemp("roles"), np.random.default_rng(0)
    (folder / "nets.py").write_text(NETWORKS)
    for name in ("sounds", "labelled/low", "labelled/high"):
        (folder / name).mkdir(parents=True)
    times = np.arange(N_SAMPLES) / RATE
    for index in range(10):
        tone = 0.3 * np.sin(2 * np.pi * (200 + 200 * index) * times)
        tone += 0.01 * generator.normal(size=N_SAMPLES)
        for place in ("sounds", "labelled/low" if index < 5 else "labelled/high"):
            soundfile.write(folder / place / f"{index}.wav", tone, RATE)
    return folder


def model(files, name):
    return (f"{files}/nets.py:{name}", "--sample-rate", RATE, "--n-samples", N_SAMPLES)


@pytest.mark.parametrize(
    ("name", "role", "layer"),
    [
        ("regression", "unknown", "second"),
        ("embedding", "embedding", "output"),
        ("frames", "frames", "output"),
        ("tags", "tags", "recurrent"),
        ("waveform", "waveform", "decoder"),
    ],
)
def test_a_report_says_nothing_of_classes_where_there_are_none(
    files, tmp_path, capsys, *, name, role, layer
):
    assert run("report", *model(files, name), files / "sounds", "--out", tmp_path) == 0

    said = capsys.readouterr().err
    found = {type(result): result for result in api.open_run(tmp_path)}
    text = text_of(tmp_path / "report" / "index.html")
    assert set(found) == {
        results.FilterResponses,
        results.FeatureMaps,
        results.LayerStatistics,
        results.ClipGallery,
        results.Embedding,
        results.UnitExemplars,
    }
    assert "left out" not in said
    assert "so that nothing is explained or evaluated" in " ".join(said.split())
    assert found[results.Embedding].layer == layer
    assert found[results.ClipGallery].provenance.output_role == role
    assert f"Output {role}" in text
    for open_question in ("no class is claimed", "may be classes, a regression or an embedding"):
        text = text.replace(open_question, "")
    assert not ABOUT_CLASSES.search(text)


def test_two_numbers_are_no_classes_because_there_are_two_folders(files, tmp_path, capsys):
    assert run("report", *model(files, "regression"), files / "labelled", "--out", tmp_path) == 0

    kinds = {type(result) for result in api.open_run(tmp_path)}
    said = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert not kinds & {results.Evaluation, results.Relevance}
    assert "may be classes, a regression or an embedding; --output ROLE says which" in said
    assert "those of the clips are taken" not in said


def test_a_named_output_is_explained_where_it_is_asked_for(files, tmp_path):
    command = ("analyze", "input-x-gradient", *model(files, "embedding"), files / "sounds")

    assert run(*command, "--out", tmp_path, "--target", "3", "--n-clips", "2") == 0

    (relevance,) = api.open_run(tmp_path).find(results.Relevance)
    assert relevance.target.words == ("output 3", "output 3")
    assert relevance.output == "values"
    recorded = api.open_run(tmp_path).capture.logits[relevance.clip_index, 3]
    np.testing.assert_allclose(relevance.scores, recorded, atol=1e-5)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--target", "5"), "target=5; allowed: 0 to 4, the outputs of the network"),
        (("--target", "best"), "target='best'; allowed: predicted, top2, label, an index"),
        ((), "is read as embedding, of which no number is the predicted one; allowed: --target"),
    ],
    ids=["beyond", "no word", "predicted"],
)
def test_a_target_that_the_output_has_not_is_refused(files, tmp_path, capsys, *, words, message):
    command = ("analyze", "input-x-gradient", *model(files, "embedding"), files / "sounds")

    assert run(*command, "--out", tmp_path, *words) == 1

    assert message in " ".join(capsys.readouterr().err.replace("│", " ").split())


@pytest.mark.parametrize(
    ("command", "name", "more", "message"),
    [
        ("evaluate", "embedding", (), "is read as embedding, of which no clip has one right"),
        ("evaluate", "regression", ("--output", "regression"), "is read as regression"),
        ("evaluate", "frames", (), "frames with --classes A,B,... are pooled"),
        ("report", "classes", ("--layer", "third"), "layer 'third' is not in model"),
        ("capture", "classes", ("--layer", "third"), "layer 'third' is not in model"),
    ],
)
def test_what_cannot_be_done_is_refused_before_clips_are_read(
    files, tmp_path, capsys, *, command, name, more, message
):
    no_clips = tmp_path / "nothing here"

    assert run(command, *model(files, name), no_clips, "--out", tmp_path / "out", *more) == 1

    said = " ".join(capsys.readouterr().err.replace("│", " ").split())
    assert message in said
    assert "nothing here" not in said


def test_clips_without_labels_are_refused_before_they_are_decoded(files, tmp_path, capsys):
    (tmp_path / "no sound.wav").write_bytes(b"RIFF")

    assert run("evaluate", *model(files, "classes"), tmp_path, "--out", tmp_path / "out") == 1

    assert "none of 1 clips has a label" in capsys.readouterr().err
