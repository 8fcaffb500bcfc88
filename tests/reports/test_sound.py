"""Sound: what is encoded can be read back exactly, and the budget takes listed clips first."""

import io

import numpy as np
import report_results
import soundfile
from kept_sound import run_with

from cnnviz.results import ClipGallery, find
from cnnviz.run import Run
from reports.sound import Sound, encode, packed, sounds, within_budget


def test_wav_gives_back_every_sample_to_sixteen_bits() -> None:
    wave = np.sin(np.arange(8000) / 7) * 0.8

    decoded, rate = soundfile.read(io.BytesIO(encode(wave, 16_000)))

    assert rate == 16_000
    assert np.abs(decoded - wave).max() <= 1 / 32768


def test_packing_changes_no_sample_and_takes_less_room() -> None:
    wave = np.sin(np.arange(8000) / 7) * 0.8
    sound = Sound(clip=3, suffix="wav", encoded=encode(wave, 16_000))

    small = packed(sound)

    before, _ = soundfile.read(io.BytesIO(sound.encoded), dtype="int16")
    after, rate = soundfile.read(io.BytesIO(small.encoded), dtype="int16")
    assert (small.clip, small.media_type, rate) == (3, "audio/flac", 16_000)
    assert after.tolist() == before.tolist()
    assert len(small.encoded) < 0.8 * len(sound.encoded)


def test_sound_beyond_full_scale_is_clipped_and_does_not_wrap() -> None:
    decoded, _ = soundfile.read(io.BytesIO(encode(np.array([2.0, -2.0]), 8000)))

    assert decoded.tolist() == [1 - 1 / 32768, -1.0]


def test_clips_of_a_report_are_encoded_in_their_order() -> None:
    made = sounds(report_results.run(), "wav")

    assert [sound.clip for sound in made] == list(range(120))
    assert {sound.media_type for sound in made} == {"audio/wav"}


def test_listed_clips_come_first_into_the_budget_and_classes_follow_in_turn() -> None:
    run = report_results.run()
    evaluation = report_results.evaluation()
    wrong = evaluation.clip_index[evaluation.labels != evaluation.predictions]
    notable = np.union1d(evaluation.confident_right, evaluation.nearest_boundary)
    listed = {*wrong.tolist(), *evaluation.clip_index[notable].tolist()}

    (kept,) = find(within_budget(run, len(listed) + 12), ClipGallery)

    assert listed <= set(kept.audio_index.tolist())
    assert len(kept.audio_index) == len(listed) + 12
    assert {clip % 12 for clip in kept.audio_index.tolist()} == set(range(12))


def test_all_keeps_everything() -> None:
    run = report_results.run()

    (kept,) = find(within_budget(run, "all"), ClipGallery)

    assert kept.audio_index.tolist() == list(range(120))


def test_what_is_played_is_what_the_capture_holds() -> None:
    run = report_results.run()

    made = sounds(within_budget(run, 5), "wav")

    for sound in made:
        decoded, rate = soundfile.read(io.BytesIO(sound.encoded))
        (waveform,) = run.capture.waveforms([sound.clip])
        assert rate == run.capture.sample_rate
        assert np.abs(decoded - waveform).max() <= 1 / 32768
    assert len(made) == 5


def test_a_clip_whose_sound_another_capture_kept_is_not_played() -> None:
    sound = report_results.waveforms()[:7]
    run = run_with(sound, report_results.results(), sample_rate=report_results.RATE)

    (kept,) = find(within_budget(run, "all"), ClipGallery)

    assert kept.audio_index.tolist() == list(range(7))


def test_without_a_capture_nothing_is_played() -> None:
    run = Run(results=report_results.results())

    (kept,) = find(within_budget(run, "all"), ClipGallery)

    assert not kept.audio_index.size
    assert sounds(within_budget(run, "all"), "wav") == ()
