"""One convolution as a bank of filters: taps, responses, modulation, table."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from cnnviz.analyzers._filter_axes import InputAxes
from cnnviz.analyzers._filter_findings import find_sentences, note_filters
from cnnviz.analyzers._filter_planes import with_channels, with_spectrogram
from cnnviz.analyzers._filter_sources import Source, along_time, kernel_of
from cnnviz.analyzers._filter_waveform import (
    Settings,
    WaveformResponses,
    policy_text,
    read_responses,
    waveform_chain,
)
from cnnviz.dsp.bank import BankAnalysis
from cnnviz.dsp.composite import Kernel
from cnnviz.dsp.duplicates import Duplicates, find_duplicates
from cnnviz.dsp.shapes import DEAD, UNTUNED, find_dead
from cnnviz.results import FilterBank, FilterTable
from cnnviz.store.older import as_findings

_RESPONSE_COLUMNS = tuple(
    field.name for field in fields(BankAnalysis) if field.name not in ("dead", "curves")
)


def build_bank(
    source: Source, parent: FilterBank | None, axes: InputAxes, settings: Settings
) -> FilterBank:
    """Read one convolution as a bank of filters.

    Parameters
    ----------
    source
        The convolution, and the way to it from the input.
    parent
        Bank of the layer whose channels it reads, for their centre frequencies.
    axes
        Of the network's input.
    settings
        Parameters of the analyzer.
    """
    bank = _blank(source, parent, axes)
    chain = waveform_chain(source, axes)
    if chain is not None:
        responses = read_responses(source, chain, axes, settings=settings, dead=bank.table.dead)
        bank = _with_responses(bank, responses, axes)
        bank = replace(bank, policy=policy_text(source, chain))
    if bank.taps.ndim == 3:
        bank = with_channels(bank, source, parent, axes, settings)
    else:
        bank = with_spectrogram(bank, source, axes, settings)
    bank = replace(bank, order=_order(bank.table))
    bank = replace(bank, table=replace(bank.table, notes=note_filters(bank)))
    return replace(bank, findings=as_findings(find_sentences(bank)))


def _blank(source: Source, parent: FilterBank | None, axes: InputAxes) -> FilterBank:
    """What is known of a convolution before any transform."""
    convolution = source.convolution
    taps, dilation = _own_taps(source, parent, axes)
    rate = axes.sample_rate / _jump(source, axes)
    dead = find_dead(taps)
    twins = find_duplicates(taps.reshape(len(taps), -1, taps.shape[-1]), dead=dead)
    known = np.isfinite(rate)
    empty, curve = np.empty(0), np.empty((len(taps), 0), np.float32)
    return FilterBank(
        layer=convolution.name,
        kind=f"{taps.ndim - 2}d",
        description=_description(source),
        policy=source.reason,
        sample_rate=rate,
        taps=_narrowed(taps),
        tap_seconds=np.arange(taps.shape[-1]) * dilation[-1] / rate if known else empty,
        kernels=np.empty((0, 0)),
        kernel_seconds=empty,
        kernel_offset=float("nan"),
        kernel_jump=float("nan"),
        frequencies=empty,
        magnitudes_db=curve,
        phases=curve,
        group_delays=curve,
        channel_magnitudes_db=np.empty((0, 0, 0), np.float32),
        channel_order=np.empty(0, np.int64),
        channel_centre_hz=empty,
        modulation=np.empty((0, 0, 0), np.float32),
        rates=empty,
        scales=empty,
        rate_unit="cycles/frame",
        scale_unit="cycles/channel",
        reference_hz=None,
        order=np.arange(len(taps)),
        table=_blank_table(dead, twins),
        findings=(),
    )


def _blank_table(dead: np.ndarray, twins: Duplicates) -> FilterTable:
    unknown = np.full(len(dead), np.nan)
    columns: dict[str, Any] = {field.name: unknown for field in fields(FilterTable)}
    words = {
        "shape": tuple(DEAD if is_dead else UNTUNED for is_dead in dead),
        "notes": ("",) * len(dead),
    }
    found = {"dead": dead, "duplicate_of": twins.index, "duplicate_r": twins.r}
    return FilterTable(**(columns | found | words))


def _with_responses(bank: FilterBank, found: WaveformResponses, axes: InputAxes) -> FilterBank:
    curves = found.analysis.curves
    columns = {name: getattr(found.analysis, name) for name in _RESPONSE_COLUMNS}
    return replace(
        bank,
        kernels=found.kernels,
        kernel_seconds=np.arange(found.kernels.shape[1]) / axes.sample_rate,
        kernel_offset=found.offset,
        kernel_jump=found.jump,
        frequencies=curves.frequencies,
        magnitudes_db=curves.magnitudes_db,
        phases=curves.phases,
        group_delays=curves.group_delays,
        channel_magnitudes_db=found.channel_magnitudes_db,
        table=replace(bank.table, **columns),
    )


def _own_taps(
    source: Source, parent: FilterBank | None, axes: InputAxes
) -> tuple[np.ndarray, tuple[int, ...]]:
    """Taps of the layer itself, filter first, and their dilation per axis."""
    convolution = source.convolution
    weight, dilation = convolution.weight, kernel_of(convolution).dilation
    if convolution.transposed:
        grouped = weight.reshape(convolution.groups, -1, *weight.shape[1:])
        weight = grouped.swapaxes(1, 2).reshape(-1, grouped.shape[1], *weight.shape[2:])
    on_line = waveform_chain(source, axes) is not None or (
        parent is not None and parent.kind == "1d"
    )
    if weight.ndim == 3 or not on_line:
        return weight, dilation
    line = along_time((kernel_of(convolution),))
    if line is None or not isinstance(line[0], Kernel):
        return weight, dilation
    return line[0].taps, line[0].dilation


def _jump(source: Source, axes: InputAxes) -> float:
    """Audio samples per cell of a layer's input; NaN where not known."""
    convolution = source.convolution
    if convolution.stride:
        return float(convolution.time_axis_jump)
    reads_input = source.chain is not None and source.parent is None
    if reads_input and (waveform_chain(source, axes) is not None or not axes.is_waveform):
        return axes.jump
    return float("nan")


