"""The bundled clips: what they are, and that they can be made anew."""

import csv
from collections import Counter

import numpy as np
import pytest
import soundfile

import zoo
from cnnviz.datasets import read_clips
from cnnviz.errors import CnnvizError
from zoo import speech


@pytest.fixture(scope="module")
def clips():
    return read_clips(zoo.clips_folder()).screened()


def test_sixty_clips_of_one_second_ship_with_the_package(clips):
    sizes = [path.stat().st_size for path in zoo.clips_folder().rglob("*")]

    assert clips.describe() == "60 clips, 12 classes, 1.00 s (layout: manifest)"
    assert {soundfile.info(path).frames for path in clips.paths} == {speech.SAMPLE_RATE}
    assert {soundfile.info(path).samplerate for path in clips.paths} == {speech.SAMPLE_RATE}
    assert sum(sizes) < 2e6


def test_every_class_has_five_clips_and_every_clip_says_it_is_synthetic(clips):
    assert clips.class_names == tuple(sorted((*speech.KEYWORDS, "_silence_", "_unknown_")))
    assert np.bincount(clips.labels).tolist() == [5] * 12
    assert all(note.startswith("synthetic: ") for note in clips.notes)


def test_every_file_in_the_folder_is_in_the_manifest(clips):
    with (zoo.clips_folder() / "manifest.csv").open(encoding="utf-8") as file:
        listed = {row["path"] for row in csv.DictReader(file)}

    found = {
        path.relative_to(zoo.clips_folder()).as_posix()
        for path in zoo.clips_folder().rglob("*.flac")
    }
    assert found == listed == set(clips.names)


def test_words_are_clear_of_the_noise_and_do_not_clip(clips):
    words = [i for i in range(60) if clips.class_names[clips.labels[i]] != "_silence_"]
    waveforms = np.stack([clips.waveform(i) for i in words])  # (clip, sample)

    edges = np.concatenate([waveforms[:, :800], waveforms[:, -800:]], axis=1)
    speech_db, edge_db = (20 * np.log10(np.sqrt(np.mean(w**2, axis=1))) for w in (waveforms, edges))

    assert np.abs(waveforms).max() < 0.99
    assert speech_db.min() > -35
    assert edge_db.max() < -50


@pytest.mark.parametrize("exponent", [0.0, 1.0, 2.0])
def test_noise_has_the_spectrum_and_level_it_was_asked_for(exponent):
    made = speech.noise(exponent, level=-40.0, seed=3)

    power = np.abs(np.fft.rfft(made)) ** 2
    low, high = power[100:200].mean(), power[3_200:6_400].mean()  # five octaves apart
    assert 10 * np.log10(np.mean(made**2)) == pytest.approx(-40.0)
    assert 10 * np.log10(low / high) == pytest.approx(exponent * 10 * np.log10(32), abs=1.5)


@pytest.mark.parametrize(
    ("voice", "word"), [(0, "yes"), (3, "stop")], ids=["anna says yes", "dan says stop"]
)
def test_a_word_made_anew_is_the_one_that_ships(clips, voice, word):
    pytest.importorskip("espeakng_loader", reason="needs the extra synth")
    speaker = speech.VOICES[voice]
    seed = 100 * voice + speech.KEYWORDS.index(word)

    made = speech.word_clip(word, speaker, seed=seed)

    shipped = clips.waveform(clips.names.index(f"{word}/{speaker.name}.flac"))
    assert np.abs(made - shipped).max() <= 1 / 2**15


def test_an_unknown_voice_is_refused():
    pytest.importorskip("espeakng_loader", reason="needs the extra synth")

    with pytest.raises(CnnvizError, match="voice 'xx-yy' is not one of eSpeak NG's"):
        speech.synthesise("yes", speech.Voice(name="x", language="xx-yy", rate=150, pitch=50))


def test_written_clips_are_read_back_with_label_and_note(tmp_path):
    waveform = np.full(speech.SAMPLE_RATE, 0.25, dtype=np.float32)
    spoken = [
        speech.SpokenClip(
            path=f"{label}/anna.flac", note="synthetic: x", group="anna", waveform=waveform
        )
        for label in ("yes", "_unknown_")
    ]

    speech.write_clips(tmp_path, spoken)

    clips = read_clips(tmp_path)
    assert clips.names == ("yes/anna.flac", "_unknown_/anna.flac")
    assert clips.class_names == ("_unknown_", "yes")
    assert clips.notes == ("synthetic: x",) * 2
    assert clips.groups == ("anna",) * 2
    assert (clips.waveform(0) == waveform).all()


def test_the_notes_name_the_voices(clips):
    voices = {note.rpartition(" ")[2] for note in clips.notes if "espeak-ng" in note}

    assert voices == {voice.language for voice in speech.VOICES}


def test_clips_of_a_voice_are_one_group_and_each_noise_is_its_own(clips):
    sizes = Counter(clips.groups)

    assert {name: sizes[name] for name in (voice.name for voice in speech.VOICES)} == dict.fromkeys(
        ("anna", "ben", "cora", "dan", "eva"), 11
    )
    assert len(sizes) == 10
