"""Centre frequencies of a convolution's channels: of those it gives, and of those it reads."""

from __future__ import annotations

import numpy as np

from cnnviz.dsp.bank import half_power_centres
from cnnviz.dsp.composite import effective_kernel
from cnnviz.dsp.duplicates import phase_degrees
from cnnviz.filterbanks.axes import InputAxes, input_axes, waveform_chain
from cnnviz.filterbanks.layer import Layer
from cnnviz.filterbanks.sources import find_sources
from cnnviz.model import AudioModel
from cnnviz.results import Bank, ChannelOrder


def channel_centres(model: AudioModel | None, layers: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Find the half-power centres in Hz of the channels of convolutions.

    Parameters
    ----------
    model
        The live model; None: nothing is known.
    layers
        Names of layer calls.

    Returns
    -------
    dict of str to np.ndarray
        (channel,) in Hz, NaN for dead channels; layers without a chain of known steps from
        the waveform are left out.
    """
    if model is None or not model.has_graph:
        return {}
    axes = input_axes(model)
    centres = {}
    for source in find_sources(model):
        chain = waveform_chain(source, axes)
        if chain is not None and source.convolution.name in layers:
            taps = effective_kernel(chain, source.n_input_channels).taps.sum(axis=1)
            centres[source.convolution.name] = half_power_centres(taps, axes.sample_rate)
    return centres


def sort_channels(layer: Layer, parent: Bank | None, axes: InputAxes) -> ChannelOrder | None:
    """Sort a layer's input channels by centre frequency; None where they have none.

    The two filters of a quadrature pair are one band: they share a row, at the mean of theirs.

    Parameters
    ----------
    layer
        Taps along time only, or there are no such channels.
    parent
        Bank of the layer that gives the channels.
    axes
        Of the network's input, whose bands may be the channels.
    """
    centres = _input_centres(layer, parent, axes) if layer.is_temporal else None
    if centres is None:
        return None
    of_pair, is_second = np.arange(len(centres)), np.zeros(len(centres), bool)
    for first, second in () if parent is None else quadrature_pairs(parent, centres):
        of_pair[[first, second]], is_second[second] = first, True
    sums, counts = np.bincount(of_pair, centres), np.bincount(of_pair)
    index = np.lexsort((is_second, of_pair, sums[of_pair] / counts[of_pair]))  # NaN last
    row = np.cumsum(np.diff(of_pair[index], prepend=of_pair[index[:1]]) != 0)
    return ChannelOrder(index=index, centre_hz=centres[index], row=row)


def quadrature_pairs(bank: Bank, centres: np.ndarray) -> list[tuple[int, int]]:
    """Filters in quadrature that have a centre, each in one pair, the one that leads first."""
    quadrature_of = bank.table.quadrature_of
    if quadrature_of is None:
        return []
    taps = bank.taps.reshape(len(bank.taps), -1, bank.taps.shape[-1]).astype(np.float64)
    is_free, pairs = np.isfinite(centres), []
    for other in np.flatnonzero(quadrature_of >= 0):
        one = quadrature_of[other]
        if is_free[[one, other]].all():
            is_free[[one, other]] = False
            lags = phase_degrees(taps[one], taps[other][None])[0] < 0
            pairs.append((int(one), int(other)) if lags else (int(other), int(one)))
    return pairs


def _input_centres(layer: Layer, parent: Bank | None, axes: InputAxes) -> np.ndarray | None:
    """Centre frequency in Hz of each input channel, (channel,)."""
    n_channels = layer.taps.shape[1]
    if parent is not None:
        centres, dead = parent.table.centre_hz, parent.table.dead
        if n_channels != len(centres) or not np.isfinite(centres).any():
            return None
        is_read = (layer.taps != 0).any(axis=(0, 2))  # of a dead channel: weights on nothing
        return np.where(dead & is_read, np.nan, centres)
    is_bands = layer.source.chain is not None and n_channels == len(axes.bands_hz)
    return axes.bands_hz if is_bands else None
