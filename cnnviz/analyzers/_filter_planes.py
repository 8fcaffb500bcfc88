"""Adding frequency channels and modulation to a bank of filters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cnnviz.analyzers import _filter_modulation as modulation
from cnnviz.analyzers._filter_axes import InputAxes
from cnnviz.analyzers._filter_sources import Source, kernel_of
from cnnviz.analyzers._filter_waveform import Settings, policy_text
from cnnviz.dsp.composite import effective_kernel
from cnnviz.dsp.null import draw_kernels
from cnnviz.dsp.response import dilated
from cnnviz.results import FilterBank

UNKNOWN_AXES = (
    "what the axes of this layer's input stand for is not known: frequency before time is taken "
    "for granted, in cycles per channel and per frame; for Hz give --frontend"
)


def with_channels(
    bank: FilterBank,
    source: Source,
    parent: FilterBank | None,
    axes: InputAxes,
    settings: Settings,
) -> FilterBank:
    """Sort the input channels of (filter, channel, time) taps by centre frequency, if any."""
    centres = _channel_centres(bank, source, parent, axes)
    taps = _spread(bank, source)
    if centres.size:
        order = np.argsort(centres, kind="stable")  # NaN last
        bank = replace(bank, channel_order=order, channel_centre_hz=centres[order])
        plane = modulation.sorted_plane(taps[:, order], centres[order], bank.sample_rate)
        if parent is None:  # bands of the frontend: their spacing is the axis
            plane = modulation.band_plane(taps[:, None], axes.bands_hz, bank.sample_rate)
    elif bank.frequencies.size:
        return bank
    elif source.chain is not None:  # bands without Hz as channels
        bank = replace(bank, policy=UNKNOWN_AXES)
        plane = modulation.Plane(kernels=taps[:, None], frame_rate=bank.sample_rate)
    else:
        plane = modulation.Plane(kernels=taps[:, :, None], frame_rate=bank.sample_rate)
    bank = _with_plane(bank, plane, None, settings)
    return bank if bank.frequencies.size else _with_channel_energy(bank)


def with_spectrogram(
    bank: FilterBank, source: Source, axes: InputAxes, settings: Settings
) -> FilterBank:
    """Read (filter, channel, frequency, time) taps as spectro-temporal modulation."""
    if source.chain is None or axes.is_waveform:
        policy = source.reason or UNKNOWN_AXES
        plane = modulation.Plane(kernels=_spread(bank, source), frame_rate=bank.sample_rate)
        return _with_plane(replace(bank, policy=policy), plane, None, settings)
    effective = effective_kernel(source.chain, _n_input_channels(source))
    frame_rate = axes.sample_rate / axes.jump
    known = bool(source.origin.stride)
    start = source.origin.input_field.offset + effective.offset[-1] * axes.jump
    bank = replace(
        bank,
        policy=policy_text(source, source.chain),
        kernels=effective.taps.sum(axis=1),
        kernel_seconds=np.arange(effective.taps.shape[-1]) / frame_rate,
        kernel_offset=start if known else float("nan"),
        kernel_jump=effective.jump[-1] * axes.jump if known else float("nan"),
    )
    plane = modulation.band_plane(effective.taps, axes.bands_hz, frame_rate)
    return _with_plane(bank, plane, source, settings)


def _with_plane(
    bank: FilterBank, plane: modulation.Plane, chained: Source | None, settings: Settings
) -> FilterBank:
    """Add modulation; shapes come from it where there is no response over frequency."""
    read, found = modulation.read_modulation(plane)
    table = replace(
        bank.table,
        rate_hz=read.rate_hz,
        rate_cycles_per_frame=read.ripples.rate,
        scale_cycles_per_octave=read.scale_cycles_per_octave,
        scale_cycles_per_channel=read.ripples.scale,
        direction=read.ripples.direction,
        separability=read.ripples.separability,
    )
    if not bank.frequencies.size:
        n_draws = modulation.count_draws(found, settings.null_draws)
        drawn = _untrained(plane, chained, n_draws, settings.seed)
        shapes = modulation.label_plane(found, plane, untrained=drawn, dead=table.dead)
        table = replace(
            table, shape=shapes.shape, spectral_flatness=shapes.flatness, tuning_z=shapes.tuning_z
        )
    return replace(
        bank,
        modulation=read.modulation,
        rates=read.rates,
        scales=read.scales,
        rate_unit=read.rate_unit,
        scale_unit=read.scale_unit,
        reference_hz=plane.reference_hz,
        table=table,
    )


def _untrained(
    plane: modulation.Plane, chained: Source | None, n_draws: int, seed: int
) -> np.ndarray:
    """Draw kernels as they are before training, on the same plane and with the same gaps."""
    if chained is not None and chained.chain is not None:
        n_channels = _n_input_channels(chained)
        return draw_kernels(chained.chain, n_channels, n_draws=n_draws, seed=seed)
    generator = np.random.default_rng(seed)
    gaps = (plane.kernels == 0).all(axis=0)
    drawn = generator.uniform(-1.0, 1.0, (n_draws, *plane.kernels.shape[1:]))
    return np.where(gaps, 0.0, drawn)


def _with_channel_energy(bank: FilterBank) -> FilterBank:
    """Centre of a filter over frequency channels: where the energy of its taps lies."""
    known = np.isfinite(bank.channel_centre_hz)
    if not known.any():
        return bank
    centres = bank.channel_centre_hz[known]
    taps = bank.taps[:, bank.channel_order[known]].astype(np.float64)
    energy = np.square(taps).sum(axis=2)  # (filter, channel)
    total = energy.sum(axis=1)
    heard = total > 0
    centroid = energy @ centres / np.where(heard, total, 1.0)
    peak = centres[energy.argmax(axis=1)]
    table = replace(
        bank.table,
        peak_hz=np.where(heard, peak, np.nan),
        centre_hz=np.where(heard, centroid, np.nan),
    )
    return replace(bank, table=table)


def _channel_centres(
    bank: FilterBank, source: Source, parent: FilterBank | None, axes: InputAxes
) -> np.ndarray:
    """Centre frequency in Hz of each input channel; empty where channels have none."""
    n_channels = bank.taps.shape[1]
    if parent is not None:
        aligned = n_channels == len(parent.table.dead) and np.isfinite(parent.table.centre_hz).any()
        if not aligned:
            return np.empty(0)
        return np.where(parent.table.dead, np.nan, parent.table.centre_hz)
    if source.chain is not None and n_channels == len(axes.bands_hz):
        return axes.bands_hz
    return np.empty(0)


def _spread(bank: FilterBank, source: Source) -> np.ndarray:
    """Taps with the zeros of their dilation in between, float64."""
    dilation = kernel_of(source.convolution).dilation
    taps = dilated(
        bank.taps.astype(np.float64), max(dilation) if bank.kind == "1d" else dilation[-1]
    )
    if bank.kind == "2d":
        taps = dilated(taps.swapaxes(2, 3), dilation[0]).swapaxes(2, 3)
    return taps


def _n_input_channels(source: Source) -> int:
    n_channels: int = source.origin.weight.shape[1] * source.origin.groups
    return n_channels
