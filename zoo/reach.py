"""How much sound one cell of a network's last feature map sees, without a single multiplication.

The network runs on tensors that have shapes but no numbers (device ``meta``), so hundreds of
networks are read in a second. `cnnviz layers` traces the real network; both agree (tested).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from cnnviz.model import ModelSpec, assemble

if TYPE_CHECKING:
    from torch import nn

    from cnnviz.grid import ReceptiveField

_CONVOLUTIONS = frozenset({torch.conv1d, torch.conv2d})
_MAX_POOLS = frozenset({torch.max_pool1d, torch.max_pool2d, F.max_pool1d, F.max_pool2d})
_AVERAGE_POOLS = frozenset({F.avg_pool1d, F.avg_pool2d})
_GLOBAL = frozenset(
    {
        F.adaptive_avg_pool1d,
        F.adaptive_avg_pool2d,
        F.adaptive_max_pool1d,
        F.adaptive_max_pool2d,
        torch.mean,
        torch.Tensor.mean,
    }
)
_SAME_SHAPE = frozenset(
    {F.batch_norm, F.dropout, F.dropout2d, F.leaky_relu, F.relu, torch.relu, torch.Tensor.relu}
)
_FILLING = frozenset(
    {torch.Tensor.fill_, torch.Tensor.normal_, torch.Tensor.uniform_, torch.Tensor.zero_}
)
_N_CLIPS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """Shapes of a network, and what one cell of its last convolution or pooling sees.

    Parameters
    ----------
    input_shape, output_shape
        Without the clip axis.
    n_samples
        Audio samples seen, through the frontend; also those beyond the ends of the clip.
    n_frames, n_bands
        Cells of the spectrogram seen; None for networks on the waveform.
    """

    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    n_samples: int
    n_frames: int | None
    n_bands: int | None


def reach(network: nn.Module, spec: ModelSpec) -> Reach:
    """Measure a network that was built `without_numbers`.

    Gates that weigh whole channels (squeeze and excitation) see the whole clip; they do not
    count.

    Parameters
    ----------
    network
        Its weights are never read.
    spec
        Its input; `n_samples` must be said.

    Examples
    --------
    >>> from zoo.architectures import custom
    >>> with without_numbers():
    ...     network = custom.build("custom_ch32-8", 16)
    >>> reach(network.eval(), custom.spec("custom_ch32-8", ())).n_samples
    6563
    """
    assert spec.n_samples is not None
    model = assemble(network, spec, name="", reference="", digest="not read")
    inputs = model.network_input(torch.zeros(_N_CLIPS, spec.n_samples))
    frames = model.frontend.grid(spec.n_samples).receptive_field
    assert frames is not None
    start = replace(frames, offset=0.0, jump=1.0, size=1.0)
    is_spectral = inputs.ndim > 3  # (clip, 1, band, frame) or (clip, 1, time)
    with torch.no_grad(), _Windows(inputs, (start,) * (inputs.ndim - 2)) as windows:
        output = network(inputs)
    time = windows.last[-1]
    return Reach(
        input_shape=tuple(inputs.shape[1:]),
        output_shape=tuple(output.shape[1:]),
        n_samples=round(time.on(frames).size),
        n_frames=round(time.size) if is_spectral else None,
        n_bands=round(windows.last[-2].size) if is_spectral else None,
    )


@contextmanager
def without_numbers() -> Iterator[None]:
    """Build networks of shapes alone: no memory, and no time for drawing weights."""
    with torch.device("meta"), _Undrawn():
        yield


class _Undrawn(TorchFunctionMode):
    """Leave tensors as they are where they would be filled."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call the function unless it is an initialisation."""
        named = dict(kwargs or {})
        if func in _FILLING or getattr(func, "__module__", "") == "torch.nn.init":
            return named.get("tensor", args[0] if args else None)
        return func(*args, **named)


class _Windows(TorchFunctionMode):
    """Follow every tensor that comes from the input, with its receptive field per axis."""

    def __init__(self, inputs: Tensor, fields: tuple[ReceptiveField, ...]) -> None:
        super().__init__()
        self._known = {id(inputs): (inputs, fields)}
        self.last = fields

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call the function and note what its result sees."""
        if func in _SAME_SHAPE:  # shapes are all there is: nothing to compute
            return args[0]
        named = dict(kwargs or {})
        result = func(*args, **named)
        fields = self._widest((*args, *named.values()))
        if fields is None or func in _GLOBAL:
            return result
        window = _window(func, args, named)
        if window is not None:
            fields = tuple(
                field.through(kernel, stride=stride, dilation=dilation)
                for field, kernel, stride, dilation in zip(fields, *window, strict=True)
            )
            self.last = fields
        for tensor in _tensors(result):
            self._known[id(tensor)] = (tensor, fields)
        return result

    def _widest(self, values: tuple[Any, ...]) -> tuple[ReceptiveField, ...] | None:
        tensors = [tensor for value in values for tensor in _tensors(value)]
        found = [self._known[id(tensor)][1] for tensor in tensors if id(tensor) in self._known]
        return max(found, key=lambda fields: fields[-1].size, default=None)


def _window(
    func: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]
) -> tuple[tuple[int, ...], ...] | None:
    """Kernel, stride and dilation per axis of a convolution or pooling; else None."""

    def given(index: int, name: str, default: Any) -> Any:
        value = args[index] if len(args) > index else named.get(name)
        return default if value is None or value == [] else value

    if func in _CONVOLUTIONS:
        kernel = tuple(given(1, "weight", None).shape[2:])
        stride, dilation = given(3, "stride", 1), given(5, "dilation", 1)
    elif func in _MAX_POOLS or func in _AVERAGE_POOLS:
        kernel = given(1, "kernel_size", None)
        stride = given(2, "stride", kernel)
        dilation = given(4, "dilation", 1) if func in _MAX_POOLS else 1
    else:
        return None
    n_axes = args[0].ndim - 2
    return tuple(_per_axis(value, n_axes) for value in (kernel, stride, dilation))


def _per_axis(value: int | Iterable[int], n_axes: int) -> tuple[int, ...]:
    values = (value,) if isinstance(value, int) else tuple(value)
    return values * n_axes if len(values) == 1 else values


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    return [v for v in value if isinstance(v, Tensor)] if isinstance(value, list | tuple) else []
