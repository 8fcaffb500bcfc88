"""The sound of a report: which clips can be played, and their encoding."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import soundfile

from cnnviz.errors import ParameterError
from cnnviz.results import (
    ClipGallery,
    Evaluation,
    FeatureMaps,
    LayerUnits,
    PreferredInput,
    Relevance,
    Result,
    UnitExemplars,
    find,
)
from cnnviz.run import Run

from .repeats import without_repeats

FORMATS = ("wav", "mp3", "none")
N_TOP_PLAYED = 3
"""Top clips of each unit that a page plays."""
_N_UNITS, _N_UNITS_OF_A_LAYER = 48, 8
_FULL_SCALE, _READ_AT_ONCE = 2**15, 64
_TYPES = {"flac": "audio/flac", "mp3": "audio/mpeg", "wav": "audio/wav"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Sound:
    """Encoded audio of one clip; `suffix` is wav, mp3 or flac."""

    clip: int
    suffix: str
    encoded: bytes

    @property
    def media_type(self) -> str:
        """MIME type for the browser."""
        return _TYPES[self.suffix]


def encode(waveform: np.ndarray, sample_rate: int, suffix: str = "wav") -> bytes:
    """Encode float audio (samples,) of full scale 1; WAV holds 16 bits a sample."""
    out = io.BytesIO()
    subtype = None if suffix == "mp3" else "PCM_16"
    clipped = np.clip(np.asarray(waveform, dtype=np.float64), -1.0, 1.0)
    soundfile.write(out, clipped, int(sample_rate), format=suffix.upper(), subtype=subtype)
    return out.getvalue()


def packed(sound: Sound) -> Sound:
    """WAV as FLAC, which says the same in half the bytes; what is small already as it is.

    Browsers cannot be trusted to seek in it, so that the page's script unpacks it.
    """
    if sound.suffix != "wav":
        return sound
    samples, sample_rate = soundfile.read(io.BytesIO(sound.encoded), dtype="int16")
    out = io.BytesIO()
    soundfile.write(out, samples, sample_rate, format="FLAC", subtype="PCM_16")
    return replace(sound, suffix="flac", encoded=out.getvalue())


def sounds(run: Run, suffix: str) -> tuple[Sound, ...]:
    """Encode every clip that the gallery plays, in order of the clips."""
    if suffix not in FORMATS:
        raise ParameterError(f"audio={suffix!r}; allowed: {', '.join(FORMATS)}")
    if suffix == "none":
        return ()
    played = {int(clip) for gallery in find(run, ClipGallery) for clip in gallery.audio_index}
    made = [
        Sound(
            clip=part.number,
            suffix=suffix,
            encoded=encode(part.samples / _FULL_SCALE, part.sample_rate, suffix),
        )
        for relevance in find(run, Relevance)
        for part in parts_of(run, relevance).values()
    ]
    made += [
        Sound(
            clip=part.number, suffix=suffix, encoded=encode(part.samples, part.sample_rate, suffix)
        )
        for preferred in find(run, PreferredInput)
        for part in preferred_sounds(run, preferred).values()
    ]
    return (*_of_clips(run, sorted(played), suffix), *made)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A sound that is no clip: what an explanation marks of one, or what a unit prefers."""

    number: int
    samples: np.ndarray
    sample_rate: int


def parts_of(run: Run, relevance: Relevance) -> dict[tuple[int, str], Part]:
    """Sounds of one result by row and ``"used"`` or ``"rest"``; numbers go on from the clips'."""
    if relevance.listening is None:
        return {}
    first = len(run.capture.clips) if run.has_capture else 0
    for other in find(run, Relevance):
        if other.listening is None:
            continue
        keys = [(row, name) for row in range(other.n_clips) for name in ("used", "rest")]
        if other.id == relevance.id:
            return {
                (row, name): Part(
                    number=first + k,
                    samples=getattr(other.listening, name)[row],
                    sample_rate=other.sample_rate,
                )
                for k, (row, name) in enumerate(keys)
            }
        first += len(keys)
    return {}


