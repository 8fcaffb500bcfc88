"""``cnnviz analyze``: one analyzer, its parameters as options."""

import json

import pytest

import zoo
from cnnviz import api, registry
from cnnviz.results import Relevance
from tests.cli.commands import exit_code


def analyze(*words):
    return exit_code("analyze", *words)


@pytest.fixture(scope="module")
def run(brought, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "mynet"
    words = (f"{brought}/mynet.py:build", brought / "clips", "--sample-rate", 8000)
    assert analyze("integrated-gradients", *words, "--n-clips", 2, "--out", out) == 0
    return out


def test_without_a_name_every_analyzer_is_listed_with_its_first_line(capsys):
    assert analyze() in (0, 2)

    told = capsys.readouterr()
    shown = " ".join((told.out + told.err).split())
    for name in registry.names("cnnviz.analyzers"):
        assert name.replace("_", "-") in shown
        assert registry.first_line("cnnviz.analyzers", name).split()[0] in shown


def test_options_are_the_parameters_with_range_default_and_meaning(capsys):
    assert analyze("umap-embedding", "--help") == 0

    shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert "--pooling [mean|max|rms|mean_max]" in shown
    assert "--min-dist FLOAT RANGE [0<=x<=1]" in shown
    assert "Same seed, same map" in shown


def test_the_result_is_kept_by_its_id_and_printed(run, capsys):
    assert analyze("pca-embedding", run, "--pooling", "rms", "--json") == 0

    rows = json.loads(capsys.readouterr().out)
    kept = api.open_run(run).results
    (name,) = [name for name in kept if name.startswith("pca_embedding-")]
    assert rows[0]["points_0"] == pytest.approx(kept[name].points[0, 0])


def test_two_parameter_sets_live_side_by_side_and_on_one_page(run, brought, tmp_path):
    words = (f"{brought}/mynet.py:build", brought / "clips", "--sample-rate", 8000)
    assert (
        analyze("integrated-gradients", *words, "--n-clips", 2, "--target", "label", "--out", run)
        == 0
    )

    kept = api.open_run(run)
    both = [result for result in kept.find(Relevance) if result.method == "integrated_gradients"]
    page = api.render(kept, tmp_path)
    clip, text = int(both[0].clip_index[0]), page.read_text("utf-8")
    assert len({result.id for result in both}) == 2
    for result in both:
        fragment = result.fragment(f"attribution={clip}:integrated_gradients")
        assert f'id="{fragment}"' in text
        table = result.fragment(f"segments-integrated_gradients-{clip}")
        assert (tmp_path / "data" / f"{table}.csv").is_file()
    assert "Integrated gradients (target label)" in text
    assert "Integrated gradients (target predicted)" in text


def test_a_value_out_of_range_is_an_error_of_usage_before_anything_runs(capsys):
    assert analyze("integrated-gradients", "no.pt", "--n-clips", "0") == 2

    assert "0 is not in the range x>=1" in capsys.readouterr().err


def test_what_a_run_lacks_is_told_with_the_next_step(run, capsys):
    assert analyze("filter-responses", run) == 1

    assert "has no live model" in capsys.readouterr().err


def test_a_run_of_a_network_that_runs_no_code_of_files_brings_its_model(tmp_path, capsys):
    model = api.load_model("zoo:filterbank_k128_ch64-5-do0.25-bn")
    with api.record(model, api.read_clips(zoo.clips_folder()).take([0, 9]), out=tmp_path):
        pass

    assert analyze("filter-responses", tmp_path, "--layers", "conv1", "--json") == 0

    rows = json.loads(capsys.readouterr().out)
    assert {row["layer"] for row in rows} == {"conv1"}
    assert len(rows) == 64
