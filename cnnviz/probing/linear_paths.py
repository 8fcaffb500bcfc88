"""A network without its nonlinearities: activation functions as gains, max pooling as a filter.

Functions are replaced while the network runs, whatever its graph: additions and concatenations of
branches stay as they are, and all that is left is linear. Functions of parameters, and of
values without an axis of cells, stay too.

References
----------
Bussgang, "Crosscorrelation functions of amplitude-distorted Gaussian signals" (1952): the gain
that describes a function of Gaussian input best is its mean slope.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

_FUNCTIONS = frozenset(
    [
        *("relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "prelu"),
        *("softplus", "hardswish", "hardsigmoid", "hardtanh", "tanh", "sigmoid", "softsign"),
        *("rrelu", "logsigmoid", "tanhshrink", "threshold"),
    ]
)
_POOLS = MappingProxyType({"max_pool1d": 1, "max_pool2d": 2})
_CONVOLUTIONS: Mapping[int, Callable[..., Tensor]] = MappingProxyType({1: F.conv1d, 2: F.conv2d})
_POOL_ARGUMENTS = ("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode")


class NotLinearError(Exception):
    """A nonlinear step cannot be replaced; the text says which."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasuredGain:
    """A nonlinear step as it answered noise.

    Parameters
    ----------
    name
        Of the function, such as ``"relu"``.
    values
        Of a function its mean slope per channel, float64 (channel,): of a rectifier the share of
        inputs above zero. Of max pooling the share of windows in which each cell is the largest,
        (channel, cells ...), ties counting in equal parts.
    """

    name: str
    values: Tensor


@dataclass
class MeasuringGains(TorchFunctionMode):
    """Let the network run as it is, and keep what its nonlinear steps do to their input.

    `gains` holds them in order of execution.
    """

    gains: list[MeasuredGain] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run one function."""
        kwargs = kwargs or {}
        name = _name(func)
        if name in _FUNCTIONS and _is_signal(args, kwargs):
            values = _mean_slopes(func, args, kwargs)
            self.gains.append(MeasuredGain(name=name, values=values))
        elif name in _POOLS:
            pool = _Pool.of(name, args, kwargs)
            self.gains.append(MeasuredGain(name=name, values=pool.shares()))
        return func(*args, **kwargs)


class WithoutNonlinearities(TorchFunctionMode):
    """Replace nonlinear steps: by gains that were measured, or by 1 and an average.

    Parameters
    ----------
    gains
        Of `MeasuringGains` for the same forward pass, or None: the policy ``identity``.
    """

    def __init__(self, gains: list[MeasuredGain] | None = None) -> None:
        super().__init__()
        self._gains = gains
        self._place = 0

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run one function, or what stands for it."""
        kwargs = kwargs or {}
        name = _name(func)
        if name in _FUNCTIONS and _is_signal(args, kwargs):
            return self._scaled(name, func, args, kwargs)
        if name in _POOLS:
            pool = _Pool.of(name, args, kwargs)
            found = self._next(name)
            return pool.filtered(pool.even() if found is None else found)
        return func(*args, **kwargs)

    def restart(self) -> None:
        """Begin a forward pass."""
        self._place = 0

    def _next(self, name: str) -> Tensor | None:
        """Gain of the next step, None under ``identity``."""
        if self._gains is None:
            return None
        found = self._gains[self._place % len(self._gains)] if self._gains else None
        if found is None or found.name != name:
            raise NotLinearError(f"{name} ran in another order than on noise")
        self._place += 1  # a network of one batch size runs more than once
        return found.values

    def _scaled(self, name: str, func: Any, args: Any, kwargs: Mapping[str, Any]) -> Tensor:
        values: Tensor = args[0] if args else kwargs["input"]
        gain = self._next(name)
        if gain is None:
            return values
        scaled = values * gain.to(values).reshape(1, -1, *(1,) * (values.ndim - 2))
        is_in_place = func.__name__.endswith("_") or kwargs.get("inplace") or True in args[1:]
        return values.copy_(scaled) if is_in_place else scaled


