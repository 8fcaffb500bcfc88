"""A capture as plain data: what any process needs to record a part of it."""

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cnnviz.audio import Clips
from cnnviz.capture.choices import Choices
from cnnviz.disk import told_when_full
from cnnviz.errors import CaptureFormatError
from cnnviz.loaders import ModelReference
from cnnviz.provenance import to_json
from cnnviz.store.files import replacing
from cnnviz.store.shards import FOLDER, shard_path

SPEC_FORMAT = "cnnviz-capture-spec-1"
FILE = f"{FOLDER}/spec.json"
_POOLED = 3  # 1 had no ranges as later layers see them, 2 no times of those


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerAxes:
    """A layer call to record, and where its axes are after the clip axis; None: there is none.

    Without `has_maps` its statistics alone are kept.
    """

    name: str
    time_axis: int | None
    frequency_axis: int | None
    has_maps: bool = True

    @property
    def axes(self) -> tuple[int | None, int | None]:
        """Both positions, time first."""
        return self.time_axis, self.frequency_axis


@dataclass(frozen=True, kw_only=True, slots=True)
class Shard:
    """Clips `start` to `stop` (one past the last) of a capture, and their file."""

    path: Path
    start: int
    stop: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CaptureSpec:
    """Everything that the shards of a capture are computed from; JSON and back.

    Parameters
    ----------
    model
        How to load the model again.
    clips
        Screened, at the model's rate and one length; files are looked for where they were.
    layers
        What to record.
    choices
        As the user made them.
    map_index, audio_index
        Clips whose full maps, and whose waveforms, are kept; int64, ascending.
    batch_size
        Clips in one forward pass.
    shard_clips
        Clips in one shard; the last may have fewer.
    pooling
        How outputs with a time axis become one row per clip; empty: as they are.
    """

    model: ModelReference
    clips: Clips
    layers: tuple[LayerAxes, ...]
    choices: Choices
    map_index: np.ndarray
    audio_index: np.ndarray
    batch_size: int
    shard_clips: int
    pooling: str = ""

    def identity(self) -> dict[str, object]:
        """What a shard of this capture is computed from, in few plain values."""
        recorded_index = {
            "map_index": self.map_index.tolist(),
            "audio_index": self.audio_index.tolist(),
        }
        unlike_older = {
            "pooling of the output": self.pooling,
            "layers without maps": [layer.name for layer in self.layers if not layer.has_maps],
        }
        return {
            **{name: value for name, value in unlike_older.items() if value},
            "model": self.model.digest,
            "frontend": to_json(self.model.frontend),
            "clips": self.clips.digest,
            "layers": [layer.name for layer in self.layers],
            "statistics": _POOLED,
            "maps and audio": to_json(recorded_index),
            "dtype": self.choices.dtype,
            "packing": self.choices.packing,
            "clips per shard": self.shard_clips,
        }

    def shards(self, run: Path) -> tuple[Shard, ...]:
        """All shards in order of their clips."""
        n_clips, size = len(self.clips), self.shard_clips
        return tuple(
            Shard(path=shard_path(run, i), start=start, stop=min(start + size, n_clips))
            for i, start in enumerate(range(0, n_clips, size))
        )

    def to_json(self) -> str:
        """All of it as JSON text; files by absolute path."""
        folder = self.clips.folder
        paths = tuple(
            path.relative_to(folder) if path.is_relative_to(folder) else path.absolute()
            for path in self.clips.paths
        )
        clips = replace(self.clips, folder=folder.absolute(), paths=paths)
        values = {"format": SPEC_FORMAT, **asdict(replace(self, clips=clips))}
        return json.dumps(values, default=_plain)

    @classmethod
    def from_json(cls, text: str, *, source: str) -> "CaptureSpec":
        """Read what `to_json` wrote.

        Raises
        ------
        CaptureFormatError
            If it is no specification of a capture; the text names `source`.
        """
        try:
            values = _checked(json.loads(text))
            return cls(
                model=ModelReference(**_tuples(values["model"])),
                clips=_clips(values["clips"]),
                layers=tuple(LayerAxes(**layer) for layer in values["layers"]),
                choices=Choices(**_tuples(values["choices"])),
                map_index=np.array(values["map_index"], dtype=np.int64),
                audio_index=np.array(values["audio_index"], dtype=np.int64),
                batch_size=int(values["batch_size"]),
                shard_clips=int(values["shard_clips"]),
                pooling=str(values.get("pooling", "")),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CaptureFormatError(
                f"{source} is no specification of a capture ({type(error).__name__}: {error}); "
                "allowed: what cnnviz capture wrote; run it again with --overwrite"
            ) from error


def write_spec(spec: CaptureSpec, run: Path) -> None:
    """Keep a specification in a run folder, whole or not at all.

    The time of the file is that of the first one of the same capture: its clips were screened
    before that.
    """
    path = run / FILE
    try:
        first_ns = screened_ns(run) if read_spec(run).identity() == spec.identity() else None
    except CaptureFormatError:
        first_ns = None
    content = spec.to_json().encode()
    with told_when_full(path, len(content)), replacing(path) as partial:
        partial.write_bytes(content)
        if first_ns is not None:
            os.utime(partial, ns=(first_ns, first_ns))


def screened_ns(run: Path) -> int:
    """When the clips of a run had been screened, in nanoseconds since 1970."""
    return (run / FILE).stat().st_mtime_ns


def read_spec(run: Path) -> CaptureSpec:
    """Read the specification in a run folder.

    Raises
    ------
    CaptureFormatError
        If there is none, or it is damaged.
    """
    path = run / FILE
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CaptureFormatError(
            f"{path} cannot be read ({error}); allowed: the run folder of a capture that was "
            "started; check the path"
        ) from error
    return CaptureSpec.from_json(text, source=str(path))


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    if values["format"] != SPEC_FORMAT:
        raise ValueError(f"format={values['format']!r}, not {SPEC_FORMAT!r}")
    return values


def _plain(value: object) -> object:
    """Arrays and paths in JSON; NaN is null."""
    if isinstance(value, np.ndarray):
        plain = value.astype(object)
        plain[np.isnan(value)] = None
        return plain.tolist()
    return str(value)


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}


def _clips(values: dict[str, Any]) -> Clips:
    numbers = ("labels", "starts", "stops", "durations")
    arrays = {name: np.array(values[name], dtype=np.float64) for name in numbers}  # null is NaN
    folder = Path(values["folder"])
    paths = tuple(folder / path for path in values["paths"])
    return Clips(**{**_tuples(values), **arrays, "folder": folder, "paths": paths})
