"""Convolutions as banks of filters: taps, responses, modulation, table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from cnnviz.dsp.composite import Step, nonlinear_steps
from cnnviz.dsp.duplicates import find_duplicates
from cnnviz.dsp.null import count_taps
from cnnviz.filterbanks import findings
from cnnviz.filterbanks import modulation as planes
from cnnviz.filterbanks.axes import InputAxes, input_axes, spectrogram_chain, waveform_chain
from cnnviz.filterbanks.channels import sort_channels
from cnnviz.filterbanks.influence import with_influence
from cnnviz.filterbanks.layer import Layer, describe, read_layer
from cnnviz.filterbanks.sources import Source, find_sources, select
from cnnviz.filterbanks.waveform import Settings, read_responses
from cnnviz.model import AudioModel
from cnnviz.results import Bank, ChannelOrder, FilterTable, Modulation, Responses

UNKNOWN_AXES = (
    "what the axes of this layer's input stand for is not known: frequency before time is taken "
    "for granted, in cycles per channel and per frame; for Hz give --frontend"
)


def read_banks(
    model: AudioModel,
    layers: Sequence[str],
    settings: Settings,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Bank, ...]:
    """Read convolutions of a model as digital filters.

    Parameters
    ----------
    model
        With finite weights.
    layers
        Names of convolutions; empty: the first two.
    settings
        Parameters of the analyzer.
    progress
        Called with (layers done, layers in all).

    Raises
    ------
    ModelLoadError
        If weights are not finite or there is no convolution.
    LayerNotFoundError
        If a name is not that of a convolution.
    """
    sources = with_influence(model, select(find_sources(model), layers))
    axes = input_axes(model)
    banks: dict[str, Bank] = {}
    for done, source in enumerate(sources):
        _add_bank(banks, source, axes, settings)
        if progress is not None:
            progress(done + 1, len(sources))
    return tuple(banks[source.convolution.name] for source in sources)


def _add_bank(banks: dict[str, Bank], source: Source, axes: InputAxes, settings: Settings) -> Bank:
    """Build the bank of a layer once, after those of the layers it reads."""
    name = source.convolution.name
    if name not in banks:
        parent_source = source.parent
        parent = None if parent_source is None else _add_bank(banks, parent_source, axes, settings)
        banks[name] = build_bank(source, parent, axes, settings)
    return banks[name]


def build_bank(source: Source, parent: Bank | None, axes: InputAxes, settings: Settings) -> Bank:
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
    layer = read_layer(source, parent, axes)
    channels = sort_channels(layer, parent, axes)
    measured = _read(layer, channels, axes, settings)
    table = _table(layer, measured)
    facts = findings.BankFacts(
        layer=source.convolution.name,
        n_taps=_n_taps(layer, channels, measured),
        table=table,
        responses=measured.responses,
        modulation=measured.modulation,
    )
    return Bank(
        layer=source.convolution.name,
        kind="1d" if layer.is_temporal else "2d",
        description=describe(source),
        policy=measured.policy,
        sample_rate=layer.sample_rate,
        taps=_narrowed(layer.taps),
        tap_seconds=layer.tap_seconds,
        responses=measured.responses,
        modulation=measured.modulation,
        channels=channels,
        order=_order(table),
        table=table,
        findings=findings.describe_bank(facts),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Measured:
    """A layer where its taps could be brought to; `columns` hold columns of the table."""

    policy: str
    responses: Responses | None = None
    modulation: Modulation | None = None
    columns: tuple[object, ...]


def _read(
    layer: Layer, channels: ChannelOrder | None, axes: InputAxes, settings: Settings
) -> _Measured:
    """Read a layer as near to the network's input as its taps can be brought."""
    chain = waveform_chain(layer.source, axes)
    if chain is not None:
        return _read_at_waveform(layer, channels, chain, axes, settings)
    chain = spectrogram_chain(layer.source, axes)
    if chain is not None and not layer.is_temporal:
        return _read_at_spectrogram(layer, chain, axes, settings)
    plane = planes.layer_plane(layer, channels, axes)
    ripples = planes.read_ripples(plane)
    shapes = planes.label_plane(plane, ripples.transform, settings, dead=layer.dead)
    return _Measured(
        policy=layer.source.reason or ("" if channels is not None else UNKNOWN_AXES),
        modulation=ripples.modulation,
        columns=(ripples, shapes, planes.channel_energy(layer, channels)),
    )


