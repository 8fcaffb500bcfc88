"""Deletion and insertion curves of scores that are linear in the sound."""

import numpy as np
import torch
from torch import nn

from cnnviz.attribution.checks.curves import FRACTIONS, curves_of_gain, curves_of_map
from cnnviz.attribution.checks.taken_out import take_out
from cnnviz.attribution.differentiable_scores import differentiable_scores
from cnnviz.dsp.stft import joint_relevance

WINDOW, HOP, N = 256, 64, 4000


class Template(nn.Module):
    """Product with a windowed tone in the middle of the clip; the other score is 0."""

    def __init__(self):
        super().__init__()
        times = np.arange(N) / 8000
        tone = np.sin(2 * np.pi * 1000 * times) * np.exp(-((times - 0.25) ** 2) / 2e-3)
        self.tone = nn.Parameter(torch.tensor(tone, dtype=torch.float32))

    def forward(self, x):
        score = x[:, 0] @ self.tone
        return torch.stack([score, torch.zeros_like(score)], 1)


def scores_of(audio_model):
    clip = np.random.default_rng(0).normal(size=(1, N)).astype(np.float32)
    clip[0] += 3 * Template().tone.detach().numpy()
    return differentiable_scores(audio_model(Template()), clip, np.array([0])), clip


def taken_out(scores):
    return take_out(scores, 0, np.random.default_rng(0))


def test_curves_begin_at_the_clip_and_end_at_silence(audio_model):
    context, _ = scores_of(audio_model)
    plane = np.random.default_rng(0).normal(size=(WINDOW // 2 + 1, 66))

    with context as scores:
        found = curves_of_map(scores, 0, plane, taken_out(scores))
        score = float(scores.clip_scores[0])

    assert found.fractions.tolist() == list(FRACTIONS)
    np.testing.assert_allclose(found.deleted[[0, -1]], [score, 0], atol=1e-3)
    np.testing.assert_allclose(found.inserted[[0, -1]], [0, score], atol=1e-3)


def test_of_a_linear_score_what_is_taken_out_and_what_is_left_make_the_whole(audio_model):
    context, clip = scores_of(audio_model)

    with context as scores:
        c = Template().tone.detach().numpy()
        plane = joint_relevance(clip, c[None], window=WINDOW, hop=HOP)
        by_map = curves_of_map(scores, 0, plane, taken_out(scores))
        against = curves_of_map(scores, 0, -plane, taken_out(scores))
        quieter = curves_of_gain(scores, 0, taken_out(scores))
        score = float(scores.clip_scores[0])

    for found in (by_map, against, quieter):
        np.testing.assert_allclose(found.deleted + found.inserted, score, rtol=1e-4)
    np.testing.assert_allclose(quieter.deleted, score * (1 - np.array(FRACTIONS)), rtol=1e-4)
    # the tone takes 1 % of the plane: one map takes it out at once, the other at the end
    assert by_map.deleted[FRACTIONS.index(0.05)] < 0.2 * score
    assert against.deleted[FRACTIONS.index(0.5)] > 0.9 * score


def test_no_probability_is_told_of_values_that_are_no_scores(audio_model):
    clip = np.random.default_rng(0).normal(size=(1, N)).astype(np.float32)
    model = audio_model(Template(), output="values")

    with differentiable_scores(model, clip, np.array([0])) as scores:
        found = curves_of_gain(scores, 0, taken_out(scores))

    assert np.isnan(found.p_deleted).all()
    assert np.isfinite(found.deleted).all()
