"""NSynth: its table and its parts."""

import json

import pytest
from corpora import rows, sound

from cnnviz.datasets import read_clips
from cnnviz.errors import AudioError


def part(folder, notes):
    for note in notes:
        sound(folder / "audio" / f"{note}.wav")
    table = {
        note: {"instrument_family_str": note.split("_")[0], "instrument_str": note[:-8]}
        for note in notes
    }
    (folder / "examples.json").write_text(json.dumps(table), "utf-8")


def test_labels_are_the_families_and_the_split_that_of_the_folder(tmp_path):
    part(tmp_path / "nsynth-valid", ["keyboard_acoustic_004-060-025", "bass_synthetic_033-022-050"])

    clips = read_clips(tmp_path / "nsynth-valid")

    assert rows(clips) == [
        ("audio/bass_synthetic_033-022-050.wav", "bass", "validation"),
        ("audio/keyboard_acoustic_004-060-025.wav", "keyboard", "validation"),
    ]
    assert clips.notes[0] == "bass_synthetic_033"


def test_the_parts_are_read_together(tmp_path):
    part(tmp_path / "nsynth-train", ["bass_synthetic_033-022-050"])
    part(tmp_path / "nsynth-test", ["organ_electronic_028-050-050"])

    clips = read_clips(tmp_path)

    assert clips.layout == "nsynth"
    assert clips.splits == ("test", "train")
    assert clips.class_names == ("bass", "organ")


def test_a_note_without_its_sound_is_skipped(tmp_path):
    notes = [f"bass_synthetic_033-{i:03}-050" for i in range(20)]
    part(tmp_path, notes)
    (tmp_path / "audio" / f"{notes[3]}.wav").unlink()

    assert read_clips(tmp_path).skipped == (f"audio/{notes[3]}.wav: does not exist",)


def test_a_damaged_table_is_named(tmp_path):
    part(tmp_path, ["bass_synthetic_033-022-050"])
    (tmp_path / "examples.json").write_text("[1, 2", "utf-8")

    with pytest.raises(AudioError, match=r"examples\.json cannot be read \(JSONDecodeError"):
        read_clips(tmp_path)
