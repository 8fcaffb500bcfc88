"""What a notebook calls."""

import json
from importlib.metadata import version

import numpy as np
import pytest

import cnnviz
import zoo
from cnnviz import registry
from cnnviz.analyzers.pca_embedding import PCAEmbedding
from cnnviz.errors import CaptureFormatError, ParameterError, UnknownNameError
from cnnviz.run import Run


@pytest.fixture(scope="module")
def model():
    return cnnviz.load_model("zoo:filterbank_k128_ch64-5-do0.25-bn")


def test_filters_show_themselves_and_give_their_table(model):
    filters = cnnviz.filters(model)

    table = filters.to_dataframe()
    assert list(table["layer"].unique()) == ["conv1", "conv2"]
    assert len(table) == 128
    assert "<table" in filters._repr_html_()
    assert filters.plot().get_xlabel()


def test_filters_of_a_reference_equal_those_of_its_model(model):
    first = cnnviz.filters("zoo:filterbank_k128_ch64-5-do0.25-bn", layers=["conv1"])
    second = cnnviz.filters(model, layers=["conv1"])

    levels = [found.banks[0].responses.magnitudes_db for found in (first, second)]
    np.testing.assert_array_equal(*levels)


def test_bundled_clips_are_recorded_and_read_back(model, tmp_path):
    from zoo import clips_folder

    clips = cnnviz.read_clips(clips_folder())

    with cnnviz.record(model, clips.take(range(4)), out=tmp_path, n_maps=2) as capture:
        maps = capture.maps("conv1", int(capture.map_index[0]))
        assert maps.shape == (64, 1985)
        assert capture.logits.shape == (4, 12)
        assert list(capture.to_dataframe()["seconds"]) == [1.0] * 4
        assert "conv5, average of 4 clips" in capture._repr_html_()
    assert repr(clips).startswith("<Clips: 60 clips, 12 classes")


def test_an_empty_run_says_how_to_make_one(tmp_path):
    with pytest.raises(CaptureFormatError, match=r"is no run; .*cnnviz report"):
        cnnviz.open_run(tmp_path)


def test_nothing_to_render_is_an_error(tmp_path):
    with pytest.raises(ParameterError, match="run has no results"):
        cnnviz.render([], tmp_path)


def test_files_that_do_not_fit_together_are_named_with_their_run(model, tmp_path, monkeypatch):
    def fails(*_: object, **__: object) -> None:
        raise ValueError("cannot convert float NaN to integer")

    with Run(tmp_path) as run:
        run.keep(cnnviz.filters(model, layers=["conv1"]))
    monkeypatch.setattr("reports.render", fails)

    with pytest.raises(CaptureFormatError, match=r"do not fit together \(ValueError: cannot .*NaN"):
        cnnviz.render(cnnviz.open_run(tmp_path), tmp_path / "page")
    with pytest.raises(ValueError, match="NaN"):  # numbers that were made here are no damage
        cnnviz.render(list(cnnviz.open_run(tmp_path)), tmp_path / "page")


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'filtres'"):
        cnnviz.filtres  # noqa: B018


def test_no_module_stands_in_the_place_of_a_public_function():
    modules = set(registry.names("cnnviz"))

    assert modules & set(cnnviz.__all__) == set()


def test_one_analyzer_is_run_by_name_with_its_parameters(tiny_run):
    run = Run(model=tiny_run.model, capture=tiny_run.capture)

    first = cnnviz.analyze(run, "pca_embedding", pooling="rms")
    second = cnnviz.analyze(run, PCAEmbedding(pooling="mean"))

    assert set(run.results) == {first.id, second.id}
    assert json.loads(first.provenance.parameters)["pooling"] == "rms"
    with pytest.raises(ParameterError, match="pca_embedding has no parameter 'neighbours'"):
        cnnviz.analyze(run, "pca_embedding", neighbours=3)
    with pytest.raises(ParameterError, match="beside an analyzer that has its own"):
        cnnviz.analyze(run, PCAEmbedding(), pooling="rms")
    with pytest.raises(UnknownNameError, match="did you mean 'pca_embedding'"):
        cnnviz.analyze(run, "pca_embeding")


def test_the_results_of_a_run_show_themselves_one_below_the_other(tiny_run):
    run = Run(model=tiny_run.model, capture=tiny_run.capture)
    first = cnnviz.analyze(run, "pca_embedding")
    second = cnnviz.analyze(run, "clip_gallery")

    html = run._repr_html_()

    assert html == run.results._repr_html_()
    assert html.count("<img") == html.count("<table") == 2
    assert 0 < html.index(second.id) < html.index(first.id)  # sorted


def test_the_version_is_that_of_the_distribution():
    assert cnnviz.__version__ == version("cnnviz")
    assert "__version__" in dir(cnnviz)


def test_a_reference_and_a_folder_are_recorded_as_what_they_name(tmp_path) -> None:
    folder = zoo.clips_folder()
    named = cnnviz.record("zoo:m5_ch32", str(folder), out=tmp_path / "named", n_maps=0)
    model, clips = cnnviz.load_model("zoo:m5_ch32"), cnnviz.read_clips(folder)
    given = cnnviz.record(model, clips, out=tmp_path / "given", n_maps=0)

    with named, given:
        np.testing.assert_array_equal(named.logits, given.logits)
