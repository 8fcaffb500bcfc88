"""What a layer call does, in one line such as ``"1->32, 5 taps, stride 2"``."""

from torch import nn

from cnnviz.trace.operation import Operation


def operation_detail(op: Operation | None) -> str:
    """Channels, taps and strides of a convolution, or the cells of a pool."""
    if op is None:
        return ""
    values = op.arguments
    if "weight" not in values:
        kernel = values.get("kernel_size")
        if kernel is None:
            return f"to {_sizes_text(values['output_size'])} cells"
        stride = values.get("stride") or kernel
        return f"{_sizes_text(kernel)} cells, stride {_sizes_text(stride)}"
    weight, groups = values["weight"], values["groups"]
    n_channels = weight.shape[1] * groups
    channels = (
        (weight.shape[0], n_channels) if values["transposed"] else (n_channels, weight.shape[0])
    )
    text = f"{channels[0]}->{channels[1]}, {_sizes_text(weight.shape[2:])} taps"
    text += f", stride {_sizes_text(values['stride'])}"
    for name, default in (("dilation", 1), ("padding", 0)):
        if any(n != default for n in values[name]):
            text += f", {name} {_sizes_text(values[name])}"
    return text + (f", groups {groups}" if groups > 1 else "")


def _sizes_text(sizes: object) -> str:
    values = list(sizes) if isinstance(sizes, list | tuple) else [sizes]
    if len(values) == 2 and values[0] == 1:
        values = values[1:]
    return "x".join(str(n) for n in values)


def module_detail(module: nn.Module | None) -> str:
    """Sizes of a linear layer."""
    if isinstance(module, nn.Linear):
        return f"{module.in_features}->{module.out_features}"
    return ""
