"""A refusal's advice is taken, and then the network loads."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cnnviz.errors import ModelLoadError, ParameterError
from cnnviz.frontend import FrontendSpec
from cnnviz.loaders import load_model
from cnnviz.loaders._finish import finish
from cnnviz.model import AudioModel, ModelSpec, WeightsOnly
from tests.loaders.networks import FunctionalDropout, monte_carlo, plain, traced

LOG_MEL = FrontendSpec(kind="log_mel", n_fft=256, hop_length=64, n_mels=40)
CLIPS = torch.randn(3, 2000, generator=torch.Generator().manual_seed(1))


class Wrapped(nn.Module):
    """What a user writes around his network."""

    def __init__(self, network: nn.Module, call: Callable[[nn.Module, Tensor], Tensor]) -> None:
        super().__init__()
        self.network, self.call = network, call

    def forward(self, x: Tensor) -> Tensor:
        return self.call(self.network, x)


class Scaled(nn.Module):
    """Takes a second tensor beside the clips."""

    def __init__(self) -> None:
        super().__init__()
        self.body = plain()

    def forward(self, x: Tensor, gains: Tensor) -> Tensor:
        return self.body(x) * gains


class BandsLast(nn.Module):
    """Takes (clip, time, mel)."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(40, 3)

    def forward(self, x: Tensor) -> Tensor:
        assert x.ndim == 3, "expected (batch, time, mel)"
        return self.head(x).mean(1)


def stereo() -> nn.Module:
    return nn.Sequential(nn.Conv1d(2, 3, 5), nn.AdaptiveAvgPool1d(1), nn.Flatten())


def bands_as_channels() -> nn.Module:
    return nn.Sequential(nn.Conv1d(40, 3, 5), nn.AdaptiveAvgPool1d(1), nn.Flatten())


def loaded(network: nn.Module, **spec: object) -> AudioModel:
    contract = ModelSpec(**{"sample_rate": 8000, "n_samples": 2000, **spec})
    return finish(network.eval(), contract, name="net", reference="net.py:build")


def calls_in(message: str) -> list[str]:
    """The calls of the network that a refusal names."""
    return re.findall(r"network\(x.*?\)+(?= |$)", message)


@torch.no_grad()
def test_a_stereo_network_gets_the_clip_twice() -> None:
    network = stereo()
    with pytest.raises(ParameterError, match="one channel and it reads 2") as refused:
        loaded(network)

    (call,) = calls_in(str(refused.value))
    model = loaded(Wrapped(network, lambda network, x: eval(call)))

    assert torch.allclose(model.scores(CLIPS), network(torch.stack([CLIPS, CLIPS], 1)), atol=1e-6)


@torch.no_grad()
def test_a_network_of_two_inputs_gets_the_second_in_a_wrapper() -> None:
    network = Scaled()
    with pytest.raises(ParameterError, match=r"takes more than the clips: .* calls network\(x"):
        loaded(network)

    model = loaded(Wrapped(network, lambda network, x: network(x, torch.tensor(2.0))))

    assert torch.allclose(model.scores(CLIPS), 2 * network.body(CLIPS[:, None]), atol=1e-6)


@torch.no_grad()
@pytest.mark.parametrize(
    ("build", "place"), [(bands_as_channels, 0), (BandsLast, 1)], ids=["bands", "time first"]
)
def test_other_orders_of_a_spectrogram_are_reached_by_a_wrapper(build, place) -> None:
    network = build()
    with pytest.raises(ParameterError, match="frontend gives") as refused:
        loaded(network, frontend=LOG_MEL)

    call = calls_in(str(refused.value))[place]
    model = loaded(Wrapped(network, lambda network, x: eval(call)), frontend=LOG_MEL)

    bands = model.frontend(CLIPS)[:, 0]
    expected = network(bands.transpose(1, 2) if place else bands)
    assert torch.allclose(model.scores(CLIPS), expected, atol=1e-5)


def test_dropout_that_knows_training_is_at_rest() -> None:
    class Mended(FunctionalDropout):
        def forward(self, inputs: Tensor) -> Tensor:
            return self.head(F.dropout(self.features(inputs), 0.5, training=self.training))

    with pytest.raises(ModelLoadError, match=r"F.dropout\(x, p, training=self.training\)"):
        loaded(FunctionalDropout())
    assert loaded(Mended()).output == "logits"


def test_a_layer_that_draws_can_be_replaced() -> None:
    network = monte_carlo()
    with pytest.raises(ModelLoadError, match="draws at random") as refused:
        loaded(network)

    advice = re.search(r"network\.set_submodule\(.*\)$", str(refused.value))
    assert advice is not None
    eval(advice.group())

    assert loaded(network).output == "logits"


def test_a_program_that_takes_more_than_clips_gives_its_weights(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    traced(Scaled(), (torch.zeros(2, 1, 160), torch.tensor(2.0))).save(path)

    model = load_model(str(path), sample_rate=8000, trust_code=True)

    assert isinstance(model.network, WeightsOnly)
    assert torch.equal(model.tensors["body.0.weight"], plain()[0].weight)
    assert "takes gains beside the clips: only its weights were read" in model.notices[0]


class Attentive(nn.Module):
    """Compares all tokens (clip, token, value) with all; tells how many numbers that took."""

    def __init__(self, tell: Callable[[int], None]) -> None:
        super().__init__()
        self.tell = tell

    def forward(self, x: Tensor) -> Tensor:
        likeness = x @ x.transpose(1, 2)
        self.tell(likeness.numel())
        return x.square().mean((1, 2))[:, None].expand(-1, 3)


def test_layouts_that_cost_more_are_tried_on_short_clips_alone() -> None:
    sizes: list[int] = []

    model = loaded(Attentive(sizes.append), n_samples=16_000)

    assert model.layout == "bct"
    assert max(sizes) == 2 * 2048**2


class Ambiguous(nn.Module):
    """Takes both axes for time and answers differently."""

    def __init__(self, least: int) -> None:
        super().__init__()
        self.least = least

    def forward(self, x: Tensor) -> Tensor:
        assert x.ndim == 3
        assert x.numel() >= 2 * self.least
        return x[:, :3, :].sum(2)[:, [0, -1]]


@pytest.mark.parametrize("least", [1, 4000], ids=["short clips", "long clips alone"])
def test_layouts_that_give_other_answers_are_asked_about(least) -> None:
    with pytest.raises(ParameterError, match="takes the layouts bct, btc and answers each differ"):
        loaded(Ambiguous(least), n_samples=16_000)
    assert loaded(Ambiguous(least), n_samples=16_000, layout="btc").layout == "btc"
