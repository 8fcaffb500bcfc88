"""Networks with the traps of practice get the right answer or an error that names the cause."""

import pytest
import torch
from torch import nn

from cnnviz.errors import ModelLoadError, ParameterError, ShapeError
from cnnviz.frontend import FrontendSpec
from cnnviz.loaders._finish import finish
from cnnviz.model import AudioModel, ModelSpec
from tests.loaders.networks import (
    Ends,
    FunctionalDropout,
    LooseFilters,
    OneAtATime,
    Returns,
    Squeezes,
    TakesVectors,
    monte_carlo,
    plain,
)

CLIPS = torch.randn(3, 160, generator=torch.Generator().manual_seed(1))


def loaded(network: nn.Module, **spec: object) -> AudioModel:
    contract = ModelSpec(**{"sample_rate": 8000, "n_samples": 160, **spec})
    return finish(network.eval(), contract, name="net", reference="net.py:build")


def expected() -> torch.Tensor:
    return plain()(CLIPS[:, None])


@torch.no_grad()
@pytest.mark.parametrize(
    "network",
    [plain(), Squeezes(), Returns("dict"), Returns("tuple"), OneAtATime(), TakesVectors()],
    ids=lambda network: type(network).__name__ + getattr(network, "kind", ""),
)
def test_the_scores_are_those_of_the_plain_network(network: nn.Module) -> None:
    model = loaded(network)

    assert torch.allclose(model.scores(CLIPS), expected(), atol=1e-6)
    assert torch.allclose(model.scores(CLIPS[:1]), expected()[:1], atol=1e-6)


@torch.no_grad()
def test_a_first_layer_from_a_loose_tensor_is_run() -> None:
    network = LooseFilters()

    scores = loaded(network).scores(CLIPS)

    wide = torch.nn.functional.conv1d(CLIPS[:, None], network.taps)
    assert torch.allclose(scores, plain()(wide), atol=1e-6)


def test_nan_in_a_loose_tensor_is_reported() -> None:
    network = LooseFilters()
    network.taps[0, 0, 0] = float("nan")

    with pytest.raises(ModelLoadError, match=r"taps \(1 NaN of 9 values\)"):
        loaded(network)


def test_the_layout_is_found_by_trying() -> None:
    assert loaded(TakesVectors()).layout == "bt"
    assert loaded(plain()).layout == "bct"


def test_a_network_for_one_clip_at_a_time_says_so() -> None:
    model = loaded(OneAtATime())

    assert model.batch_size == 1
    assert "the network takes one clip at a time" in model.notices


def test_two_candidates_for_the_scores_are_asked_about() -> None:
    model = loaded(Returns("ambiguous"))
    with pytest.raises(ShapeError, match="2 tensors that could be the scores, with 7, 3 columns"):
        model.scores(CLIPS)

    named = loaded(Returns("ambiguous"), class_names=("a", "b", "c"))

    with torch.no_grad():
        assert torch.allclose(named.scores(CLIPS), expected(), atol=1e-6)


@pytest.mark.parametrize("kind", ["logits", "probabilities", "log_probabilities", "sigmoid"])
def test_the_ending_is_recognised(kind: str) -> None:
    model = loaded(Ends(kind))

    assert model.output == kind
    assert any("the network ends in" in notice for notice in model.notices) == (kind != "logits")


def test_the_ending_is_recognised_without_gradients() -> None:
    class Silent(Ends):
        @torch.no_grad()
        def forward(self, inputs: torch.Tensor) -> torch.Tensor:
            return super().forward(inputs)

    assert loaded(Silent("log_probabilities")).output == "log_probabilities"
    assert loaded(Silent("probabilities")).output == "probabilities"


def test_functional_dropout_in_evaluation_mode_is_located() -> None:
    with pytest.raises(ModelLoadError, match=r"drawn between 'features.4' and 'head'"):
        loaded(FunctionalDropout())


def test_a_dropout_layer_that_stays_alive_is_named() -> None:
    with pytest.raises(ModelLoadError, match=r"layer '5' \(StubbornDropout\) draws at random"):
        loaded(monte_carlo())


def test_nn_dropout_is_at_rest() -> None:
    network = nn.Sequential(*plain()[:5], nn.Dropout(0.5), plain()[5]).train()

    assert loaded(network).output == "logits"


def test_a_network_of_fixed_length_asks_for_it() -> None:
    network = nn.Sequential(nn.Conv1d(1, 2, 5), nn.Flatten(), nn.Linear(2 * 96, 3))

    with pytest.raises(ParameterError, match=r"8000 samples .*\(RuntimeError: .*--n-samples N"):
        loaded(network, n_samples=None)
    assert loaded(network, n_samples=100).layout == "bct"


def test_a_network_of_spectrograms_asks_for_its_frontend() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())

    with pytest.raises(ParameterError, match=r"does not take 160 samples .*--frontend JSON"):
        loaded(network)
    frontend = FrontendSpec(kind="log_mel", n_fft=64, hop_length=32, n_mels=8)
    assert loaded(network, frontend=frontend).output == "logits"


def test_class_names_must_fit_the_scores() -> None:
    with pytest.raises(ParameterError, match=r"class_names has 2 names; .* gives 3 scores"):
        loaded(plain(), class_names=("no", "yes"))


def test_a_network_without_scores_loads_and_says_so() -> None:
    model = loaded(Returns("ambiguous"))

    assert any(notice.startswith("no scores: network returns 2") for notice in model.notices)


def test_in_place_first_layers_are_allowed() -> None:
    assert loaded(nn.Sequential(nn.ReLU(inplace=True), plain())).output == "logits"


def test_the_network_is_given_back_as_it_was() -> None:
    network = plain()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    torch.manual_seed(5)
    state = torch.get_rng_state()

    loaded(network)

    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())


def test_float64_networks_get_float64() -> None:
    with torch.no_grad():
        assert loaded(plain().double()).scores(CLIPS).dtype == torch.float64
