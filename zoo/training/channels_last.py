"""The same one-dimensional network, laid out so that a processor trains it faster.

torch keeps (clip, channel, time) with time innermost. With channels innermost the short
kernels of raw-waveform networks run about twice as fast on a CPU, but only two-dimensional
layers have that layout; so the network is trained with an extra axis of length one.
"""

from collections import OrderedDict
from collections.abc import Mapping
from copy import deepcopy

from torch import Tensor, channels_last, nn


def widen(network: nn.Module) -> nn.Module | None:
    """Build a two-dimensional twin, with the same weights, of a chain of layers.

    Parameters
    ----------
    network
        A plain ``nn.Sequential`` for inputs (clip, channel, time).

    Returns
    -------
    nn.Module or None
        Twin for inputs (clip, channel, 1, time); None when `network` holds a layer that has
        no twin.
    """
    if type(network) is not nn.Sequential:
        return None
    layers = OrderedDict((name, _twin(layer)) for name, layer in network.named_children())
    widened = OrderedDict((name, layer) for name, layer in layers.items() if layer is not None)
    if len(widened) < len(layers):
        return None
    twin = nn.Sequential(widened)
    twin.load_state_dict(
        {k: v.unsqueeze(2) if v.ndim == 3 else v for k, v in network.state_dict().items()}
    )
    for tensor in twin.parameters():
        if tensor.ndim == 4:
            tensor.data = tensor.data.contiguous(memory_format=channels_last)
    return twin


def lay_out(inputs: Tensor) -> Tensor:
    """Inputs (clip, channel, time) for a twin: (clip, channel, 1, time), channels innermost.

    With one channel torch cannot tell the two layouts apart by itself; the strides have to
    say it.
    """
    n_clips, n_channels, n_samples = inputs.shape
    innermost = inputs.new_empty(n_clips, 1, n_samples, n_channels)
    innermost[:, 0] = inputs.transpose(1, 2)
    return innermost.permute(0, 3, 1, 2)  # (clip, channel, 1, time)


def narrow(tensors: Mapping[str, Tensor], network: nn.Module) -> dict[str, Tensor]:
    """Weights of a twin, in the shapes of the network it was made from."""
    return {
        name: tensors[name].reshape(tensor.shape).contiguous()
        for name, tensor in network.state_dict().items()
    }


def _twin(layer: nn.Module) -> nn.Module | None:
    match layer:
        case nn.Conv1d():
            return _twin_convolution(layer)
        case nn.BatchNorm1d():
            return nn.BatchNorm2d(layer.num_features, eps=layer.eps, momentum=layer.momentum)
        case nn.MaxPool1d() | nn.AdaptiveAvgPool1d():
            return _twin_pooling(layer)
        case nn.ReLU():
            return nn.ReLU(inplace=True)
        case nn.Flatten() | nn.Linear() | nn.Dropout():
            return deepcopy(layer)
        case _:
            return None


def _twin_pooling(layer: nn.MaxPool1d | nn.AdaptiveAvgPool1d) -> nn.Module:
    if isinstance(layer, nn.AdaptiveAvgPool1d):
        return nn.AdaptiveAvgPool2d((1, _one(layer.output_size)))
    return nn.MaxPool2d(
        (1, _one(layer.kernel_size)),
        stride=(1, _one(layer.stride)),
        padding=(0, _one(layer.padding)),
        ceil_mode=layer.ceil_mode,
    )


def _twin_convolution(layer: nn.Conv1d) -> nn.Conv2d:
    padding = layer.padding if isinstance(layer.padding, str) else (0, *layer.padding)
    return nn.Conv2d(
        layer.in_channels,
        layer.out_channels,
        (1, *layer.kernel_size),  # type: ignore[arg-type]
        stride=(1, *layer.stride),  # type: ignore[arg-type]
        padding=padding,  # type: ignore[arg-type]
        dilation=(1, *layer.dilation),  # type: ignore[arg-type]
        groups=layer.groups,
        bias=layer.bias is not None,
    )


def _one(size: int | tuple[int, ...]) -> int:
    return size if isinstance(size, int) else size[0]
