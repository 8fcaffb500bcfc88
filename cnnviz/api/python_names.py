"""Errors in the words of Python: parameters instead of the options of the command line.

Texts of errors name what to change as the command line does; functions called as ``cnnviz.NAME``
spell it as their own parameters.
"""

import re
from collections.abc import Callable
from functools import wraps
from types import MappingProxyType
from typing import ParamSpec, TypeVar

from cnnviz.errors import CnnvizError

P = ParamSpec("P")
R = TypeVar("R")

_NAMES = MappingProxyType(
    {
        "as": "as_",
        "classes": "class_names",
        "clip-layout": "layout",
        "layer": "layers",
        "maps": "n_maps",
        "output": "role",
    }
)
_FLAGS = ("force", "overwrite", "split-by-speaker", "trust-code")
_OPTION = re.compile(
    r"(?P<command>cnnviz (?:\.\.\.|[a-z]+)[^;)]*)"
    r"|(?P<leave>leave )?--(?P<name>[a-z][a-z-]*[a-z])"
    r"(?: (?P<value>[A-Z\d][\w,.]*|folder|file|classes)\b(?:,\.\.\.)?)?"
)


def in_python(text: str) -> str:
    """Spell the options in a text as parameters; whole commands stay.

    Examples
    --------
    >>> in_python("add --sample-rate HZ, or --trust-code; see: cnnviz report --help")
    'add sample_rate=HZ, or trust_code=True; see: cnnviz report --help'
    """
    return _OPTION.sub(_parameter, text)


def _parameter(found: re.Match[str]) -> str:
    if found["command"]:
        return found["command"]
    option = found["name"]
    name = (found["leave"] or "") + _NAMES.get(option, option.replace("-", "_"))
    if found["value"]:
        value = found[0].partition(f"--{option} ")[2]
        return f"{name}={value!r}" if value.islower() else f"{name}={value}"
    return f"{name}=True" if option in _FLAGS and not found["leave"] else name


def with_python_names(function: Callable[P, R]) -> Callable[P, R]:
    """The same function, whose errors name parameters."""

    @wraps(function)
    def spelled(*arguments: P.args, **parameters: P.kwargs) -> R:
        try:
            return function(*arguments, **parameters)
        except CnnvizError as error:
            error.args = tuple(in_python(str(part)) for part in error.args)
            raise

    return spelled
