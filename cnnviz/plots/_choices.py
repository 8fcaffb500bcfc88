"""Which views a result has, which arguments each takes, and what is allowed for them."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from cnnviz.errors import ParameterError

Views = Mapping[str, Mapping[str, Sequence[int] | Sequence[str]]]
"""View -> argument -> allowed values, the default first where there is one."""

_N_SPELLED = 12
V = TypeVar("V", int, str)


def check_view(view: str | None, views: Views, absent: Mapping[str, str] | None = None) -> str:
    """Give the view to draw; None is the first.

    Parameters
    ----------
    view, views
        The one asked for, and those there are.
    absent
        Why views of other results of this type are not among them.

    Raises
    ------
    ParameterError
        If the result has no such view.
    """
    if view is None and views:
        return next(iter(views))
    if view is None or view not in views:
        reason = (absent or {}).get(view or "", "")
        allowed = ", ".join(views) or "none"
        raise ParameterError(f"view={view!r}; allowed: {allowed}" + f"; {reason}" * bool(reason))
    return view


def check_choice(name: str, value: V | None, allowed: Sequence[V]) -> V:
    """Give the value of an argument of a view; None is the first allowed.

    Raises
    ------
    ParameterError
        If the value is not allowed.
    """
    if value is None:
        return allowed[0]
    if value not in allowed:
        raise ParameterError(f"{name}={value!r}; allowed: {spelled(allowed)}")
    return value


def spelled(allowed: Sequence[int] | Sequence[str]) -> str:
    """Write what is allowed in few words."""
    if isinstance(allowed, range):
        return f"{allowed[0]} to {allowed[-1]}"
    words = [repr(value) for value in allowed[:_N_SPELLED]]
    more = len(allowed) - len(words)
    return ", ".join(words) + (f" and {more} more; see: views" if more > 0 else "")
