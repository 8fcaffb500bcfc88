"""How each tensor operation moves receptive fields: one small rule per family.

A rule takes the operation with its arguments by name and gives the geometry of its outputs.
An operation without a rule gives a geometry of status unknown: nothing is ever claimed that
was not derived.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from cnnviz.grid import UNKNOWN, UPPER
from cnnviz.trace.bands import with_bands, without_bands
from cnnviz.trace.cuts import CUT_RULES
from cnnviz.trace.geometry import (
    BANDS,
    PLAIN,
    TAP,
    Geometry,
    elementwise,
    labels_of,
    length_of,
    merged,
    plain,
    unknown,
    viewed,
)
from cnnviz.trace.operation import Operation, Rule
from cnnviz.trace.products import linear, matmul
from cnnviz.trace.windows import WINDOW_RULES


def propagate(operation: Operation) -> tuple[Geometry, ...]:
    """Geometry of each output of an operation."""
    geometries = _propagated(operation)
    has_bands = any(BANDS in source.extents for source in operation.geometries)
    if has_bands and _is_lost(geometries[0]):
        plain_sources = tuple(without_bands(source) for source in operation.geometries)
        return _propagated(replace(operation, geometries=plain_sources))
    return geometries


def _is_lost(geometry: Geometry) -> bool:
    return any(extent.field.status == UNKNOWN for extent in geometry.extents.values())


def _propagated(operation: Operation) -> tuple[Geometry, ...]:
    rule = _RULES.get(operation.name)
    try:
        result = _elementwise(operation) if rule is None else rule(operation)
    except (LookupError, TypeError, ValueError):  # an overload whose arguments no rule expects
        result = unknown(operation.shape, operation.geometries)
    geometries = (
        (result,) * len(operation.outputs) if isinstance(result, Geometry) else tuple(result)
    )
    return tuple(
        geometry
        if tuple(output.shape) == tuple(length_of(dim) for dim in geometry.dims)
        else unknown(output.shape, [geometry])
        for geometry, output in zip(geometries, operation.outputs, strict=True)
    )


def _elementwise(op: Operation) -> Geometry:
    if op.name not in _ELEMENTWISE:
        return unknown(op.shape, op.geometries)
    return elementwise(op.shape, op.geometries)


def _dims(op: Operation, name: str = "dim") -> tuple[int, ...]:
    """Axes an argument names, counted from the left; all when it names none."""
    n_dims = len(op.source.dims)
    value = op.arguments.get(name)
    if value is None or value == []:
        return tuple(range(n_dims))
    values = value if isinstance(value, list | tuple) else [value]
    return tuple(v % n_dims for v in values)


def _reordered(op: Operation, order: Sequence[int]) -> Geometry:
    return op.source.with_dims(op.source.dims[i] for i in order)


def _view(op: Operation) -> Geometry:
    return viewed(op.source, op.shape)


def _permute(op: Operation) -> Geometry:
    return _reordered(op, _dims(op, "dims"))


def _transpose(op: Operation) -> Geometry:
    order = list(range(len(op.source.dims)))
    n = len(order)
    a, b = (op.arguments["dim0"] % n, op.arguments["dim1"] % n) if op.name != "t" else (0, n - 1)
    order[a], order[b] = order[b], order[a]
    return _reordered(op, order)


def _unsqueeze(op: Operation) -> Geometry:
    dims = list(op.source.dims)
    dims.insert(op.arguments["dim"] % (len(dims) + 1), ((PLAIN, 1),))
    return op.source.with_dims(dims)


def _squeeze(op: Operation) -> Geometry:
    drop = set(_dims(op))
    return op.source.with_dims(
        dim for i, dim in enumerate(op.source.dims) if i not in drop or length_of(dim) != 1
    )


def _expand(op: Operation) -> Geometry:
    return elementwise(op.shape, [op.source])


def _repeat(op: Operation) -> Geometry:
    shape = op.shape
    dims = plain((1,) * (len(shape) - len(op.source.dims))) + op.source.dims
    for dim, n in zip(dims, shape, strict=True):
        if labels_of(dim) and length_of(dim) != n:
            return unknown(shape, [op.source])
    pairs = zip(dims, shape, strict=True)
    return op.source.with_dims(dim if labels_of(dim) else ((PLAIN, n),) for dim, n in pairs)


def _reduce(op: Operation) -> Geometry:
    if "other" in op.arguments:  # max and min of two tensors
        return elementwise(op.shape, op.geometries)
    reduced = set(_dims(op))
    dims = (
        ((PLAIN, 1),) if i in reduced else dim
        for i, dim in enumerate(op.source.dims)
        if i not in reduced or op.arguments.get("keepdim")
    )
    return op.source.with_dims(dims)


def _spread(op: Operation) -> Geometry:
    labels = [label for i in _dims(op) for label in labels_of(op.source.dims[i])]
    spread = op.source.spread(labels)
    for label in labels:  # sums over bands, or bands in another order, are bands no more
        spread = spread.with_extent(label, replace(spread.extents[label], cycles=()))
    return spread


def _batch_norm(op: Operation) -> Geometry | list[Geometry]:
    source = op.source
    if op.arguments.get("training"):
        dims = [dim for i, dim in enumerate(source.dims) if i != 1]
        source = source.spread(label for dim in dims for label in labels_of(dim))
    return [source, *(unknown(output.shape, [source]) for output in op.outputs[1:])]


def _group_norm(op: Operation) -> list[Geometry]:
    labels = [label for dim in op.source.dims[1:] for label in labels_of(dim)]
    rest = [unknown(output.shape, [op.source]) for output in op.outputs[1:]]
    return [op.source.spread(labels), *rest]


def _layer_norm(op: Operation) -> list[Geometry]:
    dims = op.source.dims[-len(op.arguments["normalized_shape"]) :]
    labels = [label for dim in dims for label in labels_of(dim)]
    rest = [unknown(output.shape, [op.source]) for output in op.outputs[1:]]
    return [op.source.spread(labels), *rest]


def _merged(op: Operation) -> list[Geometry]:
    return [merged(output.shape, op.geometries) for output in op.outputs]


def _recurrent(op: Operation) -> list[Geometry]:
    """Each cell sees all others; an initial state that saw the clip, too, adds what it saw."""
    if len(op.tensors) > 1:
        return [merged(output.shape, op.geometries) for output in op.outputs]
    labels = [label for dim in op.source.dims for label in labels_of(dim)]
    spread = op.source.spread(labels)
    output_sequence = spread.with_dims((*spread.dims[:-1], ((PLAIN, op.shape[-1]),)))
    return [output_sequence, *(merged(output.shape, op.geometries) for output in op.outputs[1:])]


def _fourier(op: Operation) -> Geometry:
    transformed = set(_dims(op))
    shape = op.shape
    dims = (
        ((PLAIN, shape[i]),) if i in transformed else dim for i, dim in enumerate(op.source.dims)
    )
    result = op.source.with_dims(dims).weakened(UPPER)
    (axis,) = transformed if len(transformed) == 1 else (0,)
    ((label, n_taps), *rest) = op.source.dims[axis]
    if label != TAP or rest or not op.arguments.get("onesided"):
        return result
    return with_bands(result, result.dims, axis, [k / n_taps for k in range(shape[axis])])


def _view_as_real(op: Operation) -> Geometry:
    return op.source.with_dims((*op.source.dims, ((PLAIN, op.shape[-1]),)))


def _view_as_complex(op: Operation) -> Geometry:
    return op.source.with_dims(op.source.dims[:-1])


def _glu(op: Operation) -> Geometry:
    (axis,) = _dims(op)
    if labels_of(op.source.dims[axis]):
        return unknown(op.shape, op.geometries)
    dims = list(op.source.dims)
    dims[axis] = ((PLAIN, op.shape[axis]),)
    return op.source.with_dims(dims)


def _flip_or_roll(op: Operation) -> Geometry:
    """Flip and roll: only along axes without a label is anything known."""
    labels = [label for i in _dims(op, "dims") for label in labels_of(op.source.dims[i])]
    geometry = op.source
    for label in labels:
        geometry = geometry.with_extent(label, geometry.extents[label].weakened(UNKNOWN))
    return geometry


_ELEMENTWISE_NAMES = (
    "abs acos add addcdiv addcmul alias angle atan atan2 bernoulli bitwise_and bitwise_not "
    "bitwise_or ceil celu clamp clamp_max clamp_min clone complex contiguous copy cos detach "
    "div dropout elu eq erf exp exp2 expm1 floor fmax fmin ge gelu gt hardshrink hardsigmoid "
    "hardswish hardtanh hypot imag isnan le leaky_relu lerp lift_fresh log log10 log1p log2 "
    "log_sigmoid_forward logical_and logical_not logical_or logit lt maximum minimum mish mul "
    "nan_to_num native_dropout ne neg polar pow _prelu_kernel prelu real reciprocal relu "
    "relu6 remainder round rrelu_with_noise rsqrt rsub selu sgn sigmoid sign silu sin "
    "softplus softshrink sqrt square sub tan tanh threshold _to_copy to where xlogy _conj "
    "resolve_conj resolve_neg masked_fill log_sigmoid true_divide floor_divide "
)
_ELEMENTWISE = frozenset(_ELEMENTWISE_NAMES.split())
_FAMILIES: tuple[tuple[Rule, str], ...] = (
    (_view, "view _unsafe_view reshape _reshape_alias flatten unflatten"),
    (_permute, "permute"),
    (_transpose, "transpose t swapaxes"),
    (_unsqueeze, "unsqueeze"),
    (_squeeze, "squeeze"),
    (_expand, "expand expand_as broadcast_to"),
    (_repeat, "repeat"),
    (
        _reduce,
        "mean sum amax amin max min var std var_mean std_mean prod logsumexp linalg_vector_norm "
        "norm any all argmax argmin median nansum",
    ),
    (_spread, "_softmax _log_softmax softmax log_softmax cumsum cumprod logcumsumexp sort"),
    (
        _batch_norm,
        "native_batch_norm _native_batch_norm_legit _native_batch_norm_legit_no_training "
        "cudnn_batch_norm miopen_batch_norm batch_norm",
    ),
    (_group_norm, "native_group_norm"),
    (_layer_norm, "native_layer_norm"),
    (matmul, "addmm mm bmm baddbmm mv addmv"),
    (linear, "linear"),
    (
        _merged,
        "_native_multi_head_attention _transformer_encoder_layer_fwd col2im im2col unfold_backward "
        "_scaled_dot_product_flash_attention _scaled_dot_product_efficient_attention "
        "_scaled_dot_product_flash_attention_for_cpu _scaled_dot_product_attention_math "
        "scaled_dot_product_attention",
    ),
    (_recurrent, "mkldnn_rnn_layer lstm gru"),
    (_fourier, "_fft_r2c _fft_c2r _fft_c2c"),
    (_view_as_real, "view_as_real"),
    (_view_as_complex, "view_as_complex"),
    (_glu, "glu"),
    (_flip_or_roll, "flip roll"),
)


_RULES: Mapping[str, Rule] = MappingProxyType(
    {name: rule for rule, names in _FAMILIES for name in names.split()}
    | dict(WINDOW_RULES)
    | dict(CUT_RULES)
)