def _description(source: Source) -> str:
    convolution = source.convolution
    sizes = convolution.weight.shape
    n_axes = len(sizes) - 2
    n_filters, n_channels = sizes[0], sizes[1] * convolution.groups
    if convolution.transposed:
        n_filters, n_channels = sizes[1] * convolution.groups, sizes[0]
    name = f"{'ConvTranspose' if convolution.transposed else 'Conv'}{n_axes}d"
    taps = "x".join(map(str, sizes[2:]))
    text = f"{name} {n_channels}->{n_filters}, {taps} taps"
    if not convolution.stride:
        return f"{text} (no graph: from weights alone)"
    text += f", stride {_short(convolution.stride)}"
    if set(convolution.dilation) != {1}:
        text += f", dilation {_short(convolution.dilation)}"
    return text + (f", {convolution.groups} groups" if convolution.groups > 1 else "")


def _short(sizes: tuple[int, ...]) -> str:
    return str(sizes[0]) if len(set(sizes)) == 1 else "x".join(map(str, sizes))


def _narrowed(taps: np.ndarray) -> np.ndarray:
    """As float32 where nothing is lost."""
    narrow = taps.astype(np.float32)
    return narrow if np.array_equal(narrow, taps) else taps


def _order(table: FilterTable) -> np.ndarray:
    """Rows by centre frequency, then by rate and scale; dead filters last."""
    keys = (table.scale_cycles_per_channel, table.rate_cycles_per_frame, table.centre_hz)
    return np.lexsort((*keys, table.dead))
