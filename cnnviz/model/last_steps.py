"""The last steps of a network, read from the graph that autograd keeps."""

from collections.abc import Callable

from torch import Tensor
from torch.autograd.graph import Node

_SHAPES = (
    *("View", "Reshape", "Squeeze", "Unsqueeze", "Permute", "Transpose", "TBackward", "Clone"),
    *("Select", "Slice", "Expand", "UnsafeView", "ToCopy", "Alias", "Cat"),
)
_LIMITS = ("Clamp", "Minimum", "Maximum")
_REDUCTIONS = (
    "Mean",
    "Amax",
    "Amin",
    "Max",
    "Sum",
    "AvgPool",
    "AdaptiveAvgPool",
    "AdaptiveMaxPool",
)
_PROBABILITIES = ("SoftmaxBackward", "SigmoidBackward")
_LINEAR = ("Addmm", "Mm", "Bmm", "Linear", "Mv", "Dot")
_DEEPEST = 12


def last_step(output: Tensor) -> str:
    """Name of the last operation that changes values, such as ``"SoftmaxBackward0"``.

    Empty where the output carries no graph.
    """
    node = _past(output.grad_fn, _SHAPES)
    if node is not None and node.name().startswith("AddBackward"):  # a bias added by itself
        bare = _past(node.next_functions[0][0], _SHAPES)
        if bare is not None and bare.name().startswith(_LINEAR):
            return bare.name()
    return "" if node is None else node.name()


def ends_linear(output: Tensor) -> bool:
    """Whether the last step is a matrix product."""
    return last_step(output).startswith(_LINEAR)


def are_pooled_probabilities(output: Tensor) -> bool:
    """Whether the values are means, maxima or weighted sums of a softmax or sigmoid.

    No logit belongs to such a value: log and mean do not commute.
    """
    values = output.detach()
    within = bool(((values >= 0) & (values <= 1)).all())
    return within and _is_probability(output.grad_fn, _DEEPEST)


def _is_probability(node: Node | None, depth: int) -> bool:
    """Follow reductions, limits and products of probabilities back to where they are made."""
    node = _past(node, (*_SHAPES, *_LIMITS))
    if node is None or not depth:
        return False
    name, inputs = node.name(), [each for each, _ in node.next_functions if each is not None]
    follow: Callable[[Node], bool] = lambda each: _is_probability(each, depth - 1)  # noqa: E731
    if name.startswith(_PROBABILITIES):
        return True
    if name.startswith(("MulBackward", "DivBackward")):
        return len(inputs) > 0 and all(map(follow, inputs))
    return name.startswith(_REDUCTIONS) and any(map(follow, inputs[:1]))


def _past(node: Node | None, prefixes: tuple[str, ...]) -> Node | None:
    """The first node, going back, whose name has none of the prefixes."""
    while node is not None and node.name().startswith(prefixes):
        node = node.next_functions[0][0] if node.next_functions else None
    return node
