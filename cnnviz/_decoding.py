"""Sound files to mono waveforms: only what is delivered is kept in memory."""

import math
import os
import stat
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile
import soxr

from cnnviz.errors import AudioError

_BLOCK = 1 << 16  # frames decoded at a time where nothing is kept
_MARGIN = 512  # audio samples at the lower rate on either side, longer than soxr's filter
_LEAST_RATE = 100  # Hz; resampling what states less would fill the memory
_LEAST_WHOLE = 0.9  # share of the frames the header states; less is a damaged file


def read_waveform(
    path: Path,
    *,
    start: float = 0.0,
    stop: float = np.nan,
    sample_rate: int | None = None,
    n_samples: int | None = None,
    align: str = "start",
) -> np.ndarray:
    """Decode an excerpt of a sound file, mixed to mono and resampled (soxr, HQ).

    Only the part of the file that is delivered is kept in memory.

    Parameters
    ----------
    start, stop
        Seconds; NaN stop: to the end of the file.
    sample_rate
        Hz of the result; None: that of the file.
    n_samples
        Length of the result; None: all of the excerpt.
    align
        Which part of the excerpt stays, ``"start"`` or ``"centre"``.

    Returns
    -------
    np.ndarray
        float32 (samples,), full scale 1.

    Raises
    ------
    AudioError
        If the file cannot be decoded, is empty, or ends before `start`.
    """
    with _open(path) as file:
        rate, n_frames = file.samplerate, file.frames
        first = min(round(start * rate), n_frames)
        last = n_frames if np.isnan(stop) else min(round(stop * rate), n_frames)
        if last <= first:
            raise AudioError("holds no audio" if first == 0 else f"ends before {start:g} s")
        ratio = Fraction(sample_rate or rate, rate)
        available = round((last - first) * ratio)
        length = available if n_samples is None else n_samples
        offset = (available - length) // 2 if align == "centre" else 0
        skip = max(offset, 0)  # audio samples of the excerpt that are cropped from its start
        mono, lead = _read_window(file, first, last, ratio, (skip, skip + length))
    if ratio != 1:
        mono = soxr.resample(mono, rate, sample_rate, quality="HQ")
    mono = mono[lead : lead + min(length, available - skip)]
    return mono if n_samples is None else _padded(mono, length, before=max(-offset, 0))


def _read_window(
    file: soundfile.SoundFile, first: int, last: int, ratio: Fraction, window: tuple[int, int]
) -> tuple[np.ndarray, int]:
    """Frames that yield the output samples of `window`, and how many of them come before it."""
    margin = 0 if ratio == 1 else math.ceil(_MARGIN / min(ratio, Fraction(1)))
    begin = max(int(window[0] / ratio) - margin, 0)
    begin -= begin % ratio.denominator  # whole output samples: resampling keeps its phase
    end = min(math.ceil(window[1] / ratio) + margin, last - first)
    frames = _read(file, first + begin, max(end - begin, 0))  # (frame, channel)
    mono = frames[:, 0] if frames.shape[1] == 1 else frames.mean(axis=1, dtype=np.float32)
    return np.ascontiguousarray(mono), window[0] - int(begin * ratio)


def _read(file: soundfile.SoundFile, first: int, count: int) -> np.ndarray:
    """Read frames by position; MP3 seeks are not exact, so it is decoded up to there."""
    try:
        if file.format == "MP3":
            while file.tell() < first and len(file.read(min(_BLOCK, first - file.tell()))):
                pass
        elif first:
            file.seek(first)
        frames: np.ndarray = file.read(count, dtype="float32", always_2d=True)
    except soundfile.SoundFileError as error:
        raise AudioError(_reason(error)) from error
    except MemoryError as error:
        raise AudioError(f"states {file.frames:,} audio samples, more than memory holds") from error
    return frames


def _padded(mono: np.ndarray, n_samples: int, *, before: int) -> np.ndarray:
    """Fill up with zeros, `before` of them in front."""
    if len(mono) == n_samples:
        return mono
    waveform = np.zeros(n_samples, dtype=np.float32)
    part = mono[: n_samples - before]
    waveform[before : before + len(part)] = part
    return waveform


def _open(path: Path) -> soundfile.SoundFile:
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise AudioError("is a folder")
        if not stat.S_ISREG(found.st_mode):
            raise AudioError("is a pipe or a device, not a file")
        if found.st_size == 0:
            raise AudioError("is empty")
        # Bytes, because soundfile cannot encode names that are not UTF-8.
        file = soundfile.SoundFile(os.fspath(path) if os.name == "nt" else os.fsencode(path))
    except FileNotFoundError as error:
        is_link = path.is_symlink()
        raise AudioError("is a link that leads nowhere" if is_link else "does not exist") from error
    except OSError as error:
        raise AudioError(error.strerror or str(error)) from error
    except soundfile.SoundFileError as error:
        raise AudioError(_reason(error)) from error
    if file.samplerate < _LEAST_RATE:
        file.close()
        raise AudioError(f"states a sample rate of {file.samplerate} Hz")
    return file


def _decode_whole(path: Path) -> float:
    """Decode a whole file, block by block; gives its seconds.

    Raises
    ------
    AudioError
        If the file cannot be decoded, is empty or cut off, or holds NaN or Inf.
    """
    with _open(path) as file:
        decoded, stated, rate = 0, file.frames, file.samplerate
        try:
            while len(block := file.read(_BLOCK, dtype="float32")):
                if not np.isfinite(block).all():
                    raise AudioError("holds NaN or Inf")
                decoded += len(block)
        except soundfile.SoundFileError as error:
            raise AudioError(_reason(error)) from error
    if decoded < _LEAST_WHOLE * stated and _states_length(path):
        raise AudioError(f"is cut off after {decoded / rate:.2f} of {stated / rate:.2f} s")
    if decoded == 0:
        raise AudioError("holds no audio")
    return float(decoded / rate)


def _states_length(path: Path) -> bool:
    """Whether the number of frames is stated: in an MP3 only by its Xing or Info header."""
    if path.suffix.lower() != ".mp3":
        return True
    with path.open("rb") as file:
        head = file.read(_BLOCK)
    return b"Xing" in head or b"Info" in head


def examine(path: Path) -> float | str:
    """Seconds of a file that was decoded as a whole, or what is wrong with it."""
    try:
        return _decode_whole(path)
    except AudioError as error:
        return str(error)


def seconds_or_fault(whole_file: float | str, start: float, stop: float) -> float | str:
    """Seconds of an excerpt of a file that was checked, or what is wrong with it."""
    if isinstance(whole_file, str):
        return whole_file
    seconds = _span(whole_file, start, stop)
    return seconds if seconds > 0 else f"ends before {start:g} s"


def read_duration(path: Path, *, start: float = 0.0, stop: float = np.nan) -> float:
    """Seconds of an excerpt by the header of its file; NaN where that cannot be read."""
    try:
        with _open(path) as file:
            return _span(file.frames / file.samplerate, start, stop)
    except AudioError:
        return float("nan")


def _span(seconds: float, start: float, stop: float) -> float:
    """Seconds of an excerpt of a file that is so many seconds long; NaN stop: to its end."""
    return max(float(np.fmin(seconds, stop) - start), 0.0)


def _reason(error: Exception) -> str:
    """What the library says, in one line and without the path it repeats."""
    text = str(getattr(error, "error_string", error)).strip().rstrip(".").strip()
    return " ".join(text.removeprefix("Error :").split())
