"""Clips: what is decoded is what was recorded, at the rate and length asked for."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import resample_poly

from cnnviz import audio
from cnnviz._decoding import read_waveform
from cnnviz.audio import relabelled
from cnnviz.datasets import read_clips
from cnnviz.errors import ParameterError
from tests.sounds import RATE, clips_of, tone, written


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000])
def test_a_tone_keeps_its_frequency_and_amplitude_at_another_rate(tmp_path, rate):
    path = written(tmp_path, "tone.wav", tone(1_000, rate=rate), rate, subtype="FLOAT")

    heard = read_waveform(path, sample_rate=RATE)

    assert heard.shape == (RATE,)
    inner = slice(800, -800)  # the filter of the resampler rings at the ends
    assert np.abs(heard - tone(1_000))[inner].max() < 1e-4


def test_a_tone_above_the_new_nyquist_frequency_is_gone(tmp_path):
    path = written(tmp_path, "tone.wav", tone(10_000, rate=44_100), 44_100, subtype="FLOAT")

    heard = read_waveform(path, sample_rate=RATE)[800:-800]

    assert 20 * np.log10(np.sqrt(np.mean(heard**2)) / (0.5 / np.sqrt(2))) < -90


def test_resampling_agrees_with_another_resampler(tmp_path):
    noise = np.random.default_rng(0).standard_normal(48_000)
    low = resample_poly(resample_poly(noise, 1, 8), 8, 1) * 0.1  # nothing above 3 kHz
    path = written(tmp_path, "noise.wav", low, 48_000, subtype="DOUBLE")

    heard = read_waveform(path, sample_rate=RATE)

    expected = resample_poly(low, 1, 3, window=("kaiser", 12.0))
    assert np.abs(heard - expected)[800:-800].max() < 2e-3


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [("a.wav", 1 / 2**15), ("a.flac", 1 / 2**15), ("a.ogg", 0.03), ("a.mp3", 0.03)],
)
def test_every_format_decodes_to_the_same_waveform(tmp_path, name, tolerance):
    original = (tone(440) + tone(1_230, amplitude=0.2)) * np.hanning(RATE).astype(np.float32)
    path = written(tmp_path, name, original)

    heard = read_waveform(path, sample_rate=RATE, n_samples=RATE)

    assert heard.dtype == np.float32
    assert np.abs(heard - original).max() <= tolerance


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3"])
def test_an_excerpt_is_the_same_part_of_the_whole(tmp_path, name):
    noise = 0.1 * np.random.default_rng(1).standard_normal(3 * RATE).astype(np.float32)
    path = written(tmp_path, name, noise)
    whole = read_waveform(path)

    part = read_waveform(path, start=1.25, stop=2.0)

    # MP3 takes a difference at the edge of its blocks, exact decoders none
    assert np.abs(part - whole[20_000:32_000]).max() < 1e-6


@pytest.mark.parametrize(("rate", "new"), [(44_100, 16_000), (8_000, 16_000), (22_050, 8_000)])
def test_cropping_before_resampling_equals_cropping_after(tmp_path, rate, new):
    noise = 0.1 * np.random.default_rng(2).standard_normal(4 * rate)
    path = written(tmp_path, "noise.wav", noise, rate, subtype="FLOAT")
    whole = read_waveform(path, sample_rate=new)

    start = read_waveform(path, sample_rate=new, n_samples=new)
    centre = read_waveform(path, sample_rate=new, n_samples=new, align="centre")

    first = (len(whole) - new) // 2
    assert np.abs(start - whole[:new]).max() < 1e-5
    assert np.abs(centre - whole[first : first + new]).max() < 1e-5


@pytest.mark.parametrize(
    ("align", "n_samples", "expected"),
    [
        ("start", 3, [1, 2, 3]),
        ("centre", 3, [2, 3, 4]),
        ("start", 8, [1, 2, 3, 4, 5, 0, 0, 0]),
        ("centre", 8, [0, 0, 1, 2, 3, 4, 5, 0]),
        ("start", 5, [1, 2, 3, 4, 5]),
    ],
)
def test_a_clip_is_cropped_or_padded_where_it_was_asked(tmp_path, align, n_samples, expected):
    path = written(tmp_path, "a.wav", np.arange(1, 6) / 8, subtype="FLOAT")

    heard = read_waveform(path, n_samples=n_samples, align=align)

    assert (heard * 8).tolist() == expected


@settings(deadline=None)
@given(
    n_frames=st.integers(1, 3_000),
    rate=st.sampled_from([8_000, 11_025, 16_000, 22_050, 48_000]),
    n_samples=st.integers(1, 4_000),
    align=st.sampled_from(audio.ALIGNMENTS),
)
def test_the_length_is_the_one_asked_for(tmp_path_factory, n_frames, rate, n_samples, align):
    path = tmp_path_factory.mktemp("lengths") / "a.wav"
    soundfile.write(path, np.full(n_frames, 0.5), rate)

    heard = read_waveform(path, sample_rate=RATE, n_samples=n_samples, align=align)

    assert heard.shape == (n_samples,)
    assert np.isfinite(heard).all()


def test_stereo_is_the_mean_of_its_channels(tmp_path):
    left, right = tone(300), tone(700)
    path = written(tmp_path, "a.wav", np.stack([left, right], axis=1), subtype="PCM_24")

    assert np.abs(read_waveform(path) - (left + right) / 2).max() < 2**-22


@pytest.mark.data
def test_native_urban_sounds_are_delivered_as_the_model_eats_them(data):
    clips = read_clips(data / "urbansound8k_native", sample_rate=RATE, n_samples=4 * RATE)
    index = clips.names.index("audio/fold1/103074-7-0-0.wav")  # 24 bit, stereo, 48 kHz
    frames, rate = soundfile.read(clips.paths[index])

    heard = clips.waveform(index)

    expected = resample_poly(frames.mean(axis=1), 1, rate // RATE, window=("kaiser", 12.0))
    spectra = [np.abs(np.fft.rfft(w))[: 4 * 6_000] for w in (heard, expected)]  # below 6 kHz
    assert heard.shape == (4 * RATE,)
    assert np.linalg.norm(spectra[0] - spectra[1]) < 1e-3 * np.linalg.norm(spectra[1])


def test_batches_hold_the_clips_in_order(tmp_path):
    paths = [written(tmp_path, f"{i}.wav", np.full(10, i / 8), subtype="FLOAT") for i in range(5)]
    clips = clips_of(*paths, folder=tmp_path).at(sample_rate=RATE, n_samples=4)

    batches = list(clips.batches(2))

    assert [index.tolist() for index, _ in batches] == [[0, 1], [2, 3], [4]]
    assert [(waveforms[:, 0] * 8).tolist() for _, waveforms in batches] == [[0, 1], [2, 3], [4]]


def test_batches_ask_for_a_length(tmp_path):
    clips = clips_of(written(tmp_path, "a.wav", tone(100)), folder=tmp_path)

    with pytest.raises(ParameterError, match=r"n_samples=None; batches need both; .* clips\.at"):
        next(clips.batches(1))


def test_an_hour_of_audio_costs_the_memory_of_a_second(tmp_path):
    path = tmp_path / "hour.wav"
    with soundfile.SoundFile(path, "w", 4_000, 1, subtype="PCM_U8") as file:
        for _ in range(60):
            file.write(np.zeros(4_000 * 60, dtype=np.float32))
    clips = clips_of(path, folder=tmp_path).at(sample_rate=RATE, n_samples=RATE)

    tracemalloc.start()
    waveform = replace(clips.screened(), align="centre").waveform(0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert waveform.shape == (RATE,)
    assert peak < 4e6


def test_take_keeps_everything_that_belongs_to_a_clip(tmp_path):
    paths = [written(tmp_path, f"{name}.wav", tone(100)) for name in "abc"]
    clips = replace(
        clips_of(*paths, folder=tmp_path),
        labels=np.array([0, 1, 0]),
        class_names=("x", "y"),
        splits=("train", "test", "test"),
        notes=("", "synthetic", ""),
    )

    taken = clips.take([2, 1])

    assert taken.names == ("c.wav", "b.wav")
    assert taken.labels.tolist() == [0, 1]
    assert taken.splits == ("test", "test")
    assert taken.notes == ("", "synthetic")
    assert len(clips.take([])) == 0
    assert clips.take(clips.labels == 0).names == ("a.wav", "c.wav")


def test_the_digest_tells_other_clips_and_other_lengths_apart(tmp_path):
    paths = [written(tmp_path, f"{name}.wav", tone(100)) for name in "ab"]
    clips = clips_of(*paths, folder=tmp_path).at(sample_rate=RATE, n_samples=RATE)
    others = [
        clips.take([0]),
        clips.take([1, 0]),
        clips.at(sample_rate=RATE, n_samples=8_000),
        clips.at(sample_rate=8_000, n_samples=RATE),
        replace(clips, align="centre"),
        replace(clips, stops=np.array([0.5, np.nan])),
        replace(clips, labels=np.array([0, 0]), class_names=("x",)),
    ]

    assert (
        clips.digest == clips_of(*paths, folder=tmp_path, sample_rate=RATE, n_samples=RATE).digest
    )
    assert len({clips.digest, *(other.digest for other in others)}) == 1 + len(others)


def test_a_moved_folder_has_the_same_digest(tmp_path):
    one = clips_of(written(tmp_path / "x", "a.wav", tone(100)), folder=tmp_path / "x")
    two = clips_of(written(tmp_path / "y", "a.wav", tone(100)), folder=tmp_path / "y")

    assert one.digest == two.digest


def test_description_counts_what_is_there(tmp_path):
    for label, seconds in (("no", 0.28), ("yes", 1.0), ("yes", 0.5)):
        written(tmp_path, f"{label}/{seconds}.wav", tone(100, seconds=seconds))

    clips = read_clips(tmp_path, sample_rate=RATE)

    assert clips.describe() == "3 clips, 2 classes, 0.28-1.00 s, 16 kHz (layout: folders)"
    assert clips.longest(8_000) == 8_000


def test_labels_follow_the_class_names_of_a_model(tmp_path):
    paths = [written(tmp_path, f"{name}/a.wav", tone(100)) for name in ("cat", "no", "yes")]
    clips = replace(
        clips_of(*paths, folder=tmp_path),
        labels=np.array([0, 1, 2]),
        class_names=("cat", "no", "yes"),
    )

    assert relabelled(clips, ("yes", "no")).labels.tolist() == [-1, 1, 0]
    assert relabelled(clips, ("yes", "_unknown_", "no")).labels.tolist() == [1, 2, 0]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"sample_rate": 0}, "sample_rate=0; allowed: a positive whole number"),
        ({"n_samples": -1}, "n_samples=-1; allowed: a positive whole number"),
        ({"align": "end"}, "align='end'; allowed: start, centre"),
    ],
)
def test_settings_out_of_range_are_refused(tmp_path, change, text):
    clips = clips_of(written(tmp_path, "a.wav", tone(440)), folder=tmp_path)

    with pytest.raises(ParameterError, match=text):
        replace(clips, **change)
