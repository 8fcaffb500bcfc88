"""Rules of products with matrices, of which some gather bands."""

from torch import Tensor

from cnnviz.trace.bands import gathered
from cnnviz.trace.geometry import PLAIN, Geometry, merged
from cnnviz.trace.operation import Operation


def matmul(op: Operation) -> Geometry:
    """Product of two matrices or stacks of them, of which one depends on the clip."""
    left = _argument(op, "mat1", "batch1", "mat", "self")
    right = _argument(op, "mat2", "batch2", "vec")
    tracked = [t is left or t is right for t in op.tensors]
    if len(op.tensors) != 1 or not all(tracked):
        return merged(op.shape, op.geometries)
    dims = op.source.dims
    if op.tensors[0] is left and len(op.shape) < len(dims):
        return op.source.with_dims(dims[:-1])
    if op.tensors[0] is left:
        axis, weights = len(dims) - 1, _one_matrix(right, transposed=True)
    else:
        axis, weights = len(dims) - 2, _one_matrix(left)
    new_dims = [((PLAIN, op.shape[axis]),) if i == axis else dim for i, dim in enumerate(dims)]
    bands = None if weights is None else gathered(op.source, axis, new_dims, weights)
    return op.source.with_dims(new_dims) if bands is None else bands


def _one_matrix(value: object, *, transposed: bool = False) -> Tensor | None:
    """The matrix of a product, also where it was repeated for each clip."""
    if not isinstance(value, Tensor) or value.ndim not in (2, 3):
        return None
    if value.ndim == 3 and value.stride(0) != 0 and len(value) > 1:
        return None
    matrix = value[0] if value.ndim == 3 else value
    return matrix.T if transposed else matrix


def _argument(op: Operation, *names: str) -> object:
    return next((op.arguments[name] for name in names if name in op.arguments), None)


def linear(op: Operation) -> Geometry:
    """A layer of weights over the last axis."""
    axis = len(op.source.dims) - 1
    dims = (*op.source.dims[:-1], ((PLAIN, op.shape[-1]),))
    bands = gathered(op.source, axis, dims, op.arguments["weight"])
    return op.source.with_dims(dims) if bands is None else bands
