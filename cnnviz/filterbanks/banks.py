"""Convolutions as banks of filters: taps, responses, modulation, table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from cnnviz.dsp.duplicates import Duplicates, find_duplicates, likeness_limit
from cnnviz.dsp.null import count_taps
from cnnviz.filterbanks import findings
from cnnviz.filterbanks.axes import InputAxes, axes_of
from cnnviz.filterbanks.cepstra import read_cepstra
from cnnviz.filterbanks.channels import sort_channels
from cnnviz.filterbanks.comparison import REPEAT_FILTERS, compare, compare_repeats
from cnnviz.filterbanks.complex_pairs import other_parts, with_pairs
from cnnviz.filterbanks.drift import Drift, measure_drift, measure_spectral_drift
from cnnviz.filterbanks.facts import BankFacts
from cnnviz.filterbanks.front_ends import describe_kernels
from cnnviz.filterbanks.influence import with_influence
from cnnviz.filterbanks.kernels import narrowed
from cnnviz.filterbanks.layer import Layer, describe, read_layer
from cnnviz.filterbanks.reading import Measured, ModelFacts, read, read_facts
from cnnviz.filterbanks.sources import Source, find_sources, select
from cnnviz.filterbanks.summary import summarise
from cnnviz.filterbanks.twins import Twins, choose
from cnnviz.filterbanks.waveform import Settings
from cnnviz.hooks import borrowed
from cnnviz.memory import give_back
from cnnviz.model import AudioModel
from cnnviz.results import Bank, ChannelOrder, FilterTable, TwinRange, Untrained


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
    every = find_sources(model, [*layers, *other_parts(layers)])
    sources = with_influence(model, select(every, layers))
    banks: dict[str, Bank] = {}
    with borrowed(model.network):  # factories and layers are called for untrained twins
        model_facts = read_facts(model, sources, settings)
        for done, source in enumerate(sources):
            _add_bank(banks, source, model_facts)
            if progress is not None:
                progress(done + 1, len(sources))
            give_back()
    found = (banks[source.convolution.name] for source in sources)
    return tuple(with_pairs(bank, every, model_facts.axes) for bank in found)


def _add_bank(banks: dict[str, Bank], source: Source, model: ModelFacts) -> Bank:
    """Build the bank of a layer once, after those of the layers it reads."""
    name = source.convolution.name
    if name not in banks:
        parent = None if source.parent is None else _add_bank(banks, source.parent, model)
        banks[name] = build_bank(source, parent, model)
    return banks[name]


def build_bank(source: Source, parent: Bank | None, model: ModelFacts) -> Bank:
    """Read one convolution as a bank of filters.

    Parameters
    ----------
    source
        The convolution, and the way to it from the input.
    parent
        Bank of the layer whose channels it reads, for their centre frequencies.
    model
        What the banks of a model share.
    """
    model = replace(model, axes=axes_of(source, model.axes))
    axes = model.axes
    layer = read_layer(source, parent, axes)
    channels = sort_channels(layer, parent, axes)
    twins = choose(model.nulls, source)
    measured = read(layer, channels, parent, twins, model)
    repeats = _find_repeats(layer, parent, twins, axes)
    drift = measure_drift(layer, parent, model.initial, axes)
    table = _table(layer, measured, repeats.found, drift)
    moved = measure_spectral_drift(layer, measured.responses, drift, model.initial, axes)
    untrained = _untrained(twins, measured, table, repeats)
    summary = summarise(layer, measured, table, axes)
    facts = BankFacts(
        layer=source.convolution.name,
        n_taps=_n_taps(layer, channels, measured),
        table=table,
        details=measured.details,
        responses=measured.responses,
        modulation=measured.modulation,
        untrained=untrained,
        is_influence_known=source.influence is not None and bool(source.influence.any()),
        summary=summary,
        drift=moved,
    )
    return Bank(
        layer=source.convolution.name,
        kind="1d" if layer.is_temporal else "2d",
        description=describe(source),
        policy=_policy_with_front_end(source, measured.policy),
        sample_rate=layer.sample_rate,
        taps=narrowed(layer.taps),
        tap_seconds=layer.tap_seconds,
        responses=measured.responses,
        modulation=measured.modulation,
        channels=channels,
        order=_order(table),
        table=table,
        findings=describe_kernels(source.convolution.name, len(layer.taps))
        if source.convolution.is_fourier
        else findings.describe_bank(facts),
        untrained=untrained,
        summary=summary,
        cepstra=read_cepstra(layer, model.cepstral),
        details=measured.details,
        drift=moved,
    )


def _untrained(
    twins: Twins, measured: Measured, table: FilterTable, repeats: _Repeats
) -> Untrained:
    """What the bank was held against, and where it lies."""
    return Untrained(
        null=twins.null.text,
        is_own=twins.null.is_own,
        n_banks=measured.twins.n_banks,
        ranges=(*compare(table, measured.details, measured.twins), repeats.range),
        least_repeat=repeats.threshold,
        modulation=measured.twins.modulation,
    )


def _policy_with_front_end(source: Source, policy: str) -> str:
    parts = () if source.front_end is None else (source.front_end.describe(),)
    return "; ".join([*parts, *([policy] if policy else [])])


@dataclass(frozen=True, kw_only=True, slots=True)
class _Repeats:
    """Repetitions in a layer, the least correlation that counts, and those of its twins."""

    found: Duplicates
    threshold: float
    range: TwinRange


def _find_repeats(layer: Layer, parent: Bank | None, twins: Twins, axes: InputAxes) -> _Repeats:
    def read_twin(twin: Source) -> np.ndarray:
        return _rows(read_layer(twin, parent, axes).taps)

    def banks() -> Iterator[np.ndarray]:  # drawn again each time: all at once fill the memory
        return map(read_twin, twins.draw(REPEAT_FILTERS))

    threshold = likeness_limit(banks())
    unjudged = layer.dead | layer.source.convolution.is_fourier  # cosine and sine are alike
    found = find_duplicates(_rows(layer.taps), dead=unjudged, threshold=threshold)
    n_repeating = int((found.index >= 0).sum())
    beside = compare_repeats(n_repeating, banks(), threshold)
    return _Repeats(found=found, threshold=threshold, range=beside)


def _rows(taps: np.ndarray) -> np.ndarray:
    """Taps as (filter, channel, time)."""
    return taps.reshape(len(taps), -1, taps.shape[-1])


def _table(
    layer: Layer, measured: Measured, duplicates: Duplicates, drift: Drift | None
) -> FilterTable:
    """Columns of all readings; what none of them has is NaN."""
    names = [field.name for field in fields(FilterTable)]
    columns: dict[str, Any] = dict.fromkeys(names, np.full(len(layer.taps), np.nan))
    for record in (*measured.columns, measured.twins.verdict, drift):
        columns |= {name: getattr(record, name) for name in names if hasattr(record, name)}
    columns |= {"dead": layer.dead, "duplicate_of": duplicates.index, "duplicate_r": duplicates.r}
    columns["quadrature_of"] = duplicates.quadrature
    columns["notes"] = findings.note_filters(columns["shape"], duplicates, measured.responses)
    return FilterTable(**columns)


def _n_taps(layer: Layer, channels: ChannelOrder | None, measured: Measured) -> int:
    """Taps of one filter, or of one of its channels, on the axes its shape was read from."""
    read_from = measured.responses or measured.modulation
    if read_from is not None and read_from.kernels is not None:
        return count_taps(read_from.kernels.taps)
    taps = layer.taps
    return count_taps(taps if channels is not None else taps.reshape(-1, *taps.shape[2:]))


def _order(table: FilterTable) -> np.ndarray:
    """Rows by centre frequency, then by rate and scale; dead filters last."""
    keys = (table.scale_cycles_per_channel, table.rate_cycles_per_frame, table.centre_hz)
    return np.lexsort((*keys, table.dead))
