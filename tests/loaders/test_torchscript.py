"""Trusted TorchScript archives give scores and weights, and say what hooks cannot reach."""

from pathlib import Path

import pytest
import torch
from torch import nn

from cnnviz.errors import ModelLoadError, UnsupportedModelError
from cnnviz.hooks import borrowed, recorded
from cnnviz.loaders import load_model
from cnnviz.loaders._tensors import find_tensors
from cnnviz.model.inert import read_inert
from tests.loaders.networks import monte_carlo, plain, traced

CLIPS = torch.randn(3, 160, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "net.pt"
    traced(plain(), torch.zeros(2, 1, 160)).save(path)
    return path


@torch.no_grad()
def test_scores_are_those_of_the_network(path: Path) -> None:
    model = load_model(str(path), sample_rate=8000, trust_code=True)

    assert torch.allclose(model.scores(CLIPS), plain()(CLIPS[:, None]), atol=1e-6)
    assert model.output == "logits"


def test_weights_have_their_own_names(path: Path) -> None:
    model = load_model(str(path), sample_rate=8000, trust_code=True)

    assert dict(model.tensors).keys() == plain().state_dict().keys()
    assert torch.equal(model.tensors["0.weight"], plain()[0].weight)


def test_weights_can_be_read_without_running_the_program(path: Path) -> None:
    content = find_tensors(read_inert(path), path=path)

    assert dict(content.tensors).keys() == plain().state_dict().keys()
    assert torch.equal(content.tensors["5.weight"], plain()[5].weight)


def test_its_layers_cannot_be_heard(path: Path) -> None:
    model = load_model(str(path), sample_rate=8000, trust_code=True)

    message = "layer '0' cannot be heard: a TorchScript program: .* export .* or give its factory"
    with (
        borrowed(model.network),
        pytest.raises(UnsupportedModelError, match=message),
        recorded(model.network, ["0"]),
    ):
        pass


def test_a_program_that_drops_at_random_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    with pytest.warns(torch.jit.TracerWarning):
        traced(monte_carlo(), torch.zeros(2, 1, 160)).save(path)

    with pytest.raises(ModelLoadError, match="answers the same clip differently"):
        load_model(str(path), sample_rate=8000, trust_code=True)


def test_a_scripted_module_with_control_flow(tmp_path: Path) -> None:
    class Chooses(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv1d(1, 3, 5)

        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            values = self.conv(inputs)
            if values.shape[0] > 10:
                values = values * 2
            return values.mean(-1)

    path = tmp_path / "net.ts"
    with pytest.warns(DeprecationWarning, match="jit.script"):
        torch.jit.script(Chooses().eval()).save(path)

    assert load_model(str(path), sample_rate=8000, trust_code=True).output == "logits"
