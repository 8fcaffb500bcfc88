"""A forward pass whose operations get other gradients, whoever calls them.

Relevance propagation and DeepLIFT are backward passes in which the derivative of an operation is
replaced by a rule. Here a rule belongs to an operation, not to a module: a mode of torch hears
each call of a tensor function, from a module, from ``torch.nn.functional``, from a method or an
operator, in place or not, the first time or the fifth, and the rule answers with a tensor of
equal value whose gradient is that of a surrogate. Nothing is attached to the network.

A rule may be left out only where an operation is linear in what depends on the input. That is
checked on autograd's graph after each call, so an operation without a rule is refused, never
passed over.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from cnnviz.attribution.propagation.linear_steps import is_linear, kind_of, steps
from cnnviz.errors import UnsupportedModelError

if TYPE_CHECKING:
    from torch.autograd.graph import Node

_ALIASES = {
    "absolute": "abs",
    "clip": "clamp",
    "divide": "div",
    "iadd": "add",
    "imul": "mul",
    "ipow": "pow",
    "isub": "sub",
    "itruediv": "div",
    "multiply": "mul",
    "negative": "neg",
    "radd": "add",
    "rmul": "mul",
    "rtruediv": "rdiv",
    "special_expit": "sigmoid",
    "subtract": "sub",
    "true_divide": "div",
    "truediv": "div",
}
_IN_PLACE_OPERATORS = ("__iadd__", "__isub__", "__imul__", "__itruediv__", "__ipow__")
_TORCH = Path(torch.__file__).parent
_OWN = Path(__file__).parents[1]  # of attribution


class _Ruled(torch.autograd.Function):
    """The value of one tensor with the gradient of another."""

    @staticmethod
    def forward(ctx: object, surrogate: Tensor, value: Tensor) -> Tensor:  # noqa: ARG004 (of torch)
        return value.clone()

    @staticmethod
    def backward(ctx: object, *gradients: Tensor) -> tuple[Tensor, None]:  # noqa: ARG004 (of torch)
        return gradients[0], None


def ruled(value: Tensor, surrogate: Tensor) -> Tensor:
    """`value`, whose gradient is that of `surrogate`, a tensor of the same shape."""
    assert value.shape == surrogate.shape, (value.shape, surrogate.shape)
    result: Tensor = _Ruled.apply(surrogate, value.detach())  # type: ignore[no-untyped-call]
    return result


class _Closed(torch.autograd.Function):
    """A tensor that relevance must not reach."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, value: Tensor, error: Exception) -> Tensor:  # noqa: ARG004
        ctx.error = error
        return value.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Any:  # noqa: ARG004 (of torch)
        raise ctx.error


