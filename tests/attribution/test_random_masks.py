"""Random masks: their formula written out, their error, and a planted burst."""

import numpy as np
import pytest
import torch
from torch import nn

from cnnviz.attribution.attribute import attribute
from cnnviz.attribution.methods.random_masks import RandomMasks, _between, _kept_less_dropped

from .conftest import RATE
from .test_silencing import STRETCH, Burst, clip_with
from .tiny_models import Linear, convolutional


def random_masks(model, waveforms, targets, **options):
    return attribute(RandomMasks(score="logit", **options), model, waveforms, targets)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def test_relevance_is_the_mean_score_kept_less_the_mean_score_dropped():
    scores, masks = noise(40), np.random.default_rng(1).random((40, 3, 5))

    found = _kept_less_dropped(scores, masks)

    for band in range(3):
        for window in range(5):
            kept = masks[:, band, window]
            expected = (scores * kept).sum() / kept.sum()
            expected -= (scores * (1 - kept)).sum() / (1 - kept).sum()
            assert found[band, window] == pytest.approx(expected)


def test_whole_cells_that_add_up_get_their_shares():
    on = np.array([[(k >> cell) & 1 for cell in range(4)] for k in range(16)], float)
    shares = np.array([3.0, -1.0, 0.5, 2.0])

    found = _kept_less_dropped(7 + on @ shares, on.reshape(16, 2, 2))

    np.testing.assert_allclose(found.ravel(), shares)


def test_between_points_a_mask_is_smooth_and_at_points_it_is_what_was_drawn():
    found = _between(np.array([0, 1, 1.5, 3.25]), 5)

    np.testing.assert_allclose(found.sum(1), 1)
    np.testing.assert_allclose(found[:2], np.eye(5)[:2], atol=1e-15)
    np.testing.assert_allclose(found[2, 1:3], 0.5)
    assert found[3, 3] == pytest.approx(np.cos(np.pi / 8) ** 2)


def test_the_cell_of_a_planted_burst_is_the_strongest(audio_model):
    (found,) = random_masks(audio_model(Burst()), clip_with(7), np.array([0])).clips

    band, window = np.unravel_index(found.values.argmax(), found.values.shape)
    grid = found.grid
    assert abs(grid.times[window] - 7.5 * STRETCH / RATE) <= 0.05
    assert 2300 <= grid.frequencies[band] <= 3900
    assert found.values.shape == (16, 20)


def test_a_score_that_hears_nothing_has_no_relevance(audio_model):
    class Deaf(nn.Module):
        def forward(self, x):
            return torch.stack([0 * x.sum((1, 2)) + 3, 0 * x.sum((1, 2))], 1)

    found = random_masks(audio_model(Deaf()), noise(1, 2000), np.array([0]), n_masks=20)

    np.testing.assert_allclose(found.clips[0].values, 0, atol=1e-12)
    assert found.clips[0].n_steps == 20


def test_the_map_error_is_how_far_maps_of_other_seeds_lie(audio_model):
    model = audio_model(Linear(torch.tensor(noise(2, 2000, seed=1))))
    sound, target = noise(1, 2000), np.array([0])

    clips = [
        random_masks(model, sound, target, n_masks=100, n_bands=3, seed=seed).clips[0]
        for seed in range(12)
    ]

    maps = np.stack([clip.values for clip in clips])
    spread = np.sqrt(np.square(maps - maps.mean(0)).sum((1, 2)).sum() / 11)
    told = np.sqrt(np.mean([(c.map_error * np.linalg.norm(c.values)) ** 2 for c in clips]))
    assert told == pytest.approx(spread, rel=0.3)


def test_the_same_clip_gets_the_same_map_among_others_and_in_little_memory(audio_model):
    model, sounds, targets = audio_model(convolutional()), noise(3, 1000), np.array([2, 1, 0])
    method = RandomMasks(score="logit", n_masks=40)
    usual = attribute(method, model, sounds, targets)

    alone = attribute(method, model, sounds[1:2], targets[1:2], budget_bytes=1)

    np.testing.assert_allclose(alone.clips[0].values, usual.clips[1].values, atol=1e-4)
    other = attribute(RandomMasks(score="logit", n_masks=40, seed=1), model, sounds, targets)
    assert not np.allclose(other.clips[1].values, usual.clips[1].values, atol=1e-4)