def _read_at_waveform(
    layer: Layer,
    channels: ChannelOrder | None,
    chain: tuple[Step, ...],
    axes: InputAxes,
    settings: Settings,
) -> _Measured:
    filters = read_responses(
        layer.source, chain, axes.sample_rate, settings=settings, dead=layer.dead
    )
    ripples = None
    if channels is not None:
        ripples = planes.read_ripples(planes.layer_plane(layer, channels, axes))
    return _Measured(
        policy=_policy(layer.source, chain),
        responses=filters.responses,
        modulation=None if ripples is None else ripples.modulation,
        columns=(filters.analysis, ripples),
    )


def _read_at_spectrogram(
    layer: Layer, chain: tuple[Step, ...], axes: InputAxes, settings: Settings
) -> _Measured:
    plane = planes.spectrogram_plane(layer, chain, axes)
    ripples = planes.read_ripples(plane)
    shapes = planes.label_plane(plane, ripples.transform, settings, dead=layer.dead)
    return _Measured(
        policy=_policy(layer.source, chain),
        modulation=ripples.modulation,
        columns=(ripples, shapes),
    )


def _policy(source: Source, chain: Sequence[Step]) -> str:
    """Say how the steps of a chain were joined; empty for a layer that reads the input."""
    names = []
    current: Source | None = source
    while current is not None:
        names.append(current.convolution.name)
        current = current.parent
    if len(chain) == 1:
        return ""
    replaced = tuple(dict.fromkeys(nonlinear_steps(chain)))
    joined = f"composite of {', '.join(reversed(names))} at the network's input"
    if len(names) == 1:
        joined = f"{names[0]} and the steps before it at the network's input"
    if not replaced:
        where = "before" if len(names) == 1 else "between"
        return f"{joined}; exact, all steps {where} are linear"
    return f"{joined} under the policy identity: {', '.join(map(_replacement, replaced))}"


def _replacement(name: str) -> str:
    return "max-pool as average" if name == "max-pool" else f"{name} as gain 1"


def _table(layer: Layer, measured: _Measured) -> FilterTable:
    """Columns of all readings; what none of them has is NaN."""
    duplicates = find_duplicates(
        layer.taps.reshape(len(layer.taps), -1, layer.taps.shape[-1]), dead=layer.dead
    )
    names = [field.name for field in fields(FilterTable)]
    columns: dict[str, Any] = dict.fromkeys(names, np.full(len(layer.taps), np.nan))
    for record in measured.columns:
        columns |= {name: getattr(record, name) for name in names if hasattr(record, name)}
    columns |= {"dead": layer.dead, "duplicate_of": duplicates.index, "duplicate_r": duplicates.r}
    columns["notes"] = findings.note_filters(columns["shape"], duplicates, measured.responses)
    return FilterTable(**columns)


def _n_taps(layer: Layer, channels: ChannelOrder | None, measured: _Measured) -> int:
    """Taps of one filter, or of one of its channels, on the axes its shape was read from."""
    read_from = measured.responses or measured.modulation
    if read_from is not None and read_from.kernels is not None:
        return count_taps(read_from.kernels.taps)
    taps = layer.taps
    return count_taps(taps if channels is not None else taps.reshape(-1, *taps.shape[2:]))


def _narrowed(taps: np.ndarray) -> np.ndarray:
    """As float32 where nothing is lost."""
    narrow = taps.astype(np.float32)
    return narrow if np.array_equal(narrow, taps) else taps


def _order(table: FilterTable) -> np.ndarray:
    """Rows by centre frequency, then by rate and scale; dead filters last."""
    keys = (table.scale_cycles_per_channel, table.rate_cycles_per_frame, table.centre_hz)
    return np.lexsort((*keys, table.dead))
