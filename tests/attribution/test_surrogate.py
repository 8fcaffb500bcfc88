"""The additive surrogate of sounds: linear scores, brute force, and a planted burst."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
import torch

from cnnviz.attribution.attribute import attribute
from cnnviz.attribution.methods.surrogate import Surrogate
from cnnviz.attribution.perturbed import Patches
from cnnviz.dsp.segments import band_edges

from .conftest import RATE
from .test_silencing import Burst, clip_with
from .tiny_models import Linear, convolutional


def surrogate(model, waveforms, targets, **options):
    return attribute(Surrogate(score="logit", **options), model, waveforms, targets)


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def patches(n_samples, n_bands, length):
    return Patches(
        n_samples=n_samples, sample_rate=RATE, length=length, hop=length, n_bands=n_bands
    )


def parts(sound, cells):
    """The sound in each cell alone, (cell, samples)."""
    alone = np.eye(int(np.prod(cells.shape))).reshape(-1, *cells.shape)
    return np.stack(list(cells.mixed(sound, alone)))


@pytest.mark.parametrize("weighting", ["kernel_shap", "proximity"])
def test_a_linear_score_is_shared_exactly(weighting, audio_model):
    weight, sound = torch.tensor(noise(2, 2150, seed=1)), noise(1, 2150)
    model = audio_model(Linear(weight, bias=3.0))

    found = surrogate(
        model, sound, np.array([1]), weighting=weighting, n_perturbations=100, segment_ms=50,
        n_bands=3, ridge=0,
    )  # fmt: skip

    (clip,) = found.clips
    expected = parts(sound[0], patches(2150, 3, 400)) @ weight[1].numpy()
    np.testing.assert_allclose(clip.values.ravel(), expected, rtol=1e-6, atol=1e-9)
    assert clip.fit == pytest.approx(1)
    np.testing.assert_array_equal(found.fits, [clip.fit])
    assert clip.map_error < 1e-9
    assert clip.values.sum() == pytest.approx(found.scores[0] - 3)


def test_parts_of_a_sound_sum_to_it():
    sound = noise(2150)

    np.testing.assert_allclose(parts(sound, patches(2150, 3, 400)).sum(0), sound, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_six_parts_get_their_shapley_values_by_brute_force(seed, audio_model):
    network = convolutional().double()
    sound, model, cells = 3 * noise(1, 1200), audio_model(network), patches(1200, 2, 400)

    found = surrogate(
        model, sound, np.array([2]), n_perturbations=400, segment_ms=50, n_bands=2, ridge=0,
        seed=seed,
    )  # fmt: skip

    (clip,) = found.clips
    exact = shapley_values(lambda on: score_of(model, parts(sound[0], cells)[on].sum(0)), 6)
    error = np.linalg.norm(clip.values.ravel() - exact) / np.linalg.norm(exact)
    assert error < 3 * clip.map_error
    assert error < 0.05
    assert clip.values.sum() == pytest.approx(clip.expected)


def score_of(model, sound):
    model.network.eval()
    with torch.no_grad():
        return float(model.scores(torch.tensor(sound)[None])[0, 2])


def shapley_values(score, n):
    """Sum over coalitions without a cell of what it adds, with weights s! (n - s - 1)! / n!."""
    coalitions = [c for size in range(n + 1) for c in combinations(range(n), size)]
    scores = {c: score(list(c)) for c in coalitions}
    return np.array(
        [
            sum(
                (scores[tuple(sorted((*c, cell)))] - scores[c]) / (n * comb(n - 1, len(c)))
                for c in coalitions
                if cell not in c
            )
            for cell in range(n)
        ]
    )


@pytest.mark.parametrize("weighting", ["kernel_shap", "proximity"])
def test_the_part_with_a_planted_burst_is_the_strongest(weighting, audio_model):
    (found,) = surrogate(
        audio_model(Burst()), clip_with(7), np.array([0]), weighting=weighting, n_perturbations=400
    ).clips

    band, window = np.unravel_index(found.values.argmax(), found.values.shape)
    edges = band_edges(6, RATE)
    assert window == 3  # 300 to 400 ms; the burst lasts from 350 to 400
    assert edges[band] <= 3000 <= edges[band + 1]


def test_a_score_that_is_no_sum_is_said_not_to_fit(audio_model):
    class Parity(torch.nn.Module):
        """1 where the first two windows are both on or both off."""

        def forward(self, x):
            on = x.square().reshape(len(x), 2, 800).mean(-1) > 0.25
            equal = (on[:, 0] == on[:, 1]).double() + 0 * x.sum((1, 2))
            return torch.stack([equal, -equal], 1)

    found = surrogate(audio_model(Parity()), noise(1, 1600), np.array([0]), n_bands=2)

    assert found.clips[0].fit < 0.1


def test_the_same_clip_gets_the_same_map_among_others_and_in_little_memory(audio_model):
    model, sounds, targets = audio_model(convolutional()), noise(3, 1000), np.array([2, 1, 0])
    method = Surrogate(score="logit", n_perturbations=60)
    usual = attribute(method, model, sounds, targets)

    alone = attribute(method, model, sounds[1:2], targets[1:2], budget_bytes=1)

    np.testing.assert_allclose(alone.clips[0].values, usual.clips[1].values, atol=1e-4)
    other = attribute(Surrogate(score="logit", n_perturbations=60, seed=1), model, sounds, targets)
    assert not np.allclose(other.clips[1].values, usual.clips[1].values, atol=1e-4)
