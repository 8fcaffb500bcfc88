"""Frequency axes that a network makes itself: by `stft`, Fourier kernels and mel matrices.

Each band keeps its frequency in cycles per audio sample until a window slides over the bands.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from torch import Tensor

from cnnviz.dsp.fourier import centres_of_rows, fourier_frequencies
from cnnviz.grid import ReceptiveField
from cnnviz.trace.geometry import (
    BANDS,
    FREQUENCY,
    PLAIN,
    TIME,
    Extent,
    Geometry,
    Part,
    labels_of,
)
from cnnviz.trace.operation import Operation
from cnnviz.trace.weights import as_float64


def without_bands(source: Geometry) -> Geometry:
    """The same with plain cells in place of bands."""
    extents = {label: extent for label, extent in source.extents.items() if label != BANDS}
    return Geometry(dims=_plain_bands(source.dims), extents=extents)


def with_bands(
    source: Geometry, dims: Iterable[tuple[Part, ...]], axis: int, cycles: Iterable[float]
) -> Geometry:
    """Geometry of a result whose `axis` is a new axis of bands, one cell each."""
    bare = without_bands(source).with_dims(_plain_bands(dims))
    frequencies = tuple(map(float, cycles))
    n_bands = len(frequencies)
    extent = Extent(field=ReceptiveField(), start=0.0, stop=float(n_bands), cycles=frequencies)
    new_dims = [((BANDS, n_bands),) if i == axis else dim for i, dim in enumerate(bare.dims)]
    return Geometry(dims=tuple(new_dims), extents={**bare.extents, BANDS: extent})


def is_waveform(source: Geometry, axis: int) -> bool:
    """Whether an axis of a tensor is that of audio samples."""
    time = source.extents.get(TIME)
    is_bare = FREQUENCY not in source.extents and BANDS not in source.extents
    is_time = labels_of(source.dims[axis]) == (TIME,) and len(source.dims[axis]) == 1
    return is_bare and is_time and time is not None and time.field.jump == 1


def fourier_cycles(op: Operation) -> np.ndarray | None:
    """Cycles per sample of a convolution's filters where they are Fourier kernels, else None."""
    weight: Tensor = op.arguments["weight"]
    if weight.ndim != 3 or weight.shape[1] != 1 or op.arguments["transposed"]:
        return None
    if not is_waveform(op.source, 2) or set(op.arguments["dilation"]) != {1}:
        return None
    return fourier_frequencies(as_float64(weight)[:, 0])


def gathered(
    source: Geometry, axis: int, dims: Iterable[tuple[Part, ...]], weights: Tensor
) -> Geometry | None:
    """Bands that a constant (band, bin) matrix gathers from the bands of `axis`, if it does."""
    extent = source.extents.get(BANDS)
    if extent is None or source.dims[axis] != ((BANDS, source.length(BANDS)),):
        return None
    if not extent.cycles or weights.ndim != 2 or weights.is_complex():
        return None
    centres = centres_of_rows(as_float64(weights), np.array(extent.cycles))
    return None if centres is None else with_bands(source, dims, axis, centres)


def with_cut_bands(geometry: Geometry, source: Geometry, start: int, step: int) -> Geometry:
    """Give bands that were cut out their frequencies; bands of one frequency are one cell."""
    before, extent = source.extents[BANDS], geometry.extents[BANDS]
    if not before.cycles or not geometry.length(BANDS):
        return geometry
    cycles = before.cycles[start::step][: geometry.length(BANDS)]
    moved = before.cycles.index(cycles[0]) - start
    cut = Extent(
        field=replace(extent.field, offset=extent.field.offset + moved),
        start=extent.start + moved,
        stop=extent.stop + moved,
        cycles=cycles,
    )
    return geometry.with_extent(BANDS, cut)


def _plain_bands(dims: Iterable[tuple[Part, ...]]) -> tuple[tuple[Part, ...], ...]:
    """Axes whose bands are plain cells."""
    return tuple(tuple((PLAIN if label == BANDS else label, n) for label, n in dim) for dim in dims)