@dataclass(frozen=True, kw_only=True, slots=True)
class _Pool:
    """Max pooling of (sound, channel, cells ...), sizes in cells per axis."""

    values: Tensor
    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]

    @classmethod
    def of(cls, name: str, args: Any, kwargs: Mapping[str, Any]) -> _Pool:
        """Read the arguments of a call."""
        given = {**dict(zip(_POOL_ARGUMENTS, args, strict=False)), **kwargs}
        n_axes, kernel = _POOLS[name], given["kernel_size"]
        if given.get("ceil_mode") or given["input"].ndim != n_axes + 2:
            raise NotLinearError(f"{name} with ceil_mode, or of an input without a sound axis")
        return cls(
            values=given["input"],
            kernel=_sizes(kernel, n_axes),
            stride=_sizes(given.get("stride") or kernel, n_axes),
            padding=_sizes(given.get("padding", 0), n_axes),
            dilation=_sizes(given.get("dilation", 1), n_axes),
        )

    def even(self) -> Tensor:
        """Equal taps, (channel, cells ...)."""
        size = float(torch.tensor(self.kernel).prod())
        return torch.full((self.values.shape[1], *self.kernel), 1 / size, dtype=torch.float64)

    def shares(self) -> Tensor:
        """How often each cell of a window is its largest, float64 (channel, cells ...)."""
        lowest = torch.finfo(self.values.dtype).min
        windows = F.pad(self.values.detach(), self._pads(), value=lowest)
        for axis, sizes in enumerate(zip(self.kernel, self.stride, self.dilation, strict=True)):
            kernel, stride, dilation = sizes
            windows = windows.unfold(2 + axis, (kernel - 1) * dilation + 1, stride)
            windows = windows[..., ::dilation]
        n_axes = len(self.kernel)
        cells = tuple(range(-n_axes, 0))
        largest = (windows == windows.amax(cells, keepdim=True)).double()
        shares = largest / largest.sum(cells, keepdim=True)
        return shares.mean(dim=(0, *range(2, 2 + n_axes)))  # (channel, cells ...)

    def filtered(self, taps: Tensor) -> Tensor:
        """Correlate each channel with taps of its own, (channel, cells ...)."""
        padded = F.pad(self.values, self._pads())
        return _CONVOLUTIONS[len(self.kernel)](
            padded,
            taps.to(padded)[:, None],
            stride=self.stride,
            dilation=self.dilation,
            groups=len(taps),
        )

    def _pads(self) -> list[int]:
        return [pad for size in reversed(self.padding) for pad in (size, size)]


def _is_signal(args: Any, kwargs: Mapping[str, Any]) -> bool:
    """Whether a function is of activations; of parameters it makes what is learned."""
    values = args[0] if args else kwargs["input"]
    return not isinstance(values, nn.Parameter) and values.ndim > 2


def _name(func: Any) -> str:
    return str(getattr(func, "__name__", "")).strip("_")


def _sizes(given: Any, n_axes: int) -> tuple[int, ...]:
    return (given,) * n_axes if isinstance(given, int) else tuple(given) * (n_axes // len(given))


def _mean_slopes(func: Any, args: Any, kwargs: Mapping[str, Any]) -> Tensor:
    """Mean over sounds and cells of the slope at the input, float64 (channel,)."""
    options = dict(kwargs)
    values: Tensor = args[0] if args else options.pop("input")
    with torch.enable_grad():
        at = values.detach().clone().requires_grad_()
        answer = func(at.clone(), *args[1:], **options)  # a copy, which may be written to
        (slopes,) = torch.autograd.grad(answer.sum(), at)
    axes = [axis for axis in range(slopes.ndim) if axis != 1]
    return slopes.double().mean(dim=axes)
