"""The read-only view of a capture."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from cnnviz.clips import ClipTable
from cnnviz.errors import CaptureFormatError, LayerNotFoundError, ParameterError
from cnnviz.grid import Grid
from cnnviz.provenance import Provenance
from cnnviz.results import LayerRow
from cnnviz.roles import is_ranked
from cnnviz.store.captures import CaptureFile
from cnnviz.store.channels import ExemplarTable, HeardRange
from cnnviz.store.head import CaptureHead
from cnnviz.store.joined import AGAIN

if TYPE_CHECKING:
    import pandas

INDEX = "capture.h5"
_ROWS_SHOWN = 30
_OF_CLIPS = ("scores", "pooled", "maps", "audio")
STATISTICS = ("mean", "max", "rms")
HEARD = ("lowest", "highest")
HIGHEST_CELL = "highest_cell"
"""Of the layer's own output; as later layers see it, after normalisation and activation; when."""


class Capture:
    """A recorded run, read lazily from disk; a context manager.

    Parameters
    ----------
    path
        ``capture.h5``, or the run folder that holds it.

    Raises
    ------
    CaptureFormatError
        If there is no whole capture.
    """

    def __init__(self, path: Path) -> None:
        path = Path(path)
        self.path = path / INDEX if path.is_dir() or path.suffix != ".h5" else path
        self._file = CaptureFile(self.path)
        self.head: CaptureHead = self._file.head

    def __repr__(self) -> str:
        return f"<Capture: {', '.join(self.layers)} of {self.n_clips:,} clips in {self.path}>"

    def _repr_html_(self) -> str:
        rows: str = self.to_dataframe().head(_ROWS_SHOWN).to_html(index=False, escape=True)
        return f"<h4>{escape(repr(self))}</h4>{rows}"

    def to_dataframe(self) -> "pandas.DataFrame":
        """One row per clip: name, label, split, seconds, and the score that is largest.

        Outputs that are no scores have no largest one.
        """
        import pandas

        clips, best = self.clips, {}
        if is_ranked(self.provenance.output_role):
            best = {"best_output": self.logits.argmax(1), "best_score": self.logits.max(1)}
        return pandas.DataFrame(
            {
                "name": clips.names,
                "label": [clips.class_of(clip) for clip in range(len(clips))],
                "split": clips.splits,
                "seconds": clips.durations,
                **best,
            }
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def layers(self) -> tuple[str, ...]:
        """Captured layer calls."""
        return self.head.layers

    @property
    def clips(self) -> ClipTable:
        """Names, labels, splits and what else is known of each clip."""
        return self.head.clips

    @property
    def n_clips(self) -> int:
        """Clips that went through the network."""
        return len(self.clips)

    @property
    def n_corpus(self) -> int:
        """Clips there are: a capture holds all of them."""
        return self.n_clips

    @property
    def labels(self) -> np.ndarray:
        """Class index per clip, int64 (clip,); -1 where not known."""
        return self.clips.labels

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names that `labels` point into."""
        return self.clips.class_names

    @property
    def model_classes(self) -> tuple[str, ...]:
        """Class names of the network in the order of its scores, if it has any."""
        return self.head.model_classes

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self.head.sample_rate

    @property
    def n_samples(self) -> int:
        """Audio samples of each clip as the network heard it."""
        return self.head.n_samples

    @property
    def map_index(self) -> np.ndarray:
        """Clips whose full maps are kept, int64 ascending."""
        return self.head.map_index

    @property
    def map_layers(self) -> tuple[str, ...]:
        """Captured layers whose full maps are kept; of the others there are statistics."""
        return tuple(layer for layer in self.layers if self._has_maps(layer))

    @property
    def audio_index(self) -> np.ndarray:
        """Clips whose waveforms are kept, int64 ascending; holds `map_index`."""
        return self.head.audio_index

    @property
    def layer_rows(self) -> tuple[LayerRow, ...]:
        """All layer calls of the network in order of execution."""
        return self.head.layer_rows

    @property
    def provenance(self) -> Provenance:
        """What ran on what."""
        return self.head.provenance

    @property
    def logits(self) -> np.ndarray:
        """The network's output, float32 (clip, output); time in it is pooled."""
        return self._read("scores/logits")

    def maps(self, layer: str, index: int) -> np.ndarray:
        """Full feature maps of one clip.

        Parameters
        ----------
        layer
            A captured layer.
        index
            Position of the clip in the run; it must be one of `map_index`.

        Returns
        -------
        np.ndarray
            float32 (channel, time) or (channel, frequency, time).

        Raises
        ------
        ParameterError
            If the maps of this clip, or of this layer, were not kept.
        """
        self._check(layer)
        if len(self.map_index) and not self._has_maps(layer):
            raise ParameterError(
                f"layer {layer!r} has no maps in {self.path}, only statistics; allowed: "
                f"{', '.join(self.map_layers)}; capture it with --layer, or a larger --budget"
            )
        row = self._row(self.map_index, index, "maps")
        maps = self._read(f"maps/{layer}/maps", row).astype(np.float32)
        return np.asarray(maps * np.float32(self._read(f"maps/{layer}/scale", row)))

    def grid(self, layer: str) -> Grid:
        """Axes of a layer's maps in Hz and seconds."""
        self._check(layer)
        return self.head.grids[self.layers.index(layer)]

    def pooled(self, layer: str, statistic: str) -> np.ndarray:
        """Statistic of each channel over each clip, float32 (clip, channel).

        Parameters
        ----------
        layer
            A captured layer.
        statistic
            ``"mean"``, ``"max"`` or ``"rms"`` over time (and frequency).
        """
        self._check(layer)
        if statistic not in STATISTICS:
            raise ParameterError(f"statistic={statistic!r}; allowed: {', '.join(STATISTICS)}")
        return self._read(f"pooled/{layer}/{statistic}")

    def heard(self, layer: str) -> HeardRange | None:
        """What later layers see of each channel on each clip; None in captures without it."""
        self._check(layer)
        names = {name: f"pooled/{layer}/{name}" for name in (*HEARD, HIGHEST_CELL)}
        kept = {k: n for k, n in names.items() if self._file.array(n) is not None}
        is_there = set(HEARD) <= set(kept)
        return HeardRange(**{k: self._read(n) for k, n in kept.items()}) if is_there else None

    def exemplars(self, layer: str) -> ExemplarTable:
        """Clips that excite each channel most, and when."""
        self._check(layer)
        clip_index = self._read(f"exemplars/{layer}/clip_index")
        if ((clip_index < -1) | (clip_index >= self.n_clips)).any():
            raise CaptureFormatError(f"{self.path} has exemplars that are no clips; {AGAIN}")
        return ExemplarTable(
            clip_index=clip_index,
            times=self._read(f"exemplars/{layer}/times"),
            values=self._read(f"exemplars/{layer}/values"),
        )

    def waveforms(self, index: int | Sequence[int] | np.ndarray) -> np.ndarray:
        """Waveforms as the network heard them, float32 (clip, samples), full scale 1.

        Parameters
        ----------
        index
            Positions of clips in the run, each one of `audio_index`.

        Raises
        ------
        ParameterError
            If the waveform of a clip was not kept.
        """
        rows = [self._row(self.audio_index, int(i), "waveforms") for i in np.atleast_1d(index)]
        if not rows:
            return np.empty((0, self.n_samples), dtype=np.float32)
        ascending, places = np.unique(rows, return_inverse=True)
        return self._read("audio/waveforms", ascending)[places]

    def attributes(self, layer: str) -> dict[str, object]:
        """Units, receptive field and rounding of a layer's maps, by name."""
        self._check(layer)
        return self._file.attributes(f"pooled/{layer}/mean")

    def _has_maps(self, layer: str) -> bool:
        return self._file.array(f"maps/{layer}/maps") is not None

    def _read(self, name: str, rows: int | np.ndarray | None = None) -> np.ndarray:
        """An array of the capture, or one or several of its rows."""
        array = self._file.array(name)
        group = name.partition("/")[0]
        lengths = {"maps": len(self.map_index), "audio": len(self.audio_index)}
        is_short = group in _OF_CLIPS and (
            getattr(array, "shape", ())[:1] != (lengths.get(group, self.n_clips),)
        )
        if array is None or is_short or array.dtype.kind not in "iuf":
            raise CaptureFormatError(f"{self.path} does not hold {name} of its clips; {AGAIN}")
        return np.asarray(array[()] if rows is None else array[rows])

    def _row(self, index: np.ndarray, clip: int, what: str) -> int:
        row = int(np.searchsorted(index, clip))
        if row == len(index) or index[row] != clip:
            raise ParameterError(
                f"clip {clip} has no {what} in {self.path}; allowed: the {len(index)} positions "
                f"in {'map' if what == 'maps' else 'audio'}_index; capture with more --maps"
            )
        return row

    def _check(self, layer: str) -> None:
        if layer not in self.layers:
            raise LayerNotFoundError(
                f"layer {layer!r} is not in {self.path}; layers: {', '.join(self.layers)}; "
                "record it into a new run with: cnnviz capture MODEL CLIPS --layer NAME --out RUN"
            )


def open_capture(path: Path | str) -> Capture:
    """Open a capture for reading: a run folder or its ``capture.h5``.

    Raises
    ------
    CaptureFormatError
        If there is no whole capture.
    """
    return Capture(Path(path))
