"""Cells of a spectrogram of clips, and which of them each cell of a layer sees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import torch

from cnnviz.dsp.strf import pooled
from cnnviz.frontend import FrontendSpec, build_frontend
from cnnviz.grid import ReceptiveField
from cnnviz.model import AudioModel

_FRAME_SECONDS, _HOP_SECONDS, _N_MELS, _TOP_DB = 0.016, 0.005, 32, 80.0
_MOST_WEIGHTS, _BANDS_KEPT = 768, 32
_ROUNDING = 0.01  # frames: centres of frames and of cells may differ by half an audio sample
_N_TOGETHER = 16
_WORDS = MappingProxyType(
    {
        "log_mel": "the network's own log-mel cells",
        "mfcc": "log-mel cells under the network's cepstral coefficients",
        "waveform": "log-mel cells of the clips, which the network hears as waveforms",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SpectrogramCells:
    """A spectrogram of clips.

    Parameters
    ----------
    values
        (clip, band, frame).
    frequencies
        Hz, (band,).
    frames
        Audio samples that frames see.
    words
        What it is.
    is_own
        Whether the network hears nothing else: its cells see whole frames only.
    """

    values: np.ndarray
    frequencies: np.ndarray
    frames: ReceptiveField
    words: str
    is_own: bool

    def reach(self, field: ReceptiveField) -> float:
        """Audio samples between the centres of the first and the last frame that a cell sees."""
        return max(field.size - (self.frames.size if self.is_own else 0.0), 0.0)

    def coarse(self, reach: float) -> SpectrogramCells:
        """Means over neighbours, where there would be too many weights otherwise."""
        n_bands = len(self.frequencies)
        if n_bands * n_lags(reach, self.frames) <= _MOST_WEIGHTS:
            return self
        bands = -(-n_bands // _BANDS_KEPT)
        most_lags = _MOST_WEIGHTS // -(-n_bands // bands)
        frames = 1
        while n_lags(reach, _joined(self.frames, frames)) > most_lags:
            frames += 1
        hertz = pooled(self.frequencies[None, :, None], n_bands=bands, n_frames=1)
        return replace(
            self,
            values=pooled(self.values, n_bands=bands, n_frames=frames),
            frequencies=hertz[0, :, 0],
            frames=_joined(self.frames, frames),
        )


def n_lags(reach: float, frames: ReceptiveField) -> int:
    """Frames whose centres lie in a reach of audio samples."""
    return int(np.floor(reach / frames.jump + _ROUNDING)) + 1


def _joined(frames: ReceptiveField, n: int) -> ReceptiveField:
    return replace(frames, jump=n * frames.jump, size=frames.size + (n - 1) * frames.jump)


def spectrogram_cells(model: AudioModel, waveforms: np.ndarray) -> SpectrogramCells:
    """The network's own spectrogram of clips (clip, samples), else a log-mel spectrogram.

    Cepstral coefficients have no frequencies: the log-mel levels that they are made of are taken.
    """
    own, rate = model.frontend.spec, model.sample_rate
    frontend = build_frontend(_log_mel(own, rate), sample_rate=rate)
    with torch.no_grad():
        values = np.concatenate(
            [
                frontend(torch.from_numpy(waveforms[start : start + _N_TOGETHER]))[:, 0].numpy()
                for start in range(0, len(waveforms), _N_TOGETHER)
            ]
        )
    grid = frontend.grid(waveforms.shape[1])
    assert grid.receptive_field is not None
    size, hop = (1000 * n / rate for n in (grid.receptive_field.size, grid.receptive_field.jump))
    return SpectrogramCells(
        values=_finite(values),
        frequencies=grid.frequencies,
        frames=grid.receptive_field,
        words=f"{_WORDS[own.kind]}: {values.shape[1]} bands, {size:.3g} ms every {hop:.3g} ms",
        is_own=own.kind != "waveform",
    )


def _finite(values: np.ndarray) -> np.ndarray:
    """The logarithm of nothing becomes the lowest level there is."""
    known = values[np.isfinite(values)]
    lowest = known.min() if len(known) else 0.0
    return np.asarray(np.where(np.isfinite(values), values, lowest))


def _log_mel(own: FrontendSpec, rate: int) -> FrontendSpec:
    if own.kind == "log_mel":
        return own
    if own.kind == "mfcc":
        return replace(own, kind="log_mel", mean=0.0, std=1.0)
    return FrontendSpec(
        kind="log_mel",
        n_fft=2 ** round(np.log2(_FRAME_SECONDS * rate)),
        hop_length=max(1, round(_HOP_SECONDS * rate)),
        n_mels=_N_MELS,
        top_db=_TOP_DB,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """Which frames answers are regressed on.

    Parameters
    ----------
    starts
        First frame of each row, int (row,).
    n_lags
        Frames of a row.
    cells
        Cells of the layer that see them, (cell,), in order.
    firsts
        Place among `cells` of the first one of each row, (row,); a row has the mean of its cells.
    """

    starts: np.ndarray
    n_lags: int
    cells: np.ndarray
    firsts: np.ndarray

    def means(self, activations: np.ndarray) -> np.ndarray:
        """Mean over the cells of each row, (..., time) to (..., row)."""
        sizes = np.diff(np.append(self.firsts, len(self.cells)))
        return np.asarray(np.add.reduceat(activations[..., self.cells], self.firsts, -1) / sizes)


def rows_of(field: ReceptiveField, n_cells: int, cells: SpectrogramCells, reach: float) -> Rows:
    """Rows of a layer's cells, those that see padding left out.

    Parameters
    ----------
    field
        Audio samples that the cells of the layer see.
    n_cells
        Of the layer along time.
    cells
        Of the spectrogram.
    reach
        Audio samples about the centre of a cell that hold the centres of its frames.
    """
    frames, lags = cells.frames, n_lags(reach, cells.frames)
    begin = field.centres(n_cells) - reach / 2 - frames.centres(1)[0]
    starts = np.ceil(begin / frames.jump - _ROUNDING).astype(int)
    inside = np.flatnonzero((starts >= 0) & (starts + lags <= cells.values.shape[2]))
    rows, firsts = np.unique(starts[inside], return_index=True)
    return Rows(starts=rows, n_lags=lags, cells=inside, firsts=firsts)