def closed(value: Tensor, inputs: Tensor, error: Exception) -> Tensor:
    """`value`, which depends on `inputs`, and an error once a gradient is asked of it."""
    result: Tensor = _Closed.apply(inputs, value.detach(), error)  # type: ignore[no-untyped-call]
    return result


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One call of a tensor function some of whose arguments depend on the input.

    Parameters
    ----------
    name
        Of the operation, the same for modules, functions, methods and operators: ``"relu"``.
    function, args, kwargs
        As called.
    in_place
        Whether the function overwrites its first argument.
    """

    name: str
    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    in_place: bool

    @property
    def inputs(self) -> list[Tensor]:
        """Tensors that depend on the input, in order."""
        return [one for one in _leaves((self.args, self.kwargs)) if depends(one)]

    @property
    def constants(self) -> list[Any]:
        """Every other argument, in order."""
        return [one for one in _leaves((self.args, self.kwargs)) if not depends(one)]

    def native(self) -> Any:
        """What torch gives, with its own gradient."""
        return self.function(*self.args, **self.kwargs)

    def on(self, *inputs: Tensor) -> Any:
        """The function of other tensors in the place of `inputs`, which are not overwritten."""
        tensors = iter([one.clone() if self.in_place else one for one in inputs])
        args, kwargs = _mapped(
            (self.args, dict(self.kwargs)), lambda one: next(tensors) if depends(one) else one
        )
        return self.function(*args, **kwargs)

    def argument(self, position: int, name: str, default: Any = None) -> Any:
        """An argument that may be given by its position or its name."""
        if position < len(self.args):
            return self.args[position]
        return self.kwargs.get(name, default)

    def refused(self, reason: str) -> UnsupportedModelError:
        """An error that names the operation and the line that calls it."""
        return UnsupportedModelError(
            f"operation {self.name!r} {_place()}: {reason}; use integrated_gradients"
        )


Rule = Callable[[Call], Any]


class Propagation(TorchFunctionMode):
    """Answer operations by their rules while the block lasts, in this thread alone.

    Parameters
    ----------
    rules
        By name of the operation; each gives what the operation gives.
    otherwise
        The rule of all other operations.
    method
        Named in errors.
    also_linear
        Steps of autograd's graph whose own gradient will do although they are not linear.
    is_checked
        Whether operations without a rule are refused; not where no gradient is taken.
    """

    def __init__(
        self,
        rules: Mapping[str, Rule],
        *,
        otherwise: Rule,
        method: str,
        also_linear: frozenset[str] = frozenset(),
        is_checked: bool = True,
    ) -> None:
        super().__init__()
        self._rules, self._otherwise = rules, otherwise
        self._method, self._also_linear, self._is_checked = method, also_linear, is_checked
        self._known: set[Node] = set()
        self.is_paused = False

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        is_heard = torch.is_grad_enabled() and not self.is_paused
        if not is_heard or not any(depends(one) for one in _leaves((args, kwargs))):
            return func(*args, **kwargs)
        call = _call(func, args, kwargs)
        rule = self._rules.get(call.name)
        if rule is None:
            result = self._otherwise(call)
        else:
            result = rule(call)
            if call.in_place and result is not args[0]:
                result = args[0].copy_(result)
        self._check(call.name, [one for one in _leaves(result) if isinstance(one, Tensor)])
        return result

    def finish(self, scores: Tensor) -> None:
        """Check what no function call has shown: the rest of the graph of the scores."""
        self._check("of TorchScript or a custom function", [scores])

    def _check(self, name: str, results: list[Tensor]) -> None:
        for node in steps(results, self._known) if self._is_checked else ():
            if not is_linear(node) and kind_of(node) not in self._also_linear:
                raise UnsupportedModelError(
                    f"operation {name!r} ({node.name()}) {_place()} has no rule in "
                    f"{self._method}; allowed: linear operations, and those with a rule such as "
                    f"{', '.join(sorted(self._rules)[:40:5])}; use integrated_gradients"
                )


def depends(value: object) -> bool:
    """Whether a value is a tensor that depends on the input; weights are frozen."""
    return isinstance(value, Tensor) and value.requires_grad


def _call(func: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Call:
    given = getattr(func, "__name__", str(func)).partition(".")[0]
    name = given.strip("_").removesuffix("_with_indices")
    is_operator = given.startswith("__")
    in_place = given in _IN_PLACE_OPERATORS or (given.endswith("_") and not is_operator)
    if isinstance(func, FunctionType):
        in_place = in_place or _is_asked_in_place(func, args, kwargs)
    return Call(
        name=_ALIASES.get(name, name),
        function=func,
        args=args,
        kwargs=kwargs,
        in_place=in_place,
    )


def _is_asked_in_place(
    func: FunctionType, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> bool:
    parameters = list(inspect.signature(func).parameters)
    if "inplace" not in parameters:
        return False
    position = parameters.index("inplace")
    return bool(args[position] if position < len(args) else kwargs.get("inplace", False))


def _leaves(value: object) -> Iterator[Any]:
    """Values inside tuples, lists and dicts, in order."""
    if isinstance(value, tuple | list):
        for one in value:
            yield from _leaves(one)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _leaves(one)
    else:
        yield value


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """The same tuples, lists and dicts with their values changed, in the order of `_leaves`."""
    if isinstance(value, slice) or not isinstance(value, tuple | list | dict):
        return change(value)
    if isinstance(value, dict):
        return {key: _mapped(one, change) for key, one in value.items()}
    return type(value)(_mapped(one, change) for one in value)


def _place() -> str:
    """File and line of the network that makes this call; of its torch module if need be."""
    module = ""
    for frame in reversed(traceback.extract_stack()):
        path = Path(frame.filename)
        if _OWN in path.parents:
            continue
        where = f"at {frame.filename}:{frame.lineno}"
        if _TORCH / "nn" / "modules" in path.parents:
            module = module or (where if path.name != "module.py" else "")
        elif _OWN.parent in path.parents:
            break
        elif _TORCH not in path.parents:
            return where
    return module or "of the model"
