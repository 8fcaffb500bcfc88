"""Which axis of a network's output is time."""

import torch
from torch import Tensor

from cnnviz.hooks import borrowed
from cnnviz.model import AudioModel
from cnnviz.model.scores import tensors_in
from cnnviz.trace import OutputAxes, trace

_LONGER = 1.25


def find_time_axis(model: AudioModel, tensor: Tensor) -> tuple[int | None, bool]:
    """Axis of an output, that of the clips counted, which is time and longer than one.

    The trace of the network says it; where it lost sight (recurrent layers, programs), the axis
    that grows with the clip does. Else the last of three axes or more is taken, and the second
    value is False.

    Parameters
    ----------
    model
        The network that gave it.
    tensor
        (clip, ...).
    """
    long_axes = [axis for axis in range(1, tensor.ndim) if tensor.shape[axis] > 1]
    names_fit = len(long_axes) == 1 and tensor.shape[long_axes[0]] == len(model.class_names)
    if not long_axes or names_fit:
        return None, True
    traced = _traced(model, tuple(tensor.shape[1:]))
    if traced is not None and traced.is_known:
        axis = None if traced.time_axis is None else traced.time_axis + 1
        return axis if axis in long_axes else None, True
    axis = _growing_axis(model, tensor)
    if axis is None and len(long_axes) > 1:
        return long_axes[-1], False
    return axis, True


def _traced(model: AudioModel, shape: tuple[int, ...]) -> OutputAxes | None:
    """What the trace knows of an output of this shape."""
    try:
        outputs = trace(model).outputs
    except Exception:  # the user's forward fails under the recorder as it likes
        return None
    return next((each for each in outputs if each.shape == shape), None)


def _growing_axis(model: AudioModel, tensor: Tensor) -> int | None:
    """The one axis that grows with the clip; None where longer clips do not fit."""
    n_samples = int(_LONGER * (model.n_samples or model.sample_rate))
    try:
        with borrowed(model.network), torch.no_grad():
            inputs = model.network_input(torch.zeros(len(tensor), n_samples))
            outputs = tensors_in(model.network(inputs))
    except Exception:  # a network of fixed length fails in its own way
        return None
    for output in outputs:
        if output.ndim == tensor.ndim:
            pairs = enumerate(zip(output.shape, tensor.shape, strict=True))
            grown = [axis for axis, (longer, length) in pairs if longer != length]
            if len(grown) == 1:
                return grown[0]
    return None
