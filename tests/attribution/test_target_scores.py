"""What networks do in practice: outputs of all kinds, and scores that cannot be explained."""

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from cnnviz.attribution.differentiable_scores import differentiable_scores
from cnnviz.errors import UnsupportedModelError
from cnnviz.frontend import FrontendSpec
from cnnviz.memory import give_back
from cnnviz.model import ModelSpec, assemble

from .explaining import coefficients, input_x_gradient, integrated_gradients
from .tiny_models import convolutional

WAVEFORMS = np.random.default_rng(0).normal(size=(3, 400)).astype(np.float32)
TARGETS = np.array([0, 1, 2])


class Ending(nn.Module):
    """A network whose output another function has the last word on."""

    def __init__(self, network, function):
        super().__init__()
        self.network, self.function = network, function

    def forward(self, x):
        return self.function(self.network(x))


@pytest.mark.parametrize(
    ("ending", "output"),
    [
        pytest.param(lambda s: s, "logits", id="logits"),
        pytest.param(lambda s: (s, None), "logits", id="tuple"),
        pytest.param(lambda s: {"logits": s, "loss": s.sum()}, "logits", id="dict"),
        pytest.param(lambda s: s.squeeze(), "logits", id="squeezed batch"),
        pytest.param(torch.sigmoid, "logits", id="sigmoid"),
        pytest.param(lambda s: F.log_softmax(s, -1), "log_probabilities", id="log-softmax"),
        pytest.param(lambda s: F.softmax(s, -1), "log_probabilities", id="softmax"),
    ],
)
def test_every_ending_is_explained_before_it_saturates(ending, output, audio_model):
    network = convolutional()
    plain = {
        "logits": network,
        "log_probabilities": Ending(network, lambda s: F.log_softmax(s, -1)),
    }[output]

    found = integrated_gradients(audio_model(Ending(network, ending)), WAVEFORMS, TARGETS)

    expected = integrated_gradients(audio_model(plain), WAVEFORMS, TARGETS)
    assert found.output == output
    np.testing.assert_allclose(found.scores, expected.scores, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(coefficients(found), coefficients(expected), rtol=1e-2, atol=1e-4)


def test_the_contract_decides_what_an_output_is(audio_model):
    network = Ending(convolutional(), torch.sigmoid)

    found = input_x_gradient(audio_model(network, output="logits"), WAVEFORMS, TARGETS)

    assert ((found.scores > 0) & (found.scores < 1)).all()


def test_a_network_that_stays_random_is_refused(audio_model):
    network = Ending(convolutional(), lambda s: F.dropout(s, 0.5))

    with pytest.raises(UnsupportedModelError, match=r"differ between two passes.*F\.dropout"):
        input_x_gradient(audio_model(network), WAVEFORMS, TARGETS)


def test_a_network_without_gradients_is_refused(audio_model):
    network = Ending(convolutional(), lambda s: s.detach())

    with pytest.raises(UnsupportedModelError, match=r"no gradient to the waveform.*detach\(\)"):
        input_x_gradient(audio_model(network), WAVEFORMS, TARGETS)


def test_scores_that_are_not_numbers_are_refused_with_the_place(audio_model):
    network = Ending(convolutional(), lambda s: s / s.abs().max().clamp_max(0))

    with pytest.raises(UnsupportedModelError, match="'tiny' are not finite for silence"):
        input_x_gradient(audio_model(network), WAVEFORMS, TARGETS)


def test_a_network_in_double_precision_gets_clips_in_single(audio_model):
    model = audio_model(convolutional().double())

    found = integrated_gradients(model, WAVEFORMS, TARGETS)

    assert coefficients(found).dtype == np.float32
    assert found.completeness_errors.max() <= 0.005


def test_a_long_strided_kernel_gives_the_gradients_of_its_own_convolution(audio_model):
    torch.manual_seed(0)
    strided = nn.Sequential(
        nn.Conv1d(1, 8, 64, stride=8), nn.ReLU(), nn.Flatten(), nn.Linear(344, 3)
    )
    before = torch.backends.mkldnn.enabled

    found = input_x_gradient(audio_model(strided), WAVEFORMS, TARGETS)

    # each filter's taps, weighted by what its cells are worth to the target, where they stand
    weight = strided[0].weight.detach().double()[:, 0]
    cells = torch.tensor(WAVEFORMS).double().unfold(1, 64, 8)  # (clip, cell, tap)
    active = (cells @ weight.T + strided[0].bias.detach()) > 0  # (clip, cell, filter)
    worth = strided[3].weight.detach().double()[TARGETS].view(3, 8, 43).mT * active
    expected = np.zeros(WAVEFORMS.shape)
    for cell in range(43):
        expected[:, 8 * cell : 8 * cell + 64] += (worth[:, cell] @ weight).numpy()
    np.testing.assert_allclose(coefficients(found), expected, atol=1e-6)
    assert torch.backends.mkldnn.enabled == before


def test_all_that_a_backward_pass_keeps_is_counted(audio_model):
    n_samples, n_layers = 100_000, 16
    kept = (n_layers + 1) * 4 * n_samples  # the input of each layer, in float32
    layers = (nn.Conv1d(1, 1, 3, padding=1) for _ in range(n_layers))
    network = nn.Sequential(*layers, nn.AdaptiveAvgPool1d(1), nn.Flatten())
    waveforms = np.random.default_rng(0).normal(size=(1, n_samples)).astype(np.float32)
    model, budget = audio_model(network), 2 * 5 * kept + 20_000  # five clips, and the weights

    with differentiable_scores(
        model, waveforms, TARGETS[:1], budget_bytes=budget, max_bytes=3 * budget
    ) as scores:
        assert scores.batch == 5
        assert scores.n_beside == 3

    with differentiable_scores(
        model, waveforms, TARGETS[:1], budget_bytes=budget, max_bytes=budget // 2
    ) as scores:
        assert scores.n_beside == 1


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc tells the memory")
def test_explanations_leave_no_memory_behind():
    """A layer gives 3 MB for each clip: kept, they would be 75 MB more after 25."""
    # a process of its own: what other tests freed can hide growth, and their holes can feign it
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        assert alone.submit(_growth_over_explanations, 40).result() < 5e6


def _growth_over_explanations(n_clips: int) -> int:
    """Bytes by which the least of this process grew, from ten explanations to the last ten."""
    waveforms = np.random.default_rng(0).normal(size=(n_clips, 1, 100_000)).astype(np.float32)
    network = nn.Sequential(nn.Conv1d(1, 8, 9), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten())
    contract = ModelSpec(sample_rate=8000, frontend=FrontendSpec())
    model = assemble(network, contract, name="tiny", reference="tiny")
    sizes = []
    for waveform in waveforms:
        input_x_gradient(model, waveform, TARGETS[:1])
        sizes.append(_resident_bytes())
    # the first five fill what is kept once
    return min(sizes[-10:]) - min(sizes[5:15])


def _resident_bytes() -> int:
    give_back()  # what glibc keeps for later is no leak
    n_pages = int(Path("/proc/self/statm").read_text().split()[1])
    return n_pages * os.sysconf("SC_PAGE_SIZE")
