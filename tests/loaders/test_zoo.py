"""``zoo:NAME`` is a network with its own weights and contract."""

import pytest
import torch

import zoo
from cnnviz.errors import ModelLoadError
from cnnviz.loaders import load_model
from zoo.weights import find


@pytest.fixture
def reference() -> str:
    if find(zoo.REFERENCE) is None:
        pytest.skip("the reference network is not trained in this tree yet")
    return f"zoo:{zoo.REFERENCE}"


def test_the_bundled_network_brings_its_contract(reference: str) -> None:
    model, own = load_model(reference), zoo.load(reference.removeprefix("zoo:"))
    clips = torch.randn(2, own.n_samples)

    assert (model.reference, model.digest, model.name) == (reference, own.digest, own.name)
    assert (model.sample_rate, model.class_names) == (own.sample_rate, own.class_names)
    with torch.no_grad():
        assert torch.equal(model.scores(clips), own.network.eval()(own.network_input(clips)))


def test_other_weights_are_refused(reference: str, tmp_path) -> None:
    path = tmp_path / "w.pt"
    torch.save({}, path)

    with pytest.raises(ModelLoadError, match="has its own weights; load the file by itself"):
        load_model(reference, weights=str(path))
