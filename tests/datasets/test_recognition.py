"""Which layout a folder is read with."""

import pytest
from corpora import sound

from cnnviz.datasets import read_clips
from cnnviz.errors import AudioError, UnknownNameError


@pytest.mark.data
@pytest.mark.parametrize(
    ("folder", "line"),
    [
        ("kws12", "4,242 clips, 12 classes, 1.00 s, 16 kHz (layout: speech_commands)"),
        (
            "speech_commands_mini",
            "1,251 clips, 35 classes, 0.74-1.00 s, 16 kHz (layout: speech_commands; "
            "clips left out: 11 of _silence_examples_, which is no word)",
        ),
        ("fsdd", "3,000 clips, 10 classes, 0.14-2.28 s, 16 kHz (layout: fsdd)"),
        ("fsdd/recordings", "3,000 clips, 10 classes, 0.14-2.28 s, 16 kHz (layout: fsdd)"),
        ("urbansound8k_mini", "120 clips, 10 classes, 0.06-4.00 s, 16 kHz (layout: urbansound8k)"),
        ("urbansound8k_native", "10 clips, 10 classes, 0.32-4.00 s, 16 kHz (layout: urbansound8k)"),
        ("kws12/yes", "355 clips, 1.00 s, 16 kHz (layout: folders)"),
    ],
)
def test_real_corpora_are_recognised(data, folder, line):
    assert read_clips(data / folder, sample_rate=16_000).describe() == line


def test_the_layout_can_be_named(tmp_path):
    sound(tmp_path / "1_anna_0.wav")

    assert read_clips(tmp_path).layout == "fsdd"
    assert read_clips(tmp_path, layout="folders").layout == "folders"


def test_a_folder_that_fits_two_layouts_says_which_was_taken(tmp_path):
    sound(tmp_path / "1_anna_0.wav")
    (tmp_path / "manifest.csv").write_text("path\n1_anna_0.wav\n", "utf-8")

    line = read_clips(tmp_path).describe()

    assert line.endswith("(layout: fsdd; also fits manifest; choose with --clip-layout)")


def test_an_unknown_layout_lists_the_known_ones(tmp_path):
    sound(tmp_path / "a.wav")

    with pytest.raises(
        UnknownNameError, match=r"'fsd' is not .*: audiomnist, .*, fsdd, .*mean 'fsdd'"
    ):
        read_clips(tmp_path, layout="fsd")


def test_a_missing_path_is_one_clear_line(tmp_path):
    with pytest.raises(AudioError, match="nowhere does not exist; allowed: a folder of sounds"):
        read_clips(tmp_path / "nowhere")


def test_a_path_that_cannot_be_looked_at_is_one_clear_line(tmp_path):
    with pytest.raises(AudioError, match=r"x cannot be read \(File name too long\); allowed"):
        read_clips(tmp_path / ("x" * 300))


@pytest.mark.parametrize("layout", [None, "folders", "fsdd", "speech_commands", "nsynth"])
def test_a_folder_without_sounds_is_one_clear_line(tmp_path, layout):
    (tmp_path / "LICENSE").write_text("free", "utf-8")
    (tmp_path / "inner").mkdir()

    with pytest.raises(AudioError, match=r"holds no sounds .*; allowed: wav, flac, ogg, mp3"):
        read_clips(tmp_path, layout=layout)


@pytest.mark.parametrize("layout", [None, "fsdd", "urbansound8k", "speech_commands"])
def test_a_file_that_is_no_sound_is_one_clear_line(tmp_path, layout):
    (tmp_path / "model.pt").touch()

    with pytest.raises(AudioError, match=r"model\.pt is a file that the layout '\w+' cannot read"):
        read_clips(tmp_path / "model.pt", layout=layout)
