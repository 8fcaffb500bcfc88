"""What a time allows: coarse maps of all clips first, the closest decisions before others."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from cnnviz import registry, workflow
from cnnviz.attribution.attribute import attribute
from cnnviz.attribution.effort import efforts, within_seconds
from cnnviz.attribution.methods.integrated_gradients import IntegratedGradients
from cnnviz.attribution.methods.smoothgrad import SmoothGrad
from cnnviz.results.clip_relevance import SampleRelevance

from .tiny_models import Linear, convolutional

N, SIZES = 400, (3.0, -0.5, 1.0)


class Clock:
    """Time that only moves when a map is made: a second for each gradient."""

    def __init__(self):
        self.seconds, self.made = 0.0, []

    def __call__(self):
        return self.seconds

    def relevance(self, method, clip):
        self.seconds += method.n_max
        self.made.append((method.n_max, clip))
        return SampleRelevance(
            differences=np.ones((1, 4)),
            coefficients=np.ones((1, 4)),
            expected=4.0 if method.n_max >= 64 and clip == 2 else 8.0,
            map_error=0.0,
        )


def made_within(seconds):
    clock = Clock()
    scores = SimpleNamespace(clip_scores=torch.tensor(SIZES), floor=1e-3)
    found = within_seconds(
        IntegratedGradients(n_max=1024), scores, seconds, relevance=clock.relevance, clock=clock
    )
    return clock.made, list(found)


def test_coarse_maps_of_all_clips_come_first_and_the_closest_decision_before_others():
    made, kept = made_within(4)

    assert made == [(1, 1), (1, 2), (1, 0)]
    assert kept == [0, 1, 2]


def test_what_has_converged_is_not_made_again():
    made, _ = made_within(1e9)

    assert made[9:12] == [(64, 1), (64, 2), (64, 0)]
    assert [clip for n_max, clip in made if n_max > 64] == [1, 0, 1, 0]
    assert made[-1] == (1024, 0)


@pytest.mark.parametrize(("seconds", "kept"), [(1e-3, [1]), (2, [1, 2])])
def test_clips_that_there_is_no_time_for_get_no_map(seconds, kept):
    assert made_within(seconds)[1] == kept


@pytest.mark.parametrize("name", registry.names(registry.METHODS))
def test_the_last_effort_is_the_method_itself_and_each_is_a_part_of_the_next(name):
    method = workflow.build_analyzer(name)

    forms = efforts(method)

    assert forms[-1] == method
    for coarse, fine in pairwise(forms):
        changed = [k for k in method.__dataclass_fields__ if getattr(coarse, k) != getattr(fine, k)]
        assert changed
        assert all(getattr(coarse, k) <= getattr(fine, k) / 2 for k in changed)


@pytest.mark.parametrize(("effort", "n_steps"), [(0, 1), (1, 3)])
def test_few_gradients_are_enough_where_the_gradient_is_constant(audio_model, effort, n_steps):
    model, generator = audio_model(Linear(torch.randn(3, N))), np.random.default_rng(0)
    waveforms = generator.normal(size=(2, N)).astype(np.float32)
    coarse = efforts(IntegratedGradients(score="logit"))[effort]

    found = attribute(coarse, model, waveforms, np.array([0, 2]))

    assert found.n_steps.tolist() == [n_steps, n_steps]
    assert np.isnan(found.map_errors).all() == (n_steps == 1)
    exact = waveforms * model.network.weight.detach().numpy()[[0, 2]]
    np.testing.assert_allclose(found.samples, exact, rtol=1e-4, atol=1e-6)


def test_only_clips_with_a_map_are_in_the_result(audio_model):
    model, generator = audio_model(convolutional()), np.random.default_rng(0)
    waveforms = generator.normal(size=(4, N)).astype(np.float32)
    targets = np.arange(4) % 3

    found = attribute(SmoothGrad(score="contrast", budget=1e-9), model, waveforms, targets)

    whole = attribute(SmoothGrad(score="contrast"), model, waveforms, targets)
    (kept,) = found.kept
    assert kept == np.abs(whole.scores).argmin()
    np.testing.assert_allclose(found.scores, whole.scores[[kept]])
    np.testing.assert_array_equal(found.inputs, waveforms[[kept]])
    coarsest = attribute(efforts(SmoothGrad(score="contrast"))[0], model, waveforms, targets)
    np.testing.assert_allclose(found.clips[0].values, coarsest.clips[kept].values)
    assert found.silencing.n_stretches.tolist() == [0]
