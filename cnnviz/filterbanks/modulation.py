"""Filters whose taps span a frequency axis: spectro-temporal modulation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from cnnviz.dsp import modulation as mtf
from cnnviz.dsp import null
from cnnviz.dsp.composite import Step, effective_kernel
from cnnviz.dsp.scales import channels_per_octave, reference_frequency
from cnnviz.filterbanks.axes import InputAxes
from cnnviz.filterbanks.comparison import TwinReading
from cnnviz.filterbanks.layer import Layer
from cnnviz.filterbanks.plane_measures import PlaneMeasures, measure_plane, read_transfers
from cnnviz.results import ChannelOrder, InputKernels, Modulation

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
        Frames per second; None when not known.
    per_octave
        Frequency channels per octave, their mean where `places` are given; None when not known.
    places
        Of the channels on an axis in octaves, in units of their mean spacing, (frequency,);
        None where they lie evenly, or it is not known where.
    reference_hz
        Where `per_octave` holds; None: all over, or not known.
    at_input
        These kernels as they lie on the spectrogram; None for the layer's own taps.
    """

    kernels: np.ndarray
    frame_rate: float | None
    per_octave: float | None = None
    places: np.ndarray | None = None
    reference_hz: float | None = None
    at_input: InputKernels | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaneRipples:
    """Modulation of a plane, and the best ripples as columns of `results.FilterTable`.

    `measured` is what it is compared by with twins.
    """

    measured: PlaneMeasures
    modulation: Modulation
    rate_hz: np.ndarray
    rate_cycles_per_frame: np.ndarray
    scale_cycles_per_octave: np.ndarray
    scale_cycles_per_channel: np.ndarray
    direction: np.ndarray
    separability: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaneShapes:
    """Shapes of kernels on a plane, as columns of `results.FilterTable`, and their twins."""

    shape: tuple[str, ...]
    spectral_flatness: np.ndarray
    tuning_z: np.ndarray
    twins: TwinReading


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelEnergy:
    """Where over frequency channels energy lies, as columns of `results.FilterTable`."""

    peak_hz: np.ndarray
    centre_hz: np.ndarray


def spectrogram_plane(layer: Layer, chain: tuple[Step, ...], axes: InputAxes) -> Plane:
    """Compose the steps of a chain into kernels on the spectrogram's axes."""
    start, jump, rate = layer.source.start, axes.jump, axes.frame_rate
    effective = effective_kernel(chain, layer.source.n_input_channels)
    if not layer.source.origin.stride or start is None:
        jump = None
    at_input = InputKernels(
        taps=effective.taps.sum(axis=1),  # (filter, frequency, time)
        seconds=None if rate is None else np.arange(effective.taps.shape[-1]) / rate,
        offset=(start or 0.0) + effective.offset[-1] * jump if jump else None,
        jump=effective.jump[-1] * jump if jump else None,
    )
    plane = _band_plane(effective.taps, axes, rate)
    return replace(plane, at_input=at_input)


def layer_plane(layer: Layer, channels: ChannelOrder | None, axes: InputAxes) -> Plane:
    """Lay a layer's own taps on the axes that stand for frequency and time.

    Input channels with a centre are the frequency axis, then the channels of a spectrogram;
    else it is that of the taps, of one channel for taps along time.
    """
    source, taps, rate = layer.source, layer.spread(), layer.sample_rate
    if not layer.is_temporal:
        return Plane(kernels=taps, frame_rate=rate)
    if channels is not None and source.parent is not None:
        return _sorted_plane(taps, channels, rate)
    if channels is not None:  # bands of the frontend: their spacing is the axis
        return _band_plane(taps[:, None], axes, rate)
    if source.chain is not None:  # bands without Hz as channels
        return Plane(kernels=taps[:, None], frame_rate=rate)
    is_sound = axes.is_waveform and rate == axes.sample_rate and taps.shape[1] == 1
    return Plane(kernels=taps[:, :, None], frame_rate=None if is_sound else rate)


def read_ripples(plane: Plane) -> PlaneRipples:
    """Transform a plane and read the best ripples, with units where they are known."""
    highest = 0.5
    if plane.reference_hz is None and plane.per_octave is not None:
        highest = min(0.5, _HIGHEST_CYCLES_PER_OCTAVE / plane.per_octave)
    found = read_transfers(plane.kernels, highest_scale=highest, places=plane.places)
    ripples, rate, density = found.ripples, plane.frame_rate, plane.per_octave
    unknown = np.full(len(plane.kernels), np.nan)
    return PlaneRipples(
        measured=found.measures,
        modulation=Modulation(
            values=found.values,
            rates=found.measures.rates * (1.0 if rate is None else rate),
            scales=found.measures.scales * (1.0 if density is None else density),
            rate_unit="cycles/frame" if rate is None else "Hz",
            scale_unit="cycles/channel" if density is None else "cycles/octave",
            reference_hz=plane.reference_hz,
            kernels=plane.at_input,
        ),
        rate_hz=unknown if rate is None else ripples.rate * rate,
        rate_cycles_per_frame=ripples.rate,
        scale_cycles_per_octave=unknown if density is None else ripples.scale * density,
        scale_cycles_per_channel=ripples.scale,
        direction=found.measures.direction,
        separability=ripples.separability,
    )


