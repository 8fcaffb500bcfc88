"""Banks whose taps span a frequency axis: spectro-temporal modulation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz.dsp import modulation as mtf
from cnnviz.dsp import null
from cnnviz.dsp.scales import channels_per_octave, reference_frequency

_MOST_DRAWN_VALUES = 2**24
_FEWEST_DRAWS = 100
_HIGHEST_CYCLES_PER_OCTAVE = 8.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Plane:
    """Kernels over frequency and time, and what is known of the two axes.

    Parameters
    ----------
    kernels
        (filter, channel, frequency, time), frequency rising.
    frame_rate
        Frames per second; NaN when not known.
    per_octave
        Frequency channels per octave; NaN when not known.
    reference_hz
        Where `per_octave` holds; None: all over, or not known.
    """

    kernels: np.ndarray
    frame_rate: float
    per_octave: float = float("nan")
    reference_hz: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaneModulation:
    """Modulation of a plane, with the fields of `results.FilterBank` and `FilterTable`."""

    modulation: np.ndarray
    rates: np.ndarray
    scales: np.ndarray
    rate_unit: str
    scale_unit: str
    ripples: mtf.Ripples
    rate_hz: np.ndarray
    scale_cycles_per_octave: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaneShapes:
    """Shape label, flatness and tuning of kernels, (filter,)."""

    shape: tuple[str, ...]
    flatness: np.ndarray
    tuning_z: np.ndarray


def band_plane(kernels: np.ndarray, bands_hz: np.ndarray, frame_rate: float) -> Plane:
    """Kernels on the bands of a frontend; `bands_hz` is empty where they have no Hz."""
    if len(bands_hz) < 3:
        return Plane(kernels=kernels, frame_rate=frame_rate)
    reference = reference_frequency(bands_hz)
    return Plane(
        kernels=kernels,
        frame_rate=frame_rate,
        per_octave=channels_per_octave(bands_hz, reference),
        reference_hz=reference,
    )


def sorted_plane(taps: np.ndarray, centres_hz: np.ndarray, frame_rate: float) -> Plane:
    """Kernels (filter, channel, time) on input channels sorted by centre frequency.

    Parameters
    ----------
    taps
        Channels in the order of `centres_hz`.
    centres_hz
        Rising, NaN last (channel,); channels without a centre are left out.
    frame_rate
        Frames per second; NaN when not known.
    """
    known = np.isfinite(centres_hz) & (centres_hz > 0)
    low, high = np.quantile(centres_hz[known], (0.05, 0.95)) if known.any() else (1.0, 1.0)
    octaves = np.log2(high / low)
    per_octave = 0.9 * (known.sum() - 1) / octaves if octaves > 0 else float("nan")
    kernels = taps[:, None, known]  # (filter, 1, channel, time)
    return Plane(kernels=kernels, frame_rate=frame_rate, per_octave=float(per_octave))


def read_modulation(plane: Plane) -> tuple[PlaneModulation, mtf.Modulation]:
    """Transform a plane and read the best ripples, with units where they are known."""
    highest = 0.5
    if plane.reference_hz is None and plane.per_octave > 0:
        highest = min(0.5, _HIGHEST_CYCLES_PER_OCTAVE / plane.per_octave)
    found = mtf.transform(plane.kernels, highest_scale=highest)
    ripples = mtf.read_ripples(found, plane.kernels)
    has_rate, has_octaves = np.isfinite(plane.frame_rate), np.isfinite(plane.per_octave)
    peaks = found.powers.max(axis=(1, 2), keepdims=True)
    relative = np.sqrt(found.powers / np.where(peaks > 0, peaks, 1.0))
    described = PlaneModulation(
        modulation=relative.astype(np.float32),
        rates=found.rates * (plane.frame_rate if has_rate else 1.0),
        scales=found.scales * (plane.per_octave if has_octaves else 1.0),
        rate_unit="Hz" if has_rate else "cycles/frame",
        scale_unit="cycles/octave" if has_octaves else "cycles/channel",
        ripples=ripples,
        rate_hz=ripples.rate * plane.frame_rate,
        scale_cycles_per_octave=ripples.scale * plane.per_octave,
    )
    return described, found


def label_plane(
    found: mtf.Modulation, plane: Plane, *, untrained: np.ndarray, dead: np.ndarray
) -> PlaneShapes:
    """Name shapes and compare with untrained kernels (draw, channel, frequency, time)."""
    highest = float(found.scales[-1])
    drawn = null.measure(mtf.transform(untrained, highest_scale=highest).powers)
    blank = null.limits(drawn, n_taps=null.count_taps(untrained.swapaxes(0, 1)[0]))
    measured = null.measure(found.powers)
    tuned = null.is_tuned(measured, blank)
    return PlaneShapes(
        shape=mtf.label_ripples(found, plane.kernels, tuned=tuned, dead=dead),
        flatness=measured.flatness,
        tuning_z=null.deviations(measured, blank),
    )


def count_draws(found: mtf.Modulation, n_draws: int) -> int:
    """Draw fewer untrained kernels where their modulation would fill the memory."""
    cells = int(np.prod(found.powers.shape[1:]))
    return int(np.clip(_MOST_DRAWN_VALUES // cells, min(_FEWEST_DRAWS, n_draws), n_draws))
