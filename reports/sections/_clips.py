"""Clips as pictures: waveform and spectrogram over seconds, aligned with what is above them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.results import ClipGallery, Relevance
from cnnviz.run import Run
from reports import svg
from reports.numerals import si
from reports.parts import Axis, Raster

N_BINS = 800
N_EXPLAINED = 12
_N_ROWS = 61
_WINDOW_SECONDS = 0.025
_FLOOR_DB = -70.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Clip:
    """A clip with its sound: `waveform` float32 (samples,), empty where it was not kept."""

    index: int
    title: str
    waveform: np.ndarray
    sample_rate: int

    @property
    def seconds(self) -> float:
        """Length."""
        return len(self.waveform) / self.sample_rate


def clips(run: Run, indices: Sequence[int]) -> tuple[Clip, ...]:
    """Clips by index with names from the gallery and sound from the capture; else bare."""
    gallery = next(iter(run.find(ClipGallery)), None)
    return tuple(_clip(gallery, run, int(index)) for index in indices)


def spread(n: int, most: int) -> np.ndarray:
    """At most `most` of `n` positions, evenly spread, int (position,)."""
    return np.unique(np.rint(np.linspace(0, n - 1, min(n, most))).astype(int))


def explained_clips(run: Run) -> np.ndarray:
    """Clips whose relevance the page shows: those asked for by index, and a few others."""
    asked, others = [np.empty(0, int)], [np.empty(0, int)]
    for relevance in run.find(Relevance):
        is_asked = json.loads(relevance.provenance.parameters).get("clip_index")
        (asked if is_asked else others).append(relevance.clip_index)
    rest = np.unique(np.concatenate(others))
    few = rest[spread(len(rest), N_EXPLAINED)] if len(rest) else rest
    return np.union1d(few, np.concatenate(asked)).astype(int)


def time_axis(seconds: float) -> Axis:
    """Axis of a clip from 0 on."""
    ticks = tuple((float(t / seconds), si(float(t))) for t in svg.nice_ticks(0, seconds, 5))
    return Axis(label="Time", unit="s", start=0.0, stop=seconds, ticks=ticks)


def frequency_axis(start: float, stop: float) -> Axis:
    """Axis in Hz, linear."""
    span = (stop - start) or 1.0
    ticks = tuple((float((f - start) / span), si(float(f))) for f in svg.nice_ticks(start, stop, 4))
    return Axis(label="Frequency", unit="Hz", start=start, stop=stop, ticks=ticks)


def envelope(waveform: np.ndarray, n_bins: int = N_BINS) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest audio sample of each bin, each (bin,)."""
    edges = bin_edges(len(waveform), n_bins)
    return np.minimum.reduceat(waveform, edges), np.maximum.reduceat(waveform, edges)


def bin_edges(n_samples: int, n_bins: int = N_BINS) -> np.ndarray:
    """First audio sample of each bin, int (bin,)."""
    n = min(n_bins, n_samples)
    return np.unique((np.arange(n) * n_samples / n).astype(int))


def waveform_raster(
    clip: Clip, *, relevance: np.ndarray | None = None, limit: float | None = None, unit: str = ""
) -> Raster:
    """Waveform as a picture, grey or coloured by relevance.

    Parameters
    ----------
    clip
        With sound.
    relevance
        Of each audio sample, (samples,); summed within a bin. None: grey.
    limit
        Relevance of a bin where the colour saturates.
    unit
        Of the relevance of a bin.
    """
    low, high = envelope(clip.waveform)
    peak = float(np.abs(clip.waveform).max(initial=0)) or 1.0
    rows = np.linspace(-peak, peak, _N_ROWS)[:, None]
    half = peak / (_N_ROWS - 1)
    inside = (rows >= low - half) & (rows <= high + half)  # (row, bin)
    edges = bin_edges(len(clip.waveform))
    values = np.zeros(len(edges)) if relevance is None else np.add.reduceat(relevance, edges)
    return Raster(
        values=np.where(inside, values, np.nan),
        alt=f"Waveform of {clip.title}"
        + ("" if relevance is None else ", coloured by relevance, red for and blue against"),
        x=time_axis(clip.seconds),
        y=Axis(
            label="Amplitude",
            unit="",
            start=-peak,
            stop=peak,
            ticks=((0.0, f"{-peak:.2g}"), (0.5, "0"), (1.0, f"{peak:.2g}")),
        ),
        unit=unit,
        lowest=-(limit or 1.0),
        highest=limit or 1.0,
        palette="signed",
        has_bar=relevance is not None,
        clip=clip.index,
        height=90,
    )


