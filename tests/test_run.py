"""A run gives what it holds, and says once what it lacks."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

import cnnviz
from cnnviz import store, workflow
from cnnviz.errors import CaptureFormatError, ParameterError, UnsupportedModelError
from cnnviz.frontend import FrontendSpec
from cnnviz.model import ModelSpec, WeightsOnly, assemble
from cnnviz.provenance import Provenance
from cnnviz.results import Embedding
from cnnviz.run import Run

WEIGHTS = assemble(
    WeightsOnly({"w": torch.ones(2, 1, 3)}, "no graph; name its factory"),
    ModelSpec(sample_rate=8000, frontend=FrontendSpec()),
    name="bare",
    reference="bare.pt",
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """Points on a line.

    Parameters
    ----------
    seed
        Of nothing.
    """

    seed: int = 0

    def run(self, run):
        run.advance(1, 1)
        return embedding(run.provenance(self), value=self.seed)


def embedding(provenance, value=0.0):
    return Embedding(
        method="line",
        layer="conv1",
        pooling="mean",
        points=np.full((3, 2), float(value)),
        clip_index=np.arange(3),
        n_neighbors=1,
        trustworthiness=1.0,
        continuity=1.0,
        knn_purity=float("nan"),
        knn_purity_input=float("nan"),
        chance_purity=float("nan"),
        purity_neighbors=1,
        explained_variance=np.empty(0),
        provenance=provenance,
    )


def test_what_is_missing_is_told_with_the_next_step(tmp_path):
    run = Run(tmp_path)

    with pytest.raises(ParameterError, match=r"has no live model.*cnnviz analyze"):
        _ = run.model
    with pytest.raises(ParameterError, match=r"has no capture.*cnnviz capture MODEL CLIPS"):
        _ = run.capture
    with pytest.raises(UnsupportedModelError, match="name its factory"):
        _ = Run(model=WEIGHTS).network


def test_a_result_is_named_by_analyzer_parameters_model_and_clips():
    made = Provenance(analyzer="a", parameters='{"k": 1}', model_digest="m", clips_digest="c")
    others = [
        replace(made, parameters='{"k": 2}'),
        replace(made, model_digest="n"),
        replace(made, clips_digest="d"),
    ]

    ids = [embedding(one).id for one in (made, *others)]

    assert len(set(ids)) == 4
    assert all(name.startswith("a-") and len(name) == 10 for name in ids)
    assert embedding(replace(made, created="later", device="cuda")).id == ids[0]


def test_results_of_two_parameter_sets_live_side_by_side_and_are_not_made_twice(tmp_path):
    steps = []
    run = Run(tmp_path, model=WEIGHTS, progress=lambda done, total: steps.append((done, total)))

    workflow.analyze(run, [Line(seed=1), Line(seed=2)])
    (again,) = workflow.analyze(Run(tmp_path, model=WEIGHTS), [Line(seed=2)])

    assert steps == [(1, 1), (1, 1)]
    files = sorted(path.stem for path in (tmp_path / "results").iterdir())
    assert files == sorted(run.results) == sorted(Run(tmp_path).results)
    assert again.points[0, 0] == 2
    assert len(files) == 2


def test_a_result_of_other_package_versions_is_made_again(tmp_path):
    run = Run(tmp_path, model=WEIGHTS)
    (first,) = workflow.analyze(run, [Line()])
    old = replace(first, points=np.full((3, 2), 7.0))
    store.write(
        replace(old, provenance=replace(old.provenance, versions=("cnnviz 0.0.1",))),
        tmp_path / "results" / f"{first.id}.h5",
    )

    (again,) = workflow.analyze(Run(tmp_path, model=WEIGHTS), [Line()])

    assert again.points[0, 0] == 0


def test_a_result_found_damaged_is_made_again(tmp_path):
    (first,) = workflow.analyze(Run(tmp_path, model=WEIGHTS), [Line()])
    (tmp_path / "results" / f"{first.id}.h5").write_bytes(b"no hdf5")

    (again,) = workflow.analyze(Run(tmp_path, model=WEIGHTS), [Line()])

    assert again.points[0, 0] == 0
    assert store.read(tmp_path / "results" / f"{first.id}.h5").id == first.id


def test_a_copy_with_another_model_shares_the_results(tmp_path):
    run = Run(tmp_path)
    other = run.using(model=WEIGHTS, signature=Provenance(command="mine", created="now"))

    workflow.analyze(other, [Line()])

    assert len(run.find(Embedding)) == 1
    assert run.find(Embedding)[0].provenance.command == "mine"
    assert not run.has_model


def test_results_of_another_capture_are_not_of_this_run(tiny_run, tmp_path):
    foreign = embedding(Provenance(analyzer="line", model_digest="other", clips_digest="other"))
    store.write(foreign, tmp_path / "results" / "line-00000000.h5")

    run = Run(tmp_path, capture=tiny_run.capture, model=tiny_run.model)

    assert len(Run(tmp_path)) == 1
    assert len(run) == 0


def test_a_damaged_result_is_told_when_a_run_is_opened_and_stops_no_analyzer(tmp_path):
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "umap.h5").write_bytes(b"no hdf5")
    run = Run(tmp_path, model=WEIGHTS)

    workflow.analyze(run, [Line()])

    assert len(run) == 1
    with pytest.raises(CaptureFormatError, match=r"umap\.h5 cannot be read as HDF5"):
        cnnviz.open_run(tmp_path)
