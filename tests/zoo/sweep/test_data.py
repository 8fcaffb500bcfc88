"""Clips of chosen classes are numbered anew."""

from pathlib import Path

from cnnviz.datasets import read_clips
from zoo.sweep.data import ClipFormat, clip_format_of, clips_for, restricted


def test_networks_of_one_rate_and_length_hear_the_same() -> None:
    assert clip_format_of("custom_ch8-8") == clip_format_of("baseline_fc1-4")
    assert clip_format_of("custom_ch8-8") == ClipFormat(sample_rate=16_000, n_samples=16_000)


def test_restricted_clips_keep_their_words(tones_folder: Path) -> None:
    clips = restricted(read_clips(tones_folder), ("middle", "high"))

    assert clips.class_names == ("high", "middle")  # the order of the data
    words = [clips.class_names[label] for label in clips.labels]
    assert words == [path.parent.name for path in clips.paths]
    assert set(words) == {"high", "middle"}


def test_the_order_of_classes_changes_nothing(tones_folder: Path) -> None:
    hearing = ClipFormat(sample_rate=8_000, n_samples=100)

    one = clips_for(hearing, tones_folder, classes=("low", "high"))
    other = clips_for(hearing, tones_folder, classes=("high", "low"))

    assert one.digest == other.digest
    assert (one.sample_rate, one.n_samples) == (8_000, 100)
