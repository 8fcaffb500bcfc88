"""Onsets of sounds whose beginning is known, and planes cut from there on."""

import numpy as np
import pytest

from cnnviz.dsp.onset import aligned, mean_after_onset, onset_indices, onset_seconds

RATE = 16000


def sound(start, *, noise_db=-40.0, seconds=1.0):
    """A tone from `start` s on over noise `noise_db` below it."""
    times = np.arange(int(seconds * RATE)) / RATE
    noise = 10 ** (noise_db / 20) * np.random.default_rng(0).normal(size=len(times))
    return np.sqrt(2) * np.sin(2 * np.pi * 700 * times) * (times >= start) + noise


@pytest.mark.parametrize("start", [0.02, 0.25, 0.333, 0.9])
@pytest.mark.parametrize("noise_db", [-80, -30])
def test_the_onset_is_where_the_sound_begins(start, noise_db):
    found = onset_seconds(sound(start, noise_db=noise_db), RATE)

    assert found == pytest.approx(start, abs=0.01)


@pytest.mark.parametrize(
    "waveform",
    [
        np.zeros(RATE),
        np.random.default_rng(0).normal(size=RATE),
        sound(0.0),
        sound(0.3, noise_db=-5),
        np.linspace(0, 1, RATE) * np.random.default_rng(0).normal(size=RATE),
        np.ones(3),
    ],
    ids=["silence", "noise", "sound from the start", "in noise", "slow rise", "a few samples"],
)
def test_without_a_clear_beginning_there_is_no_onset(waveform):
    assert np.isnan(onset_seconds(waveform, RATE))


@pytest.mark.parametrize("start", range(-9, 9))
def test_a_plane_is_cut_as_if_zeros_stood_around_it(start):
    plane = np.arange(10.0).reshape(2, 5) + 1
    around = np.pad(plane, ((0, 0), (20, 20)))

    np.testing.assert_array_equal(aligned(plane, start, 4), around[:, 20 + start :][:, :4])


@pytest.mark.parametrize("decay", [0.01, 0.05, 0.2, 1e6], ids=str)
def test_the_index_of_a_decaying_response_is_that_of_its_integrals(decay):
    times = np.arange(0, 1, 1e-4)
    response = np.where(times >= 0.2, np.exp(-(times - 0.2) / decay), 0.0)

    (index,), n_onsets = onset_indices([mean_after_onset(response[None], times, 0.2)], 1)

    early = -decay * np.expm1(-0.05 / decay) / 0.05
    late = -decay * (np.exp(-0.3 / decay) - np.exp(-0.1 / decay)) / 0.2
    assert index == pytest.approx((early - late) / (early + late), abs=2e-3)
    assert n_onsets == 1


def test_a_response_that_begins_late_has_an_index_of_minus_one():
    times = np.arange(0, 1, 0.01)

    (index,), _ = onset_indices([mean_after_onset((times > 0.3)[None] * 1.0, times, 0.2)], 1)

    assert index == -1


@pytest.mark.parametrize("onset", [np.nan, 0.8], ids=["no onset", "too near the end"])
def test_clips_without_room_for_both_do_not_count(onset):
    times = np.arange(0, 1, 0.01)
    good = mean_after_onset(np.ones((2, 100)), times, 0.2)

    indices, n_onsets = onset_indices([mean_after_onset(np.ones((2, 100)), times, onset), good], 2)

    np.testing.assert_allclose(indices, 0)
    assert n_onsets == 1
    assert np.isnan(onset_indices([], 2)[0]).all()
