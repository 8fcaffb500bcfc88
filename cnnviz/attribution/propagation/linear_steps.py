"""The steps of autograd's graph that are linear in their inputs, found by their names.

A rule need not know such a step: its gradient is its matrix transposed, for relevance and for
multipliers alike. Every other step that lies between the input and a score must come from a rule;
that is read from the graph itself, so that nothing is passed over: no function of any library,
no TorchScript and no custom function.
"""

from collections.abc import Iterable, Iterator

from torch import Tensor
from torch.autograd.graph import Node

_RULES = ("_RuledBackward", "_ClosedBackward")
_SHAPES = (
    *("Alias", "AsStrided", "Clone", "CopyBackwards", "CopySlices", "Diagonal", "Expand", "Flip"),
    *("Permute", "Reshape", "ReshapeAlias", "Roll", "Slice", "Split", "SplitWithSizes", "Squeeze"),
    *("T", "ToCopy", "Transpose", "Unbind", "Unflatten", "UnsafeSplit", "UnsafeView", "Unsqueeze"),
    *("View", "Select", "Repeat", "RepeatInterleave", "Unfold", "SwapAxes", "Movedim", "Conj"),
    *("ViewAsReal", "ViewAsComplex", "Real", "Imag", "UnfoldBackward"),
)
_LINEAR = frozenset(
    (
        *_SHAPES,
        *("AccumulateGrad", "Add", "Sub", "Rsub", "Neg", "Sum", "Mean", "Cumsum", "Stack", "Cat"),
        *("AvgPool2D", "AvgPool3D", "AdaptiveAvgPool2D", "AdaptiveAvgPool3D", "Im2Col", "Col2Im"),
        *("MkldnnAdaptiveAvgPool2D", "ConstantPadNd", "ReflectionPad1D", "ReflectionPad2D"),
        *("ReflectionPad3D", "ReplicationPad1D", "ReplicationPad2D", "ReplicationPad3D", "Gather"),
        *("Index", "IndexSelect", "IndexAdd", "IndexPut", "Scatter", "ScatterAdd", "Tril", "Triu"),
        *("MaskedFill", "MaskedSelect", "FftR2C", "FftC2R", "FftC2C", "Complex", "Trace", "Where"),
        *("UpsampleNearest1D", "UpsampleNearest2D", "UpsampleLinear1D", "UpsampleBilinear2D"),
        *("PixelShuffle", "ChannelShuffle", "AddCmul", "Addr", "FakeZero"),
    )
)
_BILINEAR = frozenset(  # linear while only one factor depends on the input
    (
        *("Mul", "Mm", "Bmm", "Mv", "Dot", "Addmm", "Addbmm", "Addmv", "Baddbmm", "Linear"),
        *("Convolution", "ConvolutionOverrideable", "MkldnnConvolution", "CudnnConvolution"),
        *("SlowConv2D", "ThnnConv2D", "MkldnnLinear", "Bilinear"),
    )
)
_ADDENDS = {"Addmm": 1, "Addbmm": 1, "Addmv": 1, "Baddbmm": 1}  # inputs that are no factors


def steps(results: Iterable[Tensor], known: set[Node]) -> Iterator[Node]:
    """Go back from results to rules and to steps that are known, which then are all.

    Parameters
    ----------
    results
        Tensors of a pass.
    known
        Steps that were met before; those met now are added.
    """
    waiting = [tensor.grad_fn for tensor in results if tensor.grad_fn is not None]
    while waiting:
        node = waiting.pop()
        if node in known:
            continue
        known.add(node)
        yield node
        if node.name() not in _RULES:
            waiting += [parent for parent, _ in node.next_functions if parent is not None]


def is_linear(node: Node) -> bool:
    """Whether a step is linear in all its inputs taken together, or is a rule."""
    if node.name() in _RULES:
        return True
    kind = kind_of(node)
    if kind in _BILINEAR:
        factors = node.next_functions[_ADDENDS.get(kind, 0) :]
        return sum(parent is not None for parent, _ in factors) < 2
    if kind == "Div":
        return node.next_functions[1][0] is None
    return kind in _LINEAR


def origin(tensor: Tensor) -> Node | None:
    """The step that made the values of a tensor, past all that only reshapes them."""
    node = tensor.grad_fn
    while node is not None:
        parents = [parent for parent, _ in node.next_functions if parent is not None]
        is_alone = kind_of(node) == "Cat" and len(node.next_functions) == 1
        if kind_of(node) not in _SHAPES and not is_alone:
            break
        node = parents[-1] if parents else None
    return node


def kind_of(node: Node) -> str:
    """Name of a step without what autograd adds, such as ``"MaxPool2DWithIndices"``."""
    name = node.name().removeprefix("torch::autograd::")
    return name if name.startswith("Copy") else name.partition("Backward")[0]
