"""Patches taken out of clips: where they lie, and what scores that are linear in the sound lose."""

import numpy as np
import pytest

from cnnviz.attribution.checks.curves import curves_of_gain, curves_of_map
from cnnviz.attribution.checks.taken_out import take_out
from cnnviz.attribution.metrics import infidelity
from cnnviz.dsp.masking import masked
from cnnviz.dsp.stft import joint_relevance

from .conftest import RATE
from .test_curves import HOP, WINDOW, Template, scores_of


@pytest.fixture
def taken(audio_model):
    context, clip = scores_of(audio_model)
    with context as scores:
        yield scores, take_out(scores, 0, np.random.default_rng(1)), clip


def test_patches_are_rectangles_in_seconds_and_in_rate(taken):
    _, found, _ = taken

    (mask, *_), (starts, *_), (stops, *_) = found.masks(), found.starts, found.stops

    hertz, seconds = (
        np.fft.rfftfreq(WINDOW, 1 / RATE),
        (np.arange(66) * HOP - HOP * 2 + 63.5) / RATE,
    )
    rates = 21.4 * np.log10(1 + 4.37e-3 * hertz)
    expected = np.zeros((129, 66), dtype=bool)
    for (low, begin), (high, end) in zip(starts, stops, strict=True):
        rows = (rates / rates[-1] >= low) & (rates / rates[-1] < high)
        columns = (seconds / 0.5 >= begin) & (seconds / 0.5 < end)
        expected |= np.outer(rows, columns)
    np.testing.assert_array_equal(mask, expected)
    assert 0 < found.n_cells.min() < found.n_cells.max() < mask.size / 2
    assert found.n_cells[0] == mask.sum()


def test_falls_are_those_of_the_sound_without_the_patches(taken):
    _, found, clip = taken
    tone = Template().tone.detach().numpy()

    for mask, fall in zip(found.masks(), found.falls, strict=True):
        rest = masked(clip[0], 1.0 - mask, window=WINDOW, hop=HOP)
        assert fall == pytest.approx((clip[0] - rest) @ tone, abs=1e-3)


def test_the_exact_map_of_a_linear_score_has_no_infidelity(taken):
    scores, found, clip = taken
    plane = joint_relevance(clip, Template().tone.detach().numpy()[None], window=WINDOW, hop=HOP)

    exact, opposed = (curves_of_map(scores, 0, one, found) for one in (plane, -plane))
    uniform = curves_of_gain(scores, 0, found)

    np.testing.assert_allclose(exact.patch_sums, found.falls, atol=1e-3)
    assert infidelity.measure(exact) < 1e-8
    assert infidelity.measure(opposed) == 1
    np.testing.assert_array_equal(uniform.patch_sums, found.n_cells)
    assert 0.1 < infidelity.measure(uniform) < 1
