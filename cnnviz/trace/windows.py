"""Rules of operations that slide a window along axes, such as convolution and pooling."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from cnnviz.grid import UNKNOWN, UPPER, ReceptiveField
from cnnviz.trace.bands import fourier_cycles, is_waveform, with_bands
from cnnviz.trace.geometry import (
    PLAIN,
    TAP,
    Extent,
    Geometry,
    Part,
    labels_of,
    length_of,
    unknown,
)
from cnnviz.trace.operation import Operation, Rule


def per_axis(value: Any, n_axes: int, default: int) -> tuple[int, ...]:
    """One number per axis from a list that may be short, empty or a number."""
    values = [default] if value is None or value == [] else value
    values = list(values) if isinstance(values, list | tuple) else [values]
    return tuple(int(v) for v in (values * n_axes if len(values) == 1 else values))


def _convolution(op: Operation) -> Geometry:
    """Channels are contracted unless each is alone in its group; windows slide along the rest."""
    if len(op.tensors) != 1 or op.tensors[0] is not op.arguments["input"]:
        return unknown(op.shape, op.geometries)
    n_axes = len(op.shape) - 2
    weight = op.arguments["weight"]
    geometry = op.source
    is_depthwise = op.arguments["groups"] == length_of(geometry.dims[1]) == op.shape[1]
    channels = geometry.dims[1] if is_depthwise else ((PLAIN, op.shape[1]),)
    cycles = fourier_cycles(op)
    if not is_depthwise and op.arguments["groups"] > 1 and labels_of(geometry.dims[1]):
        geometry = geometry.weakened(UPPER)
    geometry = geometry.with_dims((geometry.dims[0], channels, *geometry.dims[2:]))
    sizes = {
        "kernel": tuple(weight.shape[2:]),
        "stride": per_axis(op.arguments["stride"], n_axes, 1),
        "padding": per_axis(op.arguments["padding"], n_axes, 0),
        "dilation": per_axis(op.arguments["dilation"], n_axes, 1),
    }
    if op.arguments["transposed"]:
        return _slide(op, geometry, sizes, _transposed_extent)
    slid = _slide(op, geometry, sizes, window_extent)
    return slid if cycles is None else with_bands(slid, slid.dims, 1, cycles)


def _pool(op: Operation) -> Geometry:
    kernel = op.arguments["kernel_size"]
    n_axes = len(kernel)
    sizes = {
        "kernel": tuple(kernel),
        "stride": per_axis(op.arguments.get("stride") or list(kernel), n_axes, 1),
        "padding": per_axis(op.arguments.get("padding"), n_axes, 0),
        "dilation": per_axis(op.arguments.get("dilation"), n_axes, 1),
    }
    return _slide(op, op.source, sizes, window_extent)


def _slide(
    op: Operation, source: Geometry, sizes: Mapping[str, tuple[int, ...]], move: Any
) -> Geometry:
    """Move the extents of the last axes, one window per axis."""
    n_axes = len(sizes["kernel"])
    first = len(op.shape) - n_axes
    dims, geometry = list(source.dims), source
    for axis in range(n_axes):
        dim, n_out = dims[first + axis], op.shape[first + axis]
        window = {name: values[axis] for name, values in sizes.items()}
        geometry, dims[first + axis] = slide_along(geometry, dim, n_out, window, move)
    return geometry.with_dims(dims)


def slide_along(
    source: Geometry, dim: tuple[Part, ...], n_out: int, window: Mapping[str, int], move: Any
) -> tuple[Geometry, tuple[Part, ...]]:
    """Move a window along one axis; gives the geometry and the axis after it."""
    labels = labels_of(dim)
    if not labels:
        return source, ((PLAIN, n_out),)
    if len(dim) > 1:  # a window over an axis that was merged from several
        trivial = window["kernel"] == window["stride"] == 1 and length_of(dim) == n_out
        if trivial:
            return source, dim
        for label in labels:
            source = source.with_extent(label, source.extents[label].weakened(UNKNOWN))
        return source, ((PLAIN, n_out),)
    ((label, n_in),) = dim
    extent = move(source.extents[label], n_in, n_out, window)
    return source.with_extent(label, extent), ((label, n_out),)


def window_extent(extent: Extent, n_in: int, n_out: int, window: Mapping[str, int]) -> Extent:
    """A window of convolution or pooling."""
    return extent.windowed(
        window["kernel"],
        n_in,
        n_out,
        stride=window["stride"],
        dilation=window["dilation"],
        padding=window["padding"],
    )


def _transposed_extent(extent: Extent, n_in: int, n_out: int, window: Mapping[str, int]) -> Extent:  # noqa: ARG001 (one signature)
    """Transposed: output m gathers the inputs j with m = j S - P + k D."""
    reach = (window["kernel"] - 1) * window["dilation"]
    first = (window["padding"] - reach) / window["stride"]
    return _between(extent, first, reach / window["stride"], 1 / window["stride"])


def _between(extent: Extent, first: float, reach: float, step: float) -> Extent:
    """Output m sees inputs within first + m step ... + reach, in cells of the input."""
    field = extent.field
    moved = ReceptiveField(
        offset=field.offset + first * field.jump,
        jump=field.jump * step,
        size=field.size + reach * field.jump,
        status=field.status,
    )
    return Extent(field=moved, start=extent.start, stop=extent.stop).weakened(UPPER)


def _adaptive(op: Operation) -> Geometry:
    n_axes = len(op.arguments["output_size"])
    return _slide(op, op.source, {"kernel": (0,) * n_axes}, _adaptive_extent)


def _adaptive_extent(extent: Extent, n_in: int, n_out: int, window: Mapping[str, int]) -> Extent:  # noqa: ARG001 (one signature)
    """Windows floor(m n / N) ... ceil((m + 1) n / N), which are even where N divides n."""
    if n_out == 1:
        return extent.whole()
    if n_in % n_out == 0:
        share = n_in // n_out
        return extent.windowed(share, n_in, n_out, stride=share)
    slack = 1 - 1 / n_out
    return _between(extent, -slack, n_in / n_out - 1 + 2 * slack, n_in / n_out)


def _upsample(op: Operation) -> Geometry:
    """Nearest reads input m / scale, the others (m + 1/2) / scale - 1/2: one away, cubic two."""
    if op.arguments.get("align_corners") or "_aa" in op.name:
        return unknown(op.shape, op.geometries)
    reach = 2 if "bicubic" in op.name else 1
    centred = 0.0 if op.name.startswith("upsample_nearest") else 0.5
    scales = [value for name, value in op.arguments.items() if name.startswith("scales")]
    geometry, dims = op.source, list(op.source.dims)
    for axis, scale in enumerate(scales, start=2):
        step = 1 / scale if scale else length_of(dims[axis]) / op.shape[axis]

        def upsampled_extent(extent: Extent, *_: Any, step: float = step) -> Extent:
            return _between(extent, centred * (step - 1) - reach, 2 * reach, step)

        geometry, dims[axis] = slide_along(
            geometry, dims[axis], op.shape[axis], {"kernel": 0}, upsampled_extent
        )
    return geometry.with_dims(dims)


def _pad(op: Operation) -> Geometry:
    """Zeros move the offset; reflected and repeated edges are seen from the border only."""
    pads = op.arguments.get("pad", op.arguments.get("padding"))
    geometry, dims = op.source, list(op.source.dims)
    for i in range(len(pads) // 2):
        axis = len(dims) - 1 - i
        if pads[2 * i] == pads[2 * i + 1] == 0:
            continue
        window = {"kernel": 1, "stride": 1, "dilation": 1, "padding": pads[2 * i]}
        geometry, dims[axis] = slide_along(
            geometry, dims[axis], op.shape[axis], window, window_extent
        )
    return geometry.with_dims(dims).weakened("exact" if op.name == "constant_pad_nd" else UPPER)


def _unfold(op: Operation) -> Geometry:
    """Overlapping frames: each cell lies inside its frame."""
    axis = op.arguments["dimension"] % len(op.source.dims)
    return _framed(op, axis, op.arguments["size"], op.arguments["step"])


def _as_strided(op: Operation) -> Geometry:
    """Only the framing that a short-time Fourier transform makes is recognised."""
    (tensor,) = op.tensors
    size, stride = tuple(op.arguments["size"]), tuple(op.arguments["stride"])
    framing = (
        tensor.is_contiguous()
        and not op.arguments.get("storage_offset")
        and len(size) == tensor.ndim + 1
        and size[:-2] == tuple(tensor.shape[:-1])
        and stride[:-2] == tuple(tensor.stride()[:-1])
        and stride[-1] == 1
    )
    if not framing:
        return unknown(op.shape, op.geometries)
    return _framed(op, tensor.ndim - 1, size[-1], stride[-2])


def _framed(op: Operation, axis: int, size: int, step: int) -> Geometry:
    window = {"kernel": size, "stride": step, "dilation": 1, "padding": 0}
    dims = list(op.source.dims)
    inner = TAP if is_waveform(op.source, axis) else PLAIN
    geometry, dims[axis] = slide_along(op.source, dims[axis], op.shape[axis], window, window_extent)
    return geometry.with_dims((*dims, ((inner, size),))).weakened(UPPER)


_FAMILIES: Sequence[tuple[Rule, str]] = (
    (_convolution, "convolution _convolution"),
    (
        _pool,
        "max_pool1d max_pool2d max_pool3d max_pool2d_with_indices max_pool3d_with_indices "
        "avg_pool1d avg_pool2d avg_pool3d mkldnn_max_pool2d quantized_max_pool1d",
    ),
    (
        _adaptive,
        "_adaptive_avg_pool2d _adaptive_avg_pool3d adaptive_avg_pool1d adaptive_max_pool1d "
        "adaptive_max_pool2d adaptive_max_pool3d adaptive_avg_pool2d",
    ),
    (
        _upsample,
        "upsample_nearest1d upsample_nearest2d upsample_linear1d upsample_bilinear2d "
        "upsample_bicubic2d _upsample_nearest_exact1d _upsample_nearest_exact2d",
    ),
    (
        _pad,
        "constant_pad_nd reflection_pad1d reflection_pad2d replication_pad1d replication_pad2d",
    ),
    (_unfold, "unfold"),
    (_as_strided, "as_strided"),
)
WINDOW_RULES: Mapping[str, Rule] = MappingProxyType(
    {name: rule for rule, names in _FAMILIES for name in names.split()}
)
