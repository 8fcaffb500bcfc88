"""Parameters of analyzers: one annotation gives the check, the option and the reference page."""

import inspect
import types
from dataclasses import MISSING, dataclass, fields
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from cnnviz.errors import ParameterError


@dataclass(frozen=True, slots=True)
class Range:
    """Least and most value of a number; None: no limit. `above` is a limit left out itself."""

    least: float | None = None
    most: float | None = None
    above: float | None = None

    def holds(self, value: float) -> bool:
        """Whether a value is inside."""
        return (
            (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and (self.above is None or value > self.above)
        )

    def __str__(self) -> str:
        if self.above is not None:
            return f"above {self.above:g}" + ("" if self.most is None else f" to {self.most:g}")
        if self.least is None:
            return f"at most {self.most:g}"
        return f"{self.least:g} " + ("or more" if self.most is None else f"to {self.most:g}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """One field of an analyzer.

    Parameters
    ----------
    name, meaning
        Of the field, and its text in the docstring of the class on one line.
    kind
        ``int``, ``float``, ``str`` or ``bool``; of the entries where `is_many`.
    default
        Of the field.
    is_many
        Whether it is a tuple of any length.
    choices
        The only values allowed; empty: any.
    range
        Of numbers, or None.
    """

    name: str
    meaning: str
    kind: type
    default: Any
    is_many: bool = False
    choices: tuple[str, ...] = ()
    range: Range | None = None


def parameters_of(kind: type) -> tuple[Parameter, ...]:
    """Describe the fields of a dataclass of parameters.

    Raises
    ------
    TypeError
        If a field has a type that no option can be made of.
    """
    hints = get_type_hints(kind, include_extras=True)
    meanings = _meanings(kind)
    return tuple(
        Parameter(
            name=field.name,
            meaning=meanings.get(field.name, ""),
            default=None if field.default is MISSING else field.default,
            **_described(hints[field.name], f"{kind.__name__}.{field.name}"),
        )
        for field in fields(kind)
    )


def check_parameters(record: object) -> None:
    """Hold the fields of a dataclass against the ranges and choices of their annotations.

    Raises
    ------
    ParameterError
        With the value given and what is allowed.
    """
    for parameter in parameters_of(type(record)):
        value = getattr(record, parameter.name)
        if value is None:
            continue
        if parameter.choices and value not in parameter.choices:
            raise ParameterError(
                f"{parameter.name}={value!r}; allowed: {', '.join(parameter.choices)}"
            )
        if parameter.range is not None and not parameter.range.holds(value):
            raise ParameterError(f"{parameter.name}={value}; allowed: {parameter.range}")


def _described(hint: Any, name: str) -> dict[str, Any]:
    """Kind, choices and range in a type hint."""
    description: dict[str, Any] = {}
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (part for part in get_args(hint) if part is not type(None))
    if get_origin(hint) is Annotated:
        hint, *extras = get_args(hint)
        description["range"] = next((extra for extra in extras if isinstance(extra, Range)), None)
    if get_origin(hint) is tuple:
        hint, description["is_many"] = get_args(hint)[0], True
    if get_origin(hint) is Literal:
        hint, description["choices"] = str, get_args(hint)
    if hint not in (int, float, str, bool):
        raise TypeError(f"{name} has the type {hint}, of which no option can be made")
    return {"kind": hint, **description}


def _meanings(kind: type) -> dict[str, str]:
    """Texts of the sections Parameters of a class and those it extends, by name."""
    meanings: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        meanings |= _own_meanings(one)
    return meanings


def _own_meanings(kind: type) -> dict[str, str]:
    """Texts of the section Parameters of a numpydoc docstring, by name."""
    lines = inspect.cleandoc(kind.__doc__ or "").splitlines()
    if "Parameters" not in lines:
        return {}
    meanings: dict[str, str] = {}
    names: list[str] = []
    for line in lines[lines.index("Parameters") + 2 :]:
        if line and not line.startswith(" "):
            if set(line) == {"-"}:
                break
            names = line.split(", ")
        for name in names if line.startswith(" ") else ():
            meanings[name] = f"{meanings.get(name, '')} {line.strip()}".strip()
    return meanings
