"""The part of a sound that is used, on clips whose evidence was planted."""

import numpy as np
import pytest
import soundfile

from cnnviz.attribution.attribute import attribute
from cnnviz.attribution.checks.listening import soft_mask
from cnnviz.attribution.methods.input_x_gradient import InputXGradient
from cnnviz.run import Run
from reports.sections._listening import listening_parts
from reports.sound import parts_of, sounds

from .conftest import RATE
from .test_silencing import Burst, clip_with


@pytest.fixture(scope="module")
def clips():
    return np.concatenate([clip_with(place) for place in (4, 13)])


@pytest.fixture
def found(clips, audio_model):
    method = InputXGradient(score="logit", proof=True)
    return attribute(method, audio_model(Burst()), clips, np.zeros(2, int))


def played(listening, name, row):
    """Samples at the level that the clip has in them."""
    gain = 10 ** (listening.gains_db[row, ("used", "rest").index(name)] / 20)
    return getattr(listening, name)[row] / 2**15 / gain


def test_the_part_used_and_the_rest_make_the_clip(found, clips):
    for row in range(2):
        whole = sum(played(found.listening, name, row) for name in ("used", "rest"))

        np.testing.assert_allclose(whole, clips[row], atol=2e-4)


def test_the_score_rests_on_the_part_used(found):
    assert (found.listening.used_scores > 0.7 * found.scores).all()
    assert (found.listening.rest_scores < 0.1 * found.scores).all()


def test_what_is_heard_is_the_burst_and_not_the_louder_tone(found):
    spectra = [np.abs(np.fft.rfft(played(found.listening, n, 0))) for n in ("used", "rest")]
    hertz = np.fft.rfftfreq(8000, 1 / RATE)

    used, rest = (hertz[spectrum.argmax()] for spectrum in spectra)

    assert used == pytest.approx(3000, abs=60)
    assert rest == pytest.approx(500, abs=10)


def test_both_are_as_loud_as_the_clip_unless_a_peak_stands_in_the_way(found, clips):
    for name, row in (("used", 0), ("rest", 1)):
        sound = getattr(found.listening, name)[row] / 2**15
        level, wanted = (np.sqrt(np.mean(np.square(x))) for x in (sound, clips[row]))
        peak = np.abs(sound).max()
        assert level == pytest.approx(wanted, rel=0.01) or peak == pytest.approx(0.891, abs=0.001)
        assert peak <= 0.8914


def test_the_consistency_error_is_that_of_a_smoothed_mask(found):
    assert (found.listening.consistency_errors > 0).all()
    assert (found.listening.consistency_errors < 0.2).all()


def test_a_map_without_positive_relevance_lets_nothing_through():
    assert not soft_mask(-np.ones((5, 5))).any()


def test_cells_that_hold_nine_tenths_of_the_relevance_pass_whole():
    plane = np.full((40, 40), 0.005)
    plane[5:15, 5:15] = 1.0  # 100 of 107.5

    mask = soft_mask(plane)

    assert mask[10, 10] == pytest.approx(1)
    assert mask[30, 30] == pytest.approx(0.005)


def test_a_page_plays_the_part_used_under_a_number_of_its_own(tiny_run, tmp_path):
    first, second = (
        InputXGradient(n_clips=2, proof=True, score=score).run(tiny_run)
        for score in ("logit", "contrast")
    )
    run = Run(model=tiny_run.model, capture=tiny_run.capture, results=[first, second])

    numbers = [part.number for one in (first, second) for part in parts_of(run, one).values()]
    assert sorted(numbers) == list(range(12, 20))  # twelve clips
    made = {sound.clip: sound for sound in sounds(run, "wav")}
    (tmp_path / "used.wav").write_bytes(made[parts_of(run, second)[1, "used"].number].encoded)
    heard, rate = soundfile.read(tmp_path / "used.wav", dtype="int16")
    np.testing.assert_array_equal(heard, second.listening.used[1])
    assert rate == run.model.sample_rate


def test_nothing_is_shown_where_no_sound_was_made(tiny_run):
    plain = InputXGradient(n_clips=2).run(tiny_run)
    run = Run(model=tiny_run.model, capture=tiny_run.capture, results=[plain])

    assert listening_parts(run, plain, 0, None) == ()
