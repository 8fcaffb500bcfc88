"""Filters as real and imaginary parts: of complex weights, of paired layers, of one layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from cnnviz.dsp.analytic import analyticity, two_sided_db, two_sided_frequencies
from cnnviz.dsp.composite import effective_kernel
from cnnviz.filterbanks.axes import InputAxes, axes_of, waveform_chain
from cnnviz.filterbanks.channels import quadrature_pairs
from cnnviz.filterbanks.sources import Source
from cnnviz.results import Bank, ComplexPairs

_PARTS = ("real", "imag")


def with_pairs(bank: Bank, sources: Sequence[Source], axes: InputAxes) -> Bank:
    """Add what a bank's filters are as complex ones.

    Parameters
    ----------
    bank
        Without responses it stays as it is.
    sources
        All convolutions of the model: two that differ in name by ``real`` and ``imag`` alone are
        the parts of complex filters.
    axes
        Of the network's input.
    """
    if bank.responses is None:
        return bank
    taps = bank.responses.kernels.taps.astype(np.float64)  # (filter, tap)
    rate = 2 * float(bank.responses.frequencies[-1])
    other = _other_part(bank.layer, taps, sources, axes)
    if other is not None:
        every = np.arange(len(taps))
        return replace(bank, pairs=_pairs(other[0], other[1], rate, every, every))
    found = quadrature_pairs(bank, bank.table.centre_hz)
    if not found:
        return bank
    first, second = np.array(found).T
    made = _pairs("quadrature pairs", taps[first] + 1j * taps[second], rate, first, second)
    return replace(bank, pairs=made)


def other_parts(layers: Sequence[str]) -> tuple[str, ...]:
    """Names that the other parts of layers would have: of ``conv_real`` ``conv_imag``."""
    return tuple(other for layer in layers for _, other in _swapped(layer))


def _swapped(layer: str) -> Iterator[tuple[str, str]]:
    """Part that a name says it is, and the name of the other one."""
    for own, other in (_PARTS, _PARTS[::-1]):
        head, part, tail = layer.rpartition(own)
        if part:
            yield own, f"{head}{other}{tail}"


def _other_part(
    layer: str, taps: np.ndarray, sources: Sequence[Source], axes: InputAxes
) -> tuple[str, np.ndarray] | None:
    """Names of the two layers, and their complex taps; None where a layer is no part."""
    by_name = {source.convolution.name: source for source in sources}
    for own, name in _swapped(layer):
        chain = None
        if name in by_name:
            chain = waveform_chain(by_name[name], axes_of(by_name[name], axes))
        if chain is None:
            continue
        beside = effective_kernel(chain, by_name[name].n_input_channels).taps.sum(axis=1)
        if beside.shape == taps.shape:
            real, imaginary = (taps, beside) if own == "real" else (beside, taps)
            names = (layer, name) if own == "real" else (name, layer)
            return f"real and imaginary part, {' and '.join(names)}", real + 1j * imaginary
    return None


def _pairs(
    source: str, taps: np.ndarray, sample_rate: float, first: np.ndarray, second: np.ndarray
) -> ComplexPairs:
    levels = two_sided_db(taps)
    return ComplexPairs(
        source=source,
        first=first,
        second=second,
        frequencies=two_sided_frequencies(levels.shape[1], sample_rate),
        magnitudes_db=levels,
        analyticity=analyticity(taps),
    )
