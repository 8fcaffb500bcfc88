"""The bundled clips: words spoken by a synthesiser, made anew with ``python -m zoo.speech``.

Needs the extra ``synth`` (the wheel espeakng-loader, which carries the library eSpeak NG).
The library is called through ctypes and is no part of cnnviz; its licence, GPL 3 or later,
does not cover the sounds it makes. The voices are a choice of the library's own variants,
the same for every word.
"""

import argparse
import csv
import ctypes
import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from cnnviz.errors import CnnvizError

SAMPLE_RATE = 16_000
KEYWORDS = ("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go")
OTHERS = ("cat", "house", "seven", "tree", "wow")  # one each per voice, as _unknown_
NOISES = (0.0, 0.5, 1.0, 1.5, 2.0)  # exponents of the power spectrum 1 / f**n, as _silence_
_SYNCHRONOUS, _UTF8 = 2, 1  # values of the C interface
_RATE, _PITCH, _RANGE = 1, 3, 4  # its parameter numbers
_SPEECH_DB, _SPREAD_DB = -22.0, 4.0  # dB full scale, effective value of the loudest part
_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p
)
_FLOOR_DB = -58.0  # noise under the speech, as in a quiet room


@dataclass(frozen=True, kw_only=True, slots=True)
class Voice:
    """A speaker of eSpeak NG.

    Parameters
    ----------
    name
        Name in the file names.
    language
        Accent and variant in the library's spelling.
    rate
        Words per minute.
    pitch, intonation
        0 to 99; 50 is the variant's own.
    """

    name: str
    language: str
    rate: int
    pitch: int
    intonation: int = 50


VOICES = (
    Voice(name="anna", language="en-us+f2", rate=150, pitch=50),
    Voice(name="ben", language="en-us+m3", rate=150, pitch=45),
    Voice(name="cora", language="en-gb-x-rp+f4", rate=145, pitch=45),
    Voice(name="dan", language="en-us+m7", rate=140, pitch=50),
    Voice(name="eva", language="en-us+f3", rate=160, pitch=55),
)


