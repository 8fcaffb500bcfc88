"""Files that cannot be used, or state what they do not hold, are named and cost nothing."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from cnnviz._decoding import read_waveform
from cnnviz.datasets import read_clips
from cnnviz.errors import AudioError
from tests.sounds import RATE, clips_of, tone, written


def damaged(folder):
    """One of each kind of damage, beside enough sound files."""
    sound = written(folder, "whole.flac", tone(440)).read_bytes()
    (folder / "half.flac").write_bytes(sound[: len(sound) // 2])
    (folder / "empty.wav").touch()
    (folder / "text.wav").write_text("this is no sound\n" * 9, "utf-8")
    written(folder, "nothing.wav", np.empty(0))
    written(folder, "nan.wav", np.array([0.1, np.nan]), subtype="FLOAT")
    return ("empty.wav", "half.flac", "nan.wav", "nothing.wav", "text.wav")


def test_files_that_cannot_be_used_are_skipped_with_their_reason(tmp_path):
    bad = damaged(tmp_path)
    for i in range(45):
        written(tmp_path, f"good/{i:02}.wav", tone(100, seconds=0.01))
    (tmp_path / "LICENSE").write_text("free", "utf-8")
    (tmp_path / "notes.txt").write_text("words", "utf-8")
    seen = []

    clips = read_clips(tmp_path).screened(progress=lambda done, total: seen.append((done, total)))

    assert len(clips) == 46
    assert tuple(line.partition(":")[0] for line in clips.skipped) == bad
    assert clips.skipped[0] == "empty.wav: is empty"
    assert clips.skipped[2] == "nan.wav: holds NaN or Inf"
    assert clips.skipped[3] == "nothing.wav: holds no audio"
    assert clips.skipped[4] == "text.wav: Format not recognised"
    assert clips.describe().endswith("(layout: folders; 5 skipped)")
    assert seen[-1] == (51, 51)
    assert sum(len(index) for index, _ in clips.at(sample_rate=RATE, n_samples=9).batches(8)) == 46


def test_more_than_a_tenth_of_bad_files_stops_the_run(tmp_path):
    damaged(tmp_path)
    for i in range(43):
        written(tmp_path, f"good/{i:02}.wav", tone(100, seconds=0.01))

    with pytest.raises(AudioError, match=r"5 of 49 files .* \(empty\.wav: is empty; half\.flac: "):
        read_clips(tmp_path).screened()


@pytest.mark.parametrize("suffix", ["mp3", "ogg", "flac"])
def test_a_file_that_was_cut_off_is_found(tmp_path, suffix):
    content = written(tmp_path, f"a.{suffix}", tone(440, seconds=3.0)).read_bytes()
    cut = tmp_path / f"cut.{suffix}"
    cut.write_bytes(content[: len(content) // 2])

    with pytest.raises(AudioError, match="1 of 1 files"):
        clips_of(cut, folder=tmp_path).screened()


def test_an_mp3_that_does_not_state_its_length_is_read_to_its_end(tmp_path):
    noise = 0.1 * np.random.default_rng(0).standard_normal(4 * RATE)
    parts = []
    for level in (0.99, 0.2):  # the length is guessed from the 8 kbit/s of the first
        path = written(
            tmp_path, f"{level}.mp3", noise, compression_level=level, bitrate_mode="CONSTANT"
        )
        content = path.read_bytes()
        parts.append(content[content.find(b"\xff\xf3", max(content.find(b"Info"), 4)) :])
    joined = tmp_path / "joined.mp3"
    joined.write_bytes(b"".join(parts))
    assert soundfile.info(joined).duration > 30

    clips = clips_of(joined, folder=tmp_path).screened()

    assert clips.durations[0] == pytest.approx(8.2, abs=0.2)
    assert len(clips.waveform(0)) == round(clips.durations[0] * RATE)


def test_a_file_that_vanishes_is_named(tmp_path):
    path = written(tmp_path, "a.wav", tone(440))
    clips = clips_of(path, folder=tmp_path).screened()
    path.unlink()

    with pytest.raises(AudioError, match=r"^a\.wav cannot be decoded \(does not exist\); replace"):
        clips.waveform(0)


def test_an_excerpt_after_the_end_is_refused(tmp_path):
    clips = clips_of(written(tmp_path, "a.wav", tone(440)), folder=tmp_path)
    late = replace(clips, starts=np.array([2.0]))

    with pytest.raises(AudioError, match=r"a\.wav cannot be decoded \(ends before 2 s\)"):
        late.waveform(0)
    with pytest.raises(AudioError, match=r"a\.wav: ends before 2 s"):
        late.screened()


@pytest.mark.parametrize("name", ["with space.wav", "größe 犬.wav", "line\nbreak.wav", "#?%41.wav"])
def test_odd_file_names_are_read_and_stay_on_one_line(tmp_path, name):
    written(tmp_path, f"class/{name}", tone(440))

    clips = read_clips(tmp_path).screened()

    assert len(clips.waveform(0)) == RATE
    assert "\n" not in clips.names[0]


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_file_name_that_is_not_utf_8_is_read(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.wav"))
    written(tmp_path, "a.wav", tone(440)).rename(path)

    clips = read_clips(tmp_path).screened()

    assert clips.names == ("\\xff.wav",)
    assert len(clips.digest) == 64
    assert len(clips.waveform(0)) == RATE


def test_a_header_of_one_hertz_is_refused(tmp_path):
    soundfile.write(tmp_path / "slow.wav", np.zeros(16_000), 1)  # 256,000,000 samples at 16 kHz

    with pytest.raises(AudioError, match="states a sample rate of 1 Hz"):
        read_waveform(tmp_path / "slow.wav", sample_rate=16_000)


def test_a_header_that_states_more_than_memory_holds_is_named(tmp_path):
    path = tmp_path / "a.flac"
    soundfile.write(path, np.zeros(800), 8000)
    data = bytearray(path.read_bytes())
    data[21] |= 0x0F  # 36 bits of STREAMINFO count the samples
    data[22:26] = b"\xff" * 4
    path.write_bytes(data)
    clips = read_clips(path, sample_rate=8000)

    with pytest.raises(AudioError, match=r"a\.flac cannot be decoded \(.*68,719,476,735"):
        clips.waveform(0)
