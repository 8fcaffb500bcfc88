"""Several targets of a clip at once, against one after the other and against captum."""

import numpy as np
import pytest
import torch
from captum import attr
from torch import nn

import cnnviz
from cnnviz import workflow
from cnnviz.attribution.attribute import attribute, attribute_each
from cnnviz.attribution.differentiable_scores import differentiable_scores
from cnnviz.attribution.methods.saliency import Saliency
from cnnviz.errors import ParameterError

from .conftest import RATE

N_CLASSES, N_CLIPS, N = 4, 3, 2000
TARGETS = [np.full(N_CLIPS, index) for index in range(N_CLASSES)]


class Overwriting(nn.Module):
    """A convolution whose output is overwritten by what its own gradient needs."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, 6, 32, stride=4)
        self.head = nn.Linear(6, N_CLASSES)
        self.n_passes = 0

    def forward(self, x):
        self.n_passes += 1
        hidden = self.conv(x).sigmoid()
        gated = hidden * hidden.mean()
        hidden.mul_(2)
        return self.head(gated.amax(-1))


@pytest.fixture
def model(audio_model):
    torch.manual_seed(0)
    return audio_model(Overwriting())


@pytest.fixture(scope="module")
def waveforms():
    return np.random.default_rng(0).normal(size=(N_CLIPS, N)).astype(np.float32)


@pytest.mark.parametrize("name", ["saliency", "input_x_gradient", "integrated_gradients"])
@pytest.mark.parametrize("score", ["logit", "contrast", "log_odds", "log_probability"])
def test_they_are_those_made_one_after_the_other(model, waveforms, name, score):
    method = workflow.build_analyzer(name, score=score)
    before = {key: value.clone() for key, value in model.network.state_dict().items()}

    at_once = attribute_each(method, model, waveforms, TARGETS, rivals=[None] * N_CLASSES)

    for targets, found in zip(TARGETS, at_once, strict=True):
        alone = attribute(method, model, waveforms, targets)
        np.testing.assert_array_equal(found.scores, alone.scores)
        np.testing.assert_array_equal(found.rivals, alone.rivals)
        for one, other in zip(found.clips, alone.clips, strict=True):
            np.testing.assert_allclose(one.values, other.values, rtol=1e-5, atol=1e-9)
    for key, value in model.network.state_dict().items():
        assert torch.equal(value, before[key])


def test_they_are_the_gradients_of_captum(model, waveforms):
    with differentiable_scores(model, waveforms, TARGETS[0]) as first:
        asked = first.each(TARGETS, [None] * N_CLASSES)
        ours = [[scores.gradient_at(clip) for scores in asked] for clip in range(N_CLIPS)]

    class Kept(Overwriting):
        def forward(self, x):
            hidden = self.conv(x).sigmoid()
            return self.head((hidden * hidden.mean()).amax(-1))

    network = Kept()
    network.load_state_dict(model.network.state_dict())
    captum = attr.Saliency(network.eval())
    for clip, found in enumerate(ours):
        sound = torch.tensor(waveforms[[clip], None]).requires_grad_()
        for target, gradient in enumerate(found):
            expected = captum.attribute(sound, target=target, abs=False)[:, 0]
            torch.testing.assert_close(gradient, expected, rtol=1e-5, atol=1e-8)


def test_a_clip_passes_once_for_all_of_them(audio_model, waveforms):
    network = nn.Sequential(nn.Conv1d(1, 6, 32), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten())
    passes = []
    network.register_forward_hook(lambda *_: passes.append(1))

    with differentiable_scores(audio_model(network), waveforms, TARGETS[0]) as first:
        asked = first.each(TARGETS, [None] * N_CLASSES)
        passes.clear()
        for scores in asked:
            scores.gradient_at(0)
        assert len(passes) == 1
        asked[0].forget()
        assert not asked[1].passes


def test_every_class_in_one_call(waveforms):
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv1d(1, 6, 32), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(6, 4)
    )

    every = cnnviz.explain_each(network, waveforms, sample_rate=RATE, score="logit")

    assert [one.target.words[0] for one in every] == ["0", "1", "2", "3"]
    assert len({one.id for one in every}) == N_CLASSES
    alone = cnnviz.explain(
        network, waveforms, sample_rate=RATE, score="logit", method="saliency", target=2
    )
    np.testing.assert_allclose(every[2].time_frequency, alone.time_frequency, rtol=1e-5)
    assert every[2].id == alone.id


def test_a_function_beside_other_targets_is_refused(waveforms):
    network = nn.Sequential(nn.Conv1d(1, 3, 8), nn.AdaptiveAvgPool1d(1), nn.Flatten())

    with pytest.raises(ParameterError, match="2 targets, of which one is a function"):
        cnnviz.explain_each(network, waveforms, [0, lambda s: s[:, 0]], sample_rate=RATE)


def test_a_target_that_is_no_class_is_refused(model, waveforms):
    wrong = [TARGETS[0], np.full(N_CLIPS, 9)]

    with pytest.raises(ParameterError, match="9"):
        list(attribute_each(Saliency(), model, waveforms, wrong, rivals=[None, None]))
