"""Expected gradients against the closed form on quadratics, and what a linear score gives."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.attribution.attribute import attribute
from cnnviz.attribution.baselines import noise_like
from cnnviz.attribution.methods.expected_gradients import ExpectedGradients
from cnnviz.errors import ParameterError

from .tiny_models import Linear, convolutional

WAVEFORMS = np.random.default_rng(0).normal(size=(2, 400)).astype(np.float32)


def explained(model, targets=(0, 0), **parameters):
    method = ExpectedGradients(score="logit", **parameters)
    return attribute(method, model, WAVEFORMS, np.array(targets))


def test_a_linear_score_is_explained_exactly_by_the_mean_difference(audio_model):
    weight = torch.randn(2, 400, generator=torch.manual_seed(0))

    found = explained(audio_model(Linear(weight, bias=3.0)), (1, 0), n_draws=8)

    for clip, target, waveform in zip(found.clips, (1, 0), WAVEFORMS, strict=True):
        mean = noise_like(waveform, 8, seed=0).mean(0)
        np.testing.assert_allclose(
            clip.values, (waveform - mean) * weight[target].numpy(), rtol=1e-3, atol=1e-5
        )
    assert found.completeness_errors.max() < 1e-5


def test_a_quadratic_score_is_the_difference_of_squares(audio_model):
    """Of sum x^2 the path from b to x gives x^2 - b^2 at each sample, on average over points."""

    class Energy(nn.Module):
        def forward(self, x):
            energy = x.square().sum((1, 2))
            return torch.stack([energy, -energy], 1)

    found = explained(audio_model(Energy()), n_draws=4096)

    for clip, waveform in zip(found.clips, WAVEFORMS, strict=True):
        squares = np.square(noise_like(waveform, 4096, seed=0), dtype=float)
        expected = np.square(waveform, dtype=float) - squares.mean(0)
        assert np.linalg.norm(clip.values - expected) < 0.1 * np.linalg.norm(expected)


def test_the_sum_is_that_of_the_scores_as_far_as_the_draws_go(audio_model):
    model = audio_model(convolutional(activation=nn.Softplus))

    few, many = (explained(model, n_draws=n) for n in (16, 1024))

    assert many.map_errors.max() < few.map_errors.min()
    gaps = np.abs([clip.values.sum() - clip.expected for clip in many.clips])
    assert (gaps < 0.1 * np.abs([clip.values for clip in many.clips]).sum(1)).all()


def test_against_other_clips_a_linear_score_is_explained_by_what_sets_a_clip_apart(audio_model):
    weight = torch.randn(2, 400, generator=torch.manual_seed(0))

    found = explained(audio_model(Linear(weight)), (1, 0), baselines="clips", n_draws=8)

    for clip, target in ((0, 1), (1, 0)):
        apart = WAVEFORMS[clip] - WAVEFORMS[1 - clip]  # of two clips there is one other
        values = found.clips[clip].values
        np.testing.assert_allclose(values, apart * weight[target].numpy(), rtol=1e-3, atol=1e-5)
    assert found.completeness_errors.max() < 1e-5


def test_one_clip_has_no_others(audio_model):
    method = ExpectedGradients(baselines="clips")

    with pytest.raises(ParameterError, match="baselines='clips' and one clip to explain; allowed"):
        attribute(method, audio_model(convolutional()), WAVEFORMS[:1], np.array([0]))
