"""Rules of operations that cut and paste along an axis."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from cnnviz.grid import UPPER
from cnnviz.trace.bands import with_cut_bands
from cnnviz.trace.geometry import (
    BANDS,
    PLAIN,
    Geometry,
    Part,
    elementwise,
    labels_of,
    length_of,
    unknown,
)
from cnnviz.trace.operation import Operation, Rule
from cnnviz.trace.windows import slide_along, window_extent


def _slice(op: Operation) -> Geometry:
    axis = op.arguments["dim"] % len(op.shape)
    n_in = length_of(op.source.dims[axis])
    start, _, step = slice(
        op.arguments["start"], op.arguments["end"], op.arguments.get("step", 1)
    ).indices(n_in)
    return _cut(op, axis, start, op.shape[axis], step)


def _cut(op: Operation, axis: int, start: int, n_out: int, step: int = 1) -> Geometry:
    dims = list(op.source.dims)
    if n_out == length_of(dims[axis]):
        return op.source
    window = {"kernel": 1, "stride": step, "dilation": 1, "padding": -start}
    geometry, dims[axis] = slide_along(op.source, dims[axis], n_out, window, window_extent)
    cut = geometry.with_dims(dims)
    return with_cut_bands(cut, op.source, start, step) if dims[axis] == ((BANDS, n_out),) else cut


def _select(op: Operation) -> Geometry:
    axis = op.arguments["dim"] % len(op.source.dims)
    index = op.arguments["index"] % length_of(op.source.dims[axis])
    return _at_index(op.source, axis, index)


def _at_index(source: Geometry, axis: int, index: int) -> Geometry:
    dim = source.dims[axis]
    for label in labels_of(dim):
        extent = source.extents[label]
        one_cell = extent.cell(index) if len(dim) == 1 else extent.whole().weakened(UPPER)
        source = source.with_extent(label, one_cell)
    return source.with_dims(d for i, d in enumerate(source.dims) if i != axis)


def _unbind(op: Operation) -> list[Geometry]:
    axis = op.arguments.get("dim", 0) % len(op.source.dims)
    return [_at_index(op.source, axis, index) for index in range(len(op.outputs))]


def _split(op: Operation) -> list[Geometry]:
    axis = op.arguments.get("dim", 0) % len(op.source.dims)
    pieces, start = [], 0
    for output in op.outputs:
        n = output.shape[axis]
        pieces.append(_cut(op, axis, start, n))
        start += n
    return pieces


def _cat(op: Operation) -> Geometry:
    """Along an axis with a label only constants may be added, as padding."""
    shape, axis = op.shape, op.arguments.get("dim", 0) % len(op.shape)
    labels = [label for source in op.geometries for label in labels_of(source.dims[axis])]
    if not labels:
        sources = [_resized(source, axis, shape[axis]) for source in op.geometries]
        return elementwise(shape, sources)
    if len(op.geometries) != 1:
        return unknown(shape, op.geometries)
    before = 0
    for tensor in op.arguments["tensors"]:
        if tensor is op.tensors[0]:
            break
        before += tensor.shape[axis]
    dims = list(op.source.dims)
    window = {"kernel": 1, "stride": 1, "dilation": 1, "padding": before}
    geometry, dims[axis] = slide_along(op.source, dims[axis], shape[axis], window, window_extent)
    return geometry.with_dims(dims)


def _resized(source: Geometry, axis: int, n: int) -> Geometry:
    dims = list(source.dims)
    dims[axis] = ((PLAIN, n),)
    return source.with_dims(dims)


def _stack(op: Operation) -> Geometry:
    axis = op.arguments.get("dim", 0) % len(op.shape)
    new: tuple[Part, ...] = ((PLAIN, op.shape[axis]),)
    sources = [s.with_dims((*s.dims[:axis], new, *s.dims[axis:])) for s in op.geometries]
    return elementwise(op.shape, sources)


_FAMILIES: Sequence[tuple[Rule, str]] = (
    (_slice, "slice"),
    (_select, "select"),
    (_unbind, "unbind"),
    (_split, "split split_with_sizes unsafe_split unsafe_chunk chunk"),
    (_cat, "cat concat"),
    (_stack, "stack"),
)
CUT_RULES: Mapping[str, Rule] = MappingProxyType(
    {name: rule for rule, names in _FAMILIES for name in names.split()}
)
