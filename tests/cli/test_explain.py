"""``cnnviz explain``: clips chosen by class, methods side by side, one page."""

import json

import numpy as np
import pytest

from cnnviz import api
from cnnviz.results import ClipGallery, Relevance
from tests.cli.commands import exit_code


@pytest.fixture(scope="module")
def inputs(brought):
    return (f"{brought}/mynet.py:build", brought / "clips", "--sample-rate", 8000,
            "--classes", "high,low")  # fmt: skip


@pytest.fixture(scope="module")
def explained(inputs, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "mynet"
    words = ("--method", "input_x_gradient", "--method", "saliency", "--n-clips", 3)
    assert exit_code("explain", *inputs, *words, "--out", out) == 0
    return out


def test_each_method_explains_the_same_clips_on_one_page(explained):
    run = api.open_run(explained)

    first, second = run.find(Relevance)
    assert {first.method, second.method} == {"input_x_gradient", "saliency"}
    assert first.clip_index.tolist() == second.clip_index.tolist()
    assert len(first.clip_index) == 3
    page = (explained / "report" / "index.html").read_text("utf-8")
    for one in (first, second):
        assert f'id="{one.fragment(f"attribution={first.clip_index[0]}:{one.method}")}"' in page
    assert run.find(ClipGallery)


def test_a_line_per_method_says_what_was_measured(inputs, explained, capsys):
    words = (*inputs, "--method", "input_x_gradient", "--n-clips", 3, "--out", explained)
    assert exit_code("explain", *words) == 0

    told = capsys.readouterr().out
    assert told.startswith("input_x_gradient\n  Maps by input x gradient are")
    assert "of 3 clips more faithful than where the clip is loud on" in told


def test_maps_of_networks_drawn_anew_are_kept_and_stand_on_the_page(inputs, tmp_path, capsys):
    words = ("--method", "saliency", "--n-clips", 2, "--no-proof", "--sanity", "--out", tmp_path)
    assert exit_code("explain", *inputs, *words) == 0

    assert "with all layers drawn anew they agree with their own by" in capsys.readouterr().out
    (one,) = api.open_run(tmp_path).find(Relevance)
    n_agreements = one.sanity.values.shape[1] - 8
    assert len(one.sanity.layers) == n_agreements > 1
    page = (tmp_path / "report" / "index.html").read_text("utf-8")
    assert f'id="{one.fragment("attribution-randomisation-saliency")}"' in page
    assert f"Agreement, all drawn ({one.sanity.layers[-1]})" in page


def test_a_run_whose_model_is_code_of_the_user_asks_for_the_model(explained, capsys):
    assert exit_code("explain", explained) == 1

    told = " ".join(capsys.readouterr().err.split())
    assert told == (
        f"cnnviz: the network of {explained} is built by code, or not where it was; name it and "
        f"its clips again: cnnviz explain MODEL CLIPS --out {explained}"
    )


def test_clips_of_one_class_answered_with_another_are_held_against_their_own(
    inputs, tmp_path, capsys
):
    assert exit_code("capture", *inputs, "--out", tmp_path) == 0
    with api.open_run(tmp_path).capture as capture:
        answers = np.asarray(capture.logits).argmax(1)
        true = np.array([0 if name.startswith("high") else 1 for name in capture.clips.names])
    pair = next((t, p) for t in (0, 1) for p in (1 - t, t) if ((true == t) & (answers == p)).any())
    names = ("high", "low")
    capsys.readouterr()

    words = ("--true", names[pair[0]], "--predicted", names[pair[1]], "--method",
             "input_x_gradient", "--json", "--out", tmp_path)  # fmt: skip
    assert exit_code("explain", *inputs, *words) == 0

    told = capsys.readouterr()
    rows = json.loads(told.out)
    beside = answers == pair[0]  # heard as what they are
    chosen = np.flatnonzero((true == pair[0]) & ((answers == pair[1]) | beside))
    if pair[0] != pair[1]:
        words = f"{names[pair[1]]} rather than {names[pair[0]]}"
        assert {row["target_names"] for row in rows} == {words}
    assert sorted(row["clip_index"] for row in rows) == chosen.tolist()
    assert f"clips of {names[pair[0]]} heard as {names[pair[1]]}" in told.err
    assert {row["method"] for row in rows} == {"input_x_gradient"}


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("--method", "guess"), 2, "'guess' is not one of"),
        (("--true", "middle"), 1, "true='middle'; allowed: an index from 0 to 1, or one of"),
        (("--target", "middle"), 1, "target='middle'; allowed: predicted, top2, label, an index"),
        (("--top", 9), 1, "top=9; allowed: 2 to 2, the outputs of the network"),
        (("--top", 2, "--target", "low"), 2, "--top 2 and --target low; use one of them"),
        (("--clip", "900"), 1, "clip_index=900 has no audio in the capture"),
    ],
)
def test_what_does_not_exist_is_refused(inputs, explained, capsys, *, words, code, text):
    assert exit_code("explain", *inputs, *words, "--out", explained) == code

    assert text in " ".join(capsys.readouterr().err.replace("│", " ").split())


