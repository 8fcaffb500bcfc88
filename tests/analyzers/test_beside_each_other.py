"""Analyzers that run at once leave the results that they leave in turn."""

import sys

import numpy as np
import pytest

from cnnviz import store, workflow
from cnnviz.analyzers.pca_embedding import PCAEmbedding
from cnnviz.errors import LayerNotFoundError
from cnnviz.run import Run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are not safe here")


@pytest.fixture
def capture(recorded):
    generator = np.random.default_rng(0)
    return recorded(logits=generator.normal(size=(60, 6)), labels=np.arange(60) % 3)


ANALYZERS = tuple(PCAEmbedding(n_neighbors=k) for k in (3, 5, 9))


def test_results_are_those_made_in_turn_and_lie_in_the_folder(capture, tmp_path):
    in_turn = workflow.analyze(Run(tmp_path / "in turn", capture=capture), ANALYZERS)
    run, told = Run(tmp_path / "at once", capture=capture), []

    at_once = workflow.analyze(
        run, ANALYZERS, n_processes=3, progress=lambda *step: told.append(step)
    )

    for one, other in zip(in_turn, at_once, strict=True):
        np.testing.assert_array_equal(one.points, other.points)
        assert one.trustworthiness == other.trustworthiness
        assert not other.points.flags.writeable
        assert one.id == other.id
    assert [result.id for result in run] == sorted(one.id for one in in_turn)
    kept = sorted((tmp_path / "at once" / "results").glob("*.h5"))
    assert [store.read(path).id for path in kept] == [result.id for result in run]
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_what_is_there_is_not_made_again(capture, tmp_path, monkeypatch):
    run = Run(tmp_path, capture=capture)
    workflow.analyze(run, ANALYZERS, n_processes=2)
    monkeypatch.setattr(PCAEmbedding, "run", lambda *_: pytest.fail("made again"))

    again = workflow.analyze(Run(tmp_path, capture=capture), ANALYZERS, n_processes=2)

    assert len(again) == 3


def test_one_that_cannot_run_is_told_once_and_the_others_stay(capture, tmp_path):
    analyzers = (ANALYZERS[0], PCAEmbedding(layer="nowhere"), ANALYZERS[1])
    run, told = Run(tmp_path, capture=capture), []

    found = workflow.analyze(run, analyzers, n_processes=2, left_out=told.append)

    assert [result.n_neighbors for result in found] == [3, 5]
    assert len(told) == 1
    assert "'nowhere'" in told[0]
    with pytest.raises(LayerNotFoundError):
        workflow.analyze(run, analyzers, n_processes=2)


def test_without_a_folder_they_run_in_turn(capture):
    found = workflow.analyze(Run(capture=capture), ANALYZERS, n_processes=3)

    assert [result.n_neighbors for result in found] == [3, 5, 9]


def test_forks_share_the_packages_that_an_analyzer_names(capture, tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    monkeypatch.setattr(PCAEmbedding, "imports", ("colorsys",), raising=False)

    workflow.analyze(Run(tmp_path, capture=capture), ANALYZERS, n_processes=2)

    assert "colorsys" in sys.modules