def label_plane(own: PlaneMeasures, untrained: Iterable[Plane], *, dead: np.ndarray) -> PlaneShapes:
    """Name shapes and compare with kernels as they are before training."""
    read = list(map(partial(_read_twin, own=own), untrained))  # one at a time is held
    is_short = read[0].is_short
    drawn = null.joined([each.traits for each in read])
    verdict = null.judge(own.traits, drawn)
    verdict = replace(
        verdict, peakier=verdict.peakier & ~dead, structured=verdict.structured & ~dead
    )
    named = verdict.peakier | is_short
    return PlaneShapes(
        shape=mtf.name_shapes(own.ends, peakier=named, dead=dead),
        spectral_flatness=own.traits.flatness,
        tuning_z=null.deviations(own.traits, drawn),
        twins=TwinReading(
            n_banks=len(read),
            verdict=verdict,
            shapes=tuple(each.shape for each in read if each.shape),
            directions=tuple(each.direction for each in read),
            modulation=_mean([each.modulation for each in read]),
        ),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _PlaneTwin:
    """One twin: traits, shapes where they are wanted, directions, mean modulation."""

    traits: null.Traits
    is_short: bool
    shape: tuple[str, ...]
    direction: np.ndarray
    modulation: np.ndarray


def _read_twin(twin: Plane, own: PlaneMeasures) -> _PlaneTwin:
    is_short = null.count_taps(twin.kernels[:, 0]) < null.FEWEST_TAPS
    highest = float(own.scales[-1])
    drawn = measure_plane(twin.kernels, highest_scale=highest, places=twin.places)
    every = np.ones(len(twin.kernels), bool)
    return _PlaneTwin(
        traits=drawn.traits,
        is_short=is_short,
        shape=mtf.name_shapes(drawn.ends, peakier=every, dead=~every) if is_short else (),
        direction=drawn.direction,
        modulation=drawn.mean,
    )


def mean_modulation(untrained: Iterable[Plane], own: PlaneMeasures) -> np.ndarray:
    """Mean modulation transfer of twins, float32 (scale, rate)."""
    read = map(partial(_read_twin, own=own), untrained)
    return _mean([each.modulation for each in read])


def _mean(values: Sequence[np.ndarray]) -> np.ndarray:
    return np.asarray(np.mean(values, axis=0), dtype=np.float32)


def count_draws(own: PlaneMeasures, n_draws: int) -> int:
    """Draw fewer untrained kernels where their modulation would take long."""
    cells = len(own.scales) * len(own.rates)
    return int(np.clip(_MOST_DRAWN_VALUES // cells, min(_FEWEST_DRAWS, n_draws), n_draws))


def channel_energy(layer: Layer, channels: ChannelOrder | None) -> ChannelEnergy | None:
    """Centre filters over frequency channels where the energy of their taps lies, if anywhere."""
    if channels is None or not np.isfinite(channels.centre_hz).any():
        return None
    known = np.isfinite(channels.centre_hz)
    centres = channels.centre_hz[known]
    energy = np.square(layer.taps[:, channels.index[known]]).sum(axis=2)  # (filter, channel)
    total = energy.sum(axis=1)
    has_energy = total > 0
    centroid = energy @ centres / np.where(has_energy, total, 1.0)
    return ChannelEnergy(
        peak_hz=np.where(has_energy, centres[energy.argmax(axis=1)], np.nan),
        centre_hz=np.where(has_energy, centroid, np.nan),
    )


def _band_plane(kernels: np.ndarray, axes: InputAxes, frame_rate: float | None) -> Plane:
    """Kernels on the bands of a frontend, with octaves where there are bands in Hz."""
    if len(axes.bands_hz) < 3:
        return Plane(kernels=kernels, frame_rate=frame_rate)
    reference = reference_frequency(axes.bands_hz)
    per_octave = channels_per_octave(axes.bands_hz, reference)
    return Plane(
        kernels=kernels,
        frame_rate=frame_rate,
        per_octave=per_octave if np.isfinite(per_octave) else None,
        reference_hz=reference,
    )


def _sorted_plane(taps: np.ndarray, channels: ChannelOrder, frame_rate: float | None) -> Plane:
    """Taps (filter, channel, time) on channels by centre; those without one are left out.

    The channels of a quadrature pair lie in one row, side by side: their energies add.
    """
    known = np.isfinite(channels.centre_hz) & (channels.centre_hz > 0)
    _, rows = np.unique(channels.rows[known], return_inverse=True)
    place = np.r_[0, rows[1:] == rows[:-1]].astype(int)[: len(rows)]  # in its row
    shape = (len(taps), 1 + place.max(initial=0), rows.max(initial=-1) + 1, taps.shape[2])
    kernels = np.zeros(shape, taps.dtype)  # (filter, place, row, time)
    kernels[:, place, rows] = taps[:, channels.index[known]]
    centres_hz = np.bincount(rows, channels.centre_hz[known]) / np.bincount(rows)
    low, high = np.quantile(centres_hz, (0.05, 0.95)) if known.any() else (1.0, 1.0)
    octaves = np.log2(high / low)
    plane = Plane(kernels=kernels, frame_rate=frame_rate)
    if octaves <= 0:
        return plane
    per_octave = float(0.9 * (len(centres_hz) - 1) / octaves)
    return replace(plane, per_octave=per_octave, places=per_octave * np.log2(centres_hz))
