"""Names of parts that show one result, told apart from those of every other result.

A section builds the parts of a result under plain names (``"filter=conv1:3"``); here each name
gets the digest of the result (``"filter=conv1:3.1a2b3c4d"``), so that two results of one kind
live side by side: fragments, data files and figures. Links to names among these parts follow;
links to the rest of the page stay.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

from cnnviz.results import Finding, Result

from .parts import (
    JSON,
    ClipList,
    DataFile,
    Details,
    FigureColumns,
    Group,
    Interactive,
    Link,
    Matrix,
    Option,
    Part,
    Table,
    Vector,
)

P = TypeVar("P", bound="Part | Option | tuple[Part, ...]")
R = TypeVar("R", bound=Result)
_ANCHORED = (Details, Group, Option, Vector)


def own_names(result: Result, parts: P) -> P:
    """Give what shows one result names of its own.

    Parameters
    ----------
    result
        Whose digest the names get.
    parts
        A part, an option of a choice, or a tuple of parts, under plain names.
    """
    return cast("P", _renamed(parts, result, frozenset(_anchors(parts))))


def side_by_side(
    results: Sequence[R], parts: Callable[[R], Sequence[Part]], *, anchor: str
) -> tuple[Part, ...]:
    """Parts of each result under names of its own; of several, each under its parameters.

    Parameters
    ----------
    results
        All of one type.
    parts
        Builds what shows one of them, under plain names.
    anchor
        Plain name of the group that each of several gets.
    """
    shown: list[Part] = []
    for result, told in zip(results, differences(results), strict=True):
        inside = tuple(parts(result))
        if len(results) > 1:
            inside = (Group(title=told or result.id, anchor=anchor, parts=inside),)
        shown += own_names(result, inside)
    return tuple(shown)


def differences(results: Sequence[Result]) -> tuple[str, ...]:
    """What tells each result from others of its analyzer: ``"target label"``; else nothing."""
    return tuple(_difference(result, results) for result in results)


def _difference(result: Result, results: Sequence[Result]) -> str:
    own = json.loads(result.provenance.parameters)
    same = [one for one in results if one.provenance.analyzer == result.provenance.analyzer]
    others = [json.loads(one.provenance.parameters) for one in same]
    varied = [name for name in own if any(own[name] != other.get(name) for other in others)]
    return ", ".join(f"{name} {_told(own[name])}" for name in varied)


def _told(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _anchors(value: object) -> Iterator[str]:
    """Every fragment that a part, or a part inside it, can be reached by."""
    if isinstance(value, tuple):
        for entry in value:
            yield from _anchors(entry)
    elif is_dataclass(value) and not isinstance(value, type):
        if isinstance(value, _ANCHORED) and value.anchor:
            yield value.anchor
        if isinstance(value, Table):
            yield from value.anchors
        if isinstance(value, Interactive):
            yield from value.views
        for field in fields(value):
            yield from _anchors(getattr(value, field.name))


def _renamed(value: Any, result: Result, known: frozenset[str]) -> Any:
    """A part, or anything inside one, with its own names."""
    if isinstance(value, tuple):
        return tuple(_renamed(entry, result, known) for entry in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    inside = {
        field.name: _renamed(getattr(value, field.name), result, known) for field in fields(value)
    }
    return replace(value, **inside | _changes(value, result, known))


def _changes(value: Any, result: Result, known: frozenset[str]) -> dict[str, object]:
    """Fields of one part that hold its names, and links to names among `known`."""

    def linked(target: str) -> str:
        return result.fragment(target) if target in known else target

    if isinstance(value, Link | Vector):
        return {"target": linked(value.target)} | _own(value, result)
    if isinstance(value, Finding):
        return {"fragment": linked(value.fragment)}
    if isinstance(value, Matrix):
        anchors = {cell: linked(target) for cell, target in value.anchors.items()}
        return {"anchors": anchors} | _own(value, result)
    return _own(value, result)


def _own(value: Any, result: Result) -> dict[str, object]:
    """Fields of one part that name it, or what is in it."""
    own: dict[str, object] = {}
    if isinstance(value, DataFile):
        stem, dot, ending = value.name.rpartition(".")
        return {"name": f"{result.fragment(stem)}{dot}{ending}"}
    if isinstance(value, FigureColumns):
        views = tuple(map(result.fragment, value.views))
        return {"figure": result.fragment(value.figure), "views": views}
    if isinstance(value, _ANCHORED) and value.anchor:
        own["anchor"] = result.fragment(value.anchor)
    if isinstance(value, Table | Matrix | ClipList | Interactive):
        own["name"] = result.fragment(value.name)
    if isinstance(value, Table):
        own["anchors"] = tuple(map(result.fragment, value.anchors))
    if isinstance(value, Interactive):
        own["views"] = {result.fragment(key): view for key, view in value.views.items()}
        item = cast("dict[str, JSON]", dict(value.item))
        own["item"] = _identified(item, value.name, result.fragment(value.name))
    return own


def _identified(value: JSON, name: str, own: str) -> JSON:
    """A figure whose ids begin with its own name; they are unique on the page."""
    if isinstance(value, list):
        return [_identified(entry, name, own) for entry in value]
    if not isinstance(value, dict):
        return value
    return {
        key: own + entry.removeprefix(name)
        if key in ("id", "root_id") and isinstance(entry, str) and entry.startswith(f"{name}-")
        else _identified(entry, name, own)
        for key, entry in value.items()
    }
