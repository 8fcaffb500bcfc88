"""How far maps move under noise: of scores that are linear in the sound, in closed form."""

import numpy as np
import pytest

from cnnviz.attribution.checks.max_sensitivity import largest_distances
from cnnviz.attribution.planes import energy_of
from cnnviz.dsp.stft import display_frames, joint_relevance
from cnnviz.results.clip_relevance import SampleRelevance

from .conftest import RATE

RNG = np.random.default_rng(3)
WEIGHT, CLIPS = RNG.normal(size=3000), 0.2 * RNG.normal(size=(2, 3000)).astype(np.float32)


def linear_maps(clips):
    return [SampleRelevance(differences=clip[None], coefficients=WEIGHT[None]) for clip in clips]


def measured(clips, explained=linear_maps, n_draws=3):
    heard = []

    def listened(noisy):
        heard.append(noisy)
        return explained(noisy)

    found = largest_distances(
        explained(clips), clips, listened, sample_rate=RATE, n_draws=n_draws, seed=0
    )
    return found, heard


def test_noise_is_30_db_below_each_clip_and_drawn_again():
    _, heard = measured(CLIPS * np.array([[1], [0.01]], dtype=np.float32))

    powers = np.mean((np.array(heard) - CLIPS * [[1], [0.01]]) ** 2, axis=-1)  # (draw, clip)
    expected = 1e-3 * np.mean((CLIPS * [[1], [0.01]]) ** 2, axis=-1)
    np.testing.assert_allclose(powers, np.tile(expected, (3, 1)), rtol=1e-3)
    assert np.abs(heard[0] - heard[1]).max() > 0


def test_the_map_of_a_linear_score_moves_as_the_map_of_the_noise():
    """R(x + e) - R(x) is the plane of e w, so nothing has to be explained to know its norm."""
    found, heard = measured(CLIPS)

    window, hop = display_frames(RATE)

    def norm(sound):
        return np.linalg.norm(joint_relevance(sound[None], WEIGHT[None], window=window, hop=hop))

    expected = [
        max(norm(noisy[k].astype(float) - CLIPS[k]) for noisy in heard) / norm(CLIPS[k])
        for k in range(2)
    ]
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-5)
    of_energy = [
        max(np.linalg.norm(energy_of(n[k], RATE) - energy_of(CLIPS[k], RATE)) for n in heard)
        / np.linalg.norm(energy_of(CLIPS[k], RATE))
        for k in range(2)
    ]
    np.testing.assert_allclose(found[:, 1], of_energy)


@pytest.mark.parametrize(
    ("of_noise", "expected"),
    [pytest.param(0.0, 0.0, id="stays zero"), pytest.param(1.0, np.nan, id="moves")],
)
def test_a_map_of_zeros_has_not_moved_or_no_distance(of_noise, expected):
    gains = iter([0.0, of_noise])

    def explained(clips):
        gain = next(gains)
        return [
            SampleRelevance(differences=clip[None], coefficients=gain * WEIGHT[None])
            for clip in clips
        ]

    found, _ = measured(CLIPS, explained, n_draws=1)

    np.testing.assert_array_equal(found[:, 0], expected)


def test_clips_that_cannot_be_explained_with_noise_have_no_number():
    maps = iter([linear_maps(CLIPS), None])

    found, _ = measured(CLIPS, lambda clips: next(maps))

    assert np.isnan(found).all()
