"""Words have the bands and rates they say, and exemplars that show them."""

import numpy as np
import pytest

from cnnviz.probing.vocabulary import Word, band_edges, vocabulary
from cnnviz.probing.word_sounds import LEVELS_DB, N_EXEMPLARS, exemplars

RATE, N = 16000, 8000
WORDS = {word.name: word for word in vocabulary(RATE, 0.5)}


def sounds_of(name, seed=0):
    return exemplars(WORDS[name], n_samples=N, sample_rate=RATE, seed=seed)


def share_inside(sounds, low, high):
    power = np.abs(np.fft.rfft(sounds)) ** 2
    hertz = np.fft.rfftfreq(N, 1 / RATE)
    return power[:, (hertz >= low) & (hertz <= high)].sum(1) / power.sum(1)


def test_bands_meet_and_reach_from_fifty_hertz_to_nine_tenths_of_the_top():
    edges = band_edges(7200.0)

    assert (edges[0], edges[-1], len(edges)) == (50.0, 7200.0, 21)
    assert np.all(np.diff(edges) > 0)


@pytest.mark.parametrize(
    "name", ["tone 810-990 Hz", "noise band 810-990 Hz", "up-chirp 520-1,200 Hz"]
)
def test_the_energy_lies_in_the_band_of_the_word(name):
    word = WORDS[name]

    assert share_inside(sounds_of(name), 0.97 * word.low_hz, 1.03 * word.high_hz).min() > 0.95


@pytest.mark.parametrize("name", [n for n in WORDS if n not in ("click", "onset", "offset")])
def test_lasting_sounds_are_equally_loud_at_each_level(name):
    rms = np.sqrt(np.mean(np.square(sounds_of(name)), axis=1))
    expected = 10 ** (np.resize(LEVELS_DB, N_EXEMPLARS) / 20) / np.sqrt(2)

    if name == "silence":
        assert rms.max() < 1e-7
    else:
        np.testing.assert_allclose(rms, expected, rtol=0.08)  # ramps, and where AM stands in them


def test_a_chirp_down_is_the_one_up_played_backwards():
    up, down = sounds_of("up-chirp 520-1,200 Hz"), sounds_of("down-chirp 520-1,200 Hz")

    np.testing.assert_allclose(down, up[:, ::-1], atol=1e-12)


def test_the_frequency_of_a_chirp_up_rises():
    sound = sounds_of("up-chirp 520-1,200 Hz")[9]  # one sweep in 100 ms
    turns = np.unwrap(np.angle(np.fft.ifft(np.fft.fft(sound) * 2 * (np.arange(N) < N / 2))))
    hertz = np.diff(turns)[: N - N % 80 - 80].reshape(-1, 80).mean(1)  # in steps of 5 ms

    assert (np.diff(hertz)[3:-3] > 0).mean() > 0.85  # of 20 steps of a sweep one or two jump back


@pytest.mark.parametrize("rate", [8, 32])
def test_the_envelope_of_amplitude_modulation_repeats_at_its_rate(rate):
    envelope = np.abs(sounds_of(f"AM {rate} Hz"))[3]  # of a tone
    power = np.abs(np.fft.rfft(envelope - envelope.mean()))
    hertz = np.fft.rfftfreq(N, 1 / RATE)
    low = hertz < 100

    assert hertz[low][power[low].argmax()] == pytest.approx(rate, abs=2)


def test_onsets_and_offsets_are_silent_before_and_after():
    onset, offset = sounds_of("onset"), sounds_of("offset")

    assert not onset[:, : int(0.39 * N)].any()
    assert not offset[:, int(0.62 * N) :].any()
    assert np.abs(onset[:, int(0.62 * N) :]).max(1).min() > 0.01


def test_a_vowel_has_its_formants():
    power = np.abs(np.fft.rfft(sounds_of("vowel ah"))).mean(0)
    hertz = np.fft.rfftfreq(N, 1 / RATE)
    near = [power[np.abs(hertz - centre) < 80].max() for centre in (730, 1090, 2440)]
    between = [power[np.abs(hertz - centre) < 80].max() for centre in (1750, 3500)]

    assert near[0] > 3 * between[0]
    assert near[1] > 3 * between[0]
    assert near[2] > 2 * between[1]


def test_sounds_follow_from_the_seed_and_the_word_alone():
    np.testing.assert_array_equal(sounds_of("onset", 3), sounds_of("onset", 3))
    assert not np.array_equal(sounds_of("onset", 3), sounds_of("onset", 4))


def test_modulations_too_slow_and_vowels_too_high_are_left_out():
    names = {word.name for word in vocabulary(4000, 0.1)}

    assert "AM 16 Hz" in names
    assert not names & {"AM 2 Hz", "AM 4 Hz", "AM 8 Hz", "FM 4 Hz", "vowel ee"}


def test_names_are_as_users_read_them():
    word = Word(family="tone", low_hz=900.0, high_hz=1100.0)

    assert word.name == "tone 900-1,100 Hz"
    assert len(set(WORDS)) == len(vocabulary(RATE, 0.5))