def synthesise(text: str, voice: Voice) -> np.ndarray:
    """Speak a text in a process of its own: the library remembers what it said before.

    Returns
    -------
    np.ndarray
        float32 (samples,) at 16 kHz, as loud as the library makes it.

    Raises
    ------
    CnnvizError
        If espeakng-loader is not installed, or the library does not know the voice.
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        frames, rate = process.submit(_speak, text, voice).result()
    spoken = frames / np.float32(2**15)
    resampled: np.ndarray = soxr.resample(spoken, rate, SAMPLE_RATE, quality="HQ")
    return resampled


def _speak(text: str, voice: Voice) -> tuple[np.ndarray, int]:
    """Call the library: int16 (samples,), Hz."""
    library, data = _open_library()
    rate: int = library.espeak_Initialize(_SYNCHRONOUS, 0, str(data).encode(), 0)
    library.espeak_ng_SetRandSeed(ctypes.c_long(1))  # breath and flutter of some voices
    blocks: list[np.ndarray] = []

    def keep(samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: int) -> int:
        if samples and count:
            blocks.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
        return 0

    callback = _CALLBACK(keep)  # held here: the library keeps only its address
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(voice.language.encode()) != 0:
        raise CnnvizError(f"voice {voice.language!r} is not one of eSpeak NG's")
    for number, value in ((_RATE, voice.rate), (_PITCH, voice.pitch), (_RANGE, voice.intonation)):
        library.espeak_SetParameter(number, value, 0)
    spoken = text.encode() + b"\0"
    library.espeak_Synth(spoken, len(spoken), 0, 0, 0, _UTF8, None, None)
    library.espeak_Synchronize()
    return np.concatenate(blocks), rate


def _open_library() -> tuple[ctypes.CDLL, Path]:
    try:
        import espeakng_loader
    except ImportError as error:
        raise CnnvizError(
            "speaking words needs the package espeakng-loader, which is not installed; "
            "add it with: pip install 'cnnviz[synth]'"
        ) from error
    return ctypes.CDLL(espeakng_loader.get_library_path()), Path(espeakng_loader.get_data_path())


def word_clip(text: str, voice: Voice, *, seed: int) -> np.ndarray:
    """Speak a word in the middle of one second over a quiet noise floor.

    Returns
    -------
    np.ndarray
        float32 (16000,), the same for the same arguments.
    """
    spoken = trim(synthesise(text, voice))[:SAMPLE_RATE]
    rng = np.random.default_rng(seed)
    level = _SPEECH_DB + rng.uniform(-_SPREAD_DB, _SPREAD_DB)
    clip = noise(1.0, level=_FLOOR_DB, seed=seed)
    start = (SAMPLE_RATE - len(spoken)) // 2
    loud = np.sqrt(np.mean(spoken**2))
    clip[start : start + len(spoken)] += spoken * (10 ** (level / 20) / loud)
    limited: np.ndarray = np.clip(clip, -1, 1).astype(np.float32)
    return limited


def trim(samples: np.ndarray, *, below_db: float = -45.0) -> np.ndarray:
    """Cut off what is quieter than the peak by so many dB at either end."""
    loud = np.flatnonzero(np.abs(samples) > np.abs(samples).max() * 10 ** (below_db / 20))
    trimmed: np.ndarray = samples[loud[0] : loud[-1] + 1]
    return trimmed


def noise(exponent: float, *, level: float, seed: int) -> np.ndarray:
    """One second of noise with power 1 / f**exponent above 20 Hz.

    Parameters
    ----------
    level
        Effective value in dB full scale.

    Returns
    -------
    np.ndarray
        float64 (16000,).
    """
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft(rng.standard_normal(SAMPLE_RATE))
    frequencies = np.fft.rfftfreq(SAMPLE_RATE, 1 / SAMPLE_RATE)
    spectrum *= np.maximum(frequencies, 20.0) ** (-exponent / 2)
    spectrum[0] = 0
    shaped: np.ndarray = np.fft.irfft(spectrum, SAMPLE_RATE)
    shaped *= 10 ** (level / 20) / np.sqrt(np.mean(shaped**2))
    return shaped


@dataclass(frozen=True, kw_only=True, slots=True)
class SpokenClip:
    """One clip to write: path in the folder, note, group, waveform float32 (16000,)."""

    path: str
    note: str
    group: str
    waveform: np.ndarray


def bundled_clips() -> Iterator[SpokenClip]:
    """Make every bundled clip: each keyword by each voice, some other words, noises."""
    for i, voice in enumerate(VOICES):
        note = f"synthetic: espeak-ng {voice.language}"
        for j, word in enumerate(KEYWORDS):
            clip = word_clip(word, voice, seed=100 * i + j)
            yield SpokenClip(
                path=f"{word}/{voice.name}.flac", note=note, group=voice.name, waveform=clip
            )
        clip = word_clip(OTHERS[i], voice, seed=100 * i + 50)
        path = f"_unknown_/{OTHERS[i]}_{voice.name}.flac"
        yield SpokenClip(path=path, note=note, group=voice.name, waveform=clip)
    for i, exponent in enumerate(NOISES):
        clip = noise(exponent, level=-50.0 + 5 * i, seed=1000 + i).astype(np.float32)
        name, note = f"noise_{exponent:g}", f"synthetic: noise 1/f^{exponent:g}"
        yield SpokenClip(path=f"_silence_/{name}.flac", note=note, group=name, waveform=clip)


def write_clips(folder: Path, clips: Iterable[SpokenClip]) -> None:
    """Write clips as FLAC with a manifest; the folder a clip lies in is its label."""
    rows = []
    for clip in clips:
        path = folder / clip.path
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, clip.waveform, SAMPLE_RATE, subtype="PCM_16")
        rows.append((clip.path, path.parent.name, "test", clip.note, clip.group))
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("path", "label", "split", "note", "group"))
        writer.writerows(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m zoo.speech", description="Make the clips.")
    parser.add_argument("--out", type=Path, required=True, help="folder that gets the clips")
    write_clips(parser.parse_args().out, bundled_clips())