def spectrogram(clip: Clip) -> Raster:
    """Energy of a clip over time and frequency, in dB re its largest cell."""
    levels, frequencies = _levels_db(clip.waveform, clip.sample_rate)
    return Raster(
        values=levels,
        alt=f"Spectrogram of {clip.title}",
        x=time_axis(clip.seconds),
        y=frequency_axis(0.0, float(frequencies[-1])),
        unit="dB",
        lowest=_FLOOR_DB,
        highest=0.0,
        palette="magma",
        clip=clip.index,
        height=130,
        caption=f"Energy of the sound, dB re its largest cell "
        f"({1000 * _WINDOW_SECONDS:.0f} ms Hann windows).",
    )


def loudness(clip: Clip, lowest_hz: float, highest_hz: float) -> np.ndarray:
    """Energy of a clip between two frequencies in [0, 1], even in dB, (frequency, time)."""
    levels, frequencies = _levels_db(clip.waveform, clip.sample_rate)
    is_shown = (frequencies >= lowest_hz) & (frequencies <= highest_hz)
    return 1 - levels[is_shown] / _FLOOR_DB if is_shown.any() else 1 - levels / _FLOOR_DB


def on_time_axis(values: np.ndarray, times: np.ndarray, seconds: float) -> np.ndarray:
    """Columns re-read at even steps from 0 to `seconds`; NaN where no cell is near."""
    step = float(times[1] - times[0]) if len(times) > 1 else seconds
    n = int(np.clip(round(seconds / step) if step else 1, 2 * len(times), 512))
    wanted = (np.arange(n) + 0.5) * seconds / n
    index = np.rint((wanted - times[0]) / step).astype(int)
    inside = (index >= 0) & (index < len(times))
    columns = values[:, np.clip(index, 0, len(times) - 1)]
    return np.where(inside, columns, np.nan)


def _levels_db(waveform: np.ndarray, sample_rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Short-time spectrum in dB (frequency, time), frames centred from 0 to the end; and Hz."""
    n_fft = max(16, 2 * round(_WINDOW_SECONDS * sample_rate / 2))
    hop = max(1, -(-len(waveform) // 250))
    padded = np.pad(waveform.astype(np.float64), n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[: len(waveform) : hop]
    power = np.abs(np.fft.rfft(frames * np.hanning(n_fft), axis=1)) ** 2  # (time, frequency)
    levels = 10 * np.log10(np.maximum(power / (power.max() or 1.0), 1e-12))
    return np.maximum(levels.T, _FLOOR_DB), np.fft.rfftfreq(n_fft, 1 / sample_rate)


def _clip(gallery: ClipGallery | None, run: Run, index: int) -> Clip:
    """One clip."""
    if gallery is None or not 0 <= index < len(gallery.clips):
        return Clip(index=index, title=f"clip {index}", waveform=np.zeros(0), sample_rate=1)
    has_sound = run.has_capture and index in gallery.audio_index
    waveform = run.capture.waveforms([index])[0] if has_sound else np.zeros(0, np.float32)
    word = gallery.clips.class_of(index) if gallery.clips.class_names else ""
    name = gallery.clips.names[index]
    return Clip(
        index=index,
        title=f"{word} · {name}" if word else name,
        waveform=waveform,
        sample_rate=gallery.sample_rate,
    )