def preferred_sounds(run: Run, preferred: PreferredInput) -> dict[tuple[str, int], Part]:
    """Sounds of one result by layer and unit; numbers go on from those of the explanations."""
    first = len(run.capture.clips) if run.has_capture else 0
    first += sum(2 * one.n_clips for one in find(run, Relevance) if one.listening is not None)
    for other in find(run, PreferredInput):
        keys = other.played()
        if other.id == preferred.id:
            rate = other.sample_rate
            return {
                key: Part(number=first + k, samples=other.sound(*key), sample_rate=rate)
                for k, key in enumerate(keys)
            }
        first += len(keys)
    return {}


def _of_clips(run: Run, clips: Sequence[int], suffix: str) -> Iterator[Sound]:
    for start in range(0, len(clips), _READ_AT_ONCE):
        some = clips[start : start + _READ_AT_ONCE]
        for clip, waveform in zip(some, run.capture.waveforms(some), strict=True):
            encoded = encode(waveform, run.capture.sample_rate, suffix)
            yield Sound(clip=clip, suffix=suffix, encoded=encoded)


def within_budget(run: Run, clips: str | int) -> Run:
    """What a page shows of a run, with at most `clips` clips to play; ``"all"``: each it holds.

    Clips shown elsewhere in the report come first, then wrongly classified ones, then clips
    taken in turn from each class.
    """
    capture = run.capture if run.has_capture else None
    held = np.empty(0, dtype=np.int64) if capture is None else capture.audio_index
    budget = _budget(clips, most=len(held))
    results = without_repeats(tuple(run))
    trimmed = [
        _trimmed(result, results, held, budget) if isinstance(result, ClipGallery) else result
        for result in results
    ]
    return Run(capture=capture, results=trimmed)


def _budget(clips: str | int, *, most: int) -> int:
    """Number of clips to play."""
    if clips == "all":
        return most
    if isinstance(clips, bool) or not str(clips).isdecimal():
        raise ParameterError(f"clips={clips!r}; allowed: a whole number from 0, or 'all'")
    return int(clips)


def _trimmed(
    gallery: ClipGallery, results: Sequence[Result], held: np.ndarray, budget: int
) -> ClipGallery:
    """Gallery with the first clips of the ranking that the capture holds, in their order."""
    gallery = replace(gallery, audio_index=np.intersect1d(gallery.audio_index, held))
    if len(gallery.audio_index) <= budget:
        return gallery
    shown = [int(c) for r in find(results, FeatureMaps) for c in r.clip_index]
    shown += [int(c) for r in find(results, Relevance) for c in r.clip_index]
    shown += [clip for r in find(results, UnitExemplars) for clip in _played(r)]
    for evaluation in find(results, Evaluation):
        wrong = evaluation.labels != evaluation.predictions
        shown += [int(c) for c in evaluation.clip_index[wrong]]
        listed = np.concatenate([evaluation.confident_right, evaluation.nearest_boundary])
        shown += [int(c) for c in evaluation.clip_index[listed]]
    ranking = list(dict.fromkeys([*shown, *_in_turn(gallery)]))
    kept_set = {int(clip) for clip in gallery.audio_index}
    wanted = set([clip for clip in ranking if clip in kept_set][:budget])
    mask = np.array([int(clip) in wanted for clip in gallery.audio_index], dtype=bool)
    return replace(gallery, audio_index=gallery.audio_index[mask])


def units_shown(result: UnitExemplars) -> tuple[tuple[LayerUnits, int], ...]:
    """Layers and channels whose excerpts the page plays."""
    return result.worth_a_look(_N_UNITS, _N_UNITS_OF_A_LAYER)


def _played(result: UnitExemplars) -> list[int]:
    """Clips of those excerpts: the first of each unit, then the second, and so on."""
    rows = [units.exemplars.clip_index[channel] for units, channel in units_shown(result)]
    columns = (*range(N_TOP_PLAYED), -2, -1)
    # of n top clips the median and the least follow
    return [int(row[k]) for k in columns for row in rows if k < len(row) - 2 and row[k] >= 0]


def _in_turn(gallery: ClipGallery) -> list[int]:
    """Clips with audio, one of each class after the other."""
    turns: dict[int, int] = {}
    keyed = []
    for clip in gallery.audio_index:
        label = int(gallery.clips.labels[clip])
        turns[label] = turns.get(label, -1) + 1
        keyed.append((turns[label], label, int(clip)))
    return [clip for _, _, clip in sorted(keyed)]