def test_the_largest_outputs_are_explained_one_result_each(inputs, tmp_path, capsys):
    words = ("--top", 2, "--method", "input_x_gradient", "--n-clips", 3, "--no-proof")
    assert exit_code("explain", *inputs, *words, "--out", tmp_path) == 0

    told = capsys.readouterr().out
    results = api.open_run(tmp_path).find(Relevance)
    first, second = sorted(results, key=lambda one: "top2" in one.provenance.parameters)
    assert first.clip_index.tolist() == second.clip_index.tolist()
    assert (first.target.class_index == 1 - second.target.class_index).all(), "of two classes"
    np.testing.assert_allclose(first.scores, -second.scores, rtol=1e-5)  # each against the other
    assert told.startswith("input_x_gradient\n")
    assert "\ninput_x_gradient of top2\n" in told
    page = (tmp_path / "report" / "index.html").read_text("utf-8")
    assert "Input x gradient (target top2)" in page


def test_more_memory_than_allowed_is_refused_with_both_numbers(inputs, tmp_path, capsys):
    long = (*inputs, "--n-samples", 100_000, "--max-memory", 1, "--out", tmp_path / "run")
    assert exit_code("explain", *long, "--method", "input_x_gradient") == 1

    told = " ".join(capsys.readouterr().err.split())
    assert "one gradient of a clip of 12.5 s needs about" in told
    assert "MiB; allowed: 1 MiB; explain shorter clips with --n-samples, or" in told


def test_a_budget_explains_what_it_can_and_leaves_the_proof_out(inputs, tmp_path, capsys):
    out = tmp_path / "run"
    words = ("--method", "integrated_gradients", "--budget", 1e-6, "--n-clips", 3)
    assert exit_code("explain", *inputs, *words, "--out", out) == 0

    (found,) = api.open_run(out).find(Relevance)
    assert found.n_clips == 1
    assert found.proof is None
    (said,) = (one for one in found.findings if one.id.startswith("budget:"))
    assert said.sentence.startswith("Within 1e-06 s 1 of 3 clips got a map by integrated gradients")
    assert said.severity == "warning"


@pytest.mark.parametrize("kind", ["pdf", "svg", "png"])
def test_figures_of_each_clip_with_their_numbers(inputs, explained, kind):
    words = ("--method", "input_x_gradient", "--method", "saliency", "--n-clips", 3)
    assert exit_code("explain", *inputs, *words, "--figures", kind, "--out", explained) == 0

    starts = {"pdf": b"%PDF", "svg": b"<?xml", "png": b"\x89PNG"}
    for one in api.open_run(explained).find(Relevance):
        for row, clip in enumerate(one.clip_index.tolist()):
            path = explained / "figures" / f"{one.id}-clip{clip}.{kind}"
            assert path.read_bytes().startswith(starts[kind])
            table = np.genfromtxt(path.with_suffix(".csv"), delimiter=",", skip_header=1)
            drawn = one.plane
            expected = drawn.values[row]
            assert "frequency" in one.plot(clip=clip).get_ylabel()
            head = path.with_suffix(".csv").read_text().partition("\n")[0].split(",")
            assert head[0] == "Hz by s"
            np.testing.assert_allclose([float(text) for text in head[1:]], one.times, rtol=1e-4)
            np.testing.assert_allclose(table[:, 0], drawn.grid.frequencies, rtol=1e-5)
            np.testing.assert_allclose(table[:, 1:], expected, rtol=1e-4)
