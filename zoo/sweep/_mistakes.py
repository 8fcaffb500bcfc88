"""Mistakes in grid files, told in one line: where; what was given; what is allowed."""

from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

_TAGS = ("values", "range")  # of a union, no keys of the file


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """Put the first mistake of a table into words, and count the others."""
    first, *others = error.errors()
    n_others = sum(other["type"] != "too_short" for other in others)  # follows from the first
    place = tuple(part for part in first["loc"] if part not in _TAGS)
    more = f" (and {n_others} more)" if n_others else ""
    if first["type"] == "extra_forbidden":
        return _unknown_key(place, model) + more
    table, key = _split(place)
    if first["type"] == "missing":
        return f"{table} lacks {key!r}; add it{more}"
    rule = first["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return f"{table} has {key}={first['input']!r}; allowed: {rule}{more}"


def _unknown_key(place: tuple[str | int, ...], model: type[BaseModel]) -> str:
    table, key = _split(place)
    names = sorted(_model_at(place[:-1], model).model_fields)
    close = get_close_matches(key, names, n=1)
    hint = f"did you mean {close[0]!r}; " if close else ""
    return f"{table} has the unknown key {key!r}; {hint}allowed: {', '.join(names)}"


def _model_at(place: tuple[str | int, ...], model: type[BaseModel]) -> type[BaseModel]:
    for key in place:
        if isinstance(key, str):
            inner = _model_in(model.model_fields[key].annotation)
            assert inner is not None, place
            model = inner
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """The first model within a type such as ``tuple[Block, ...]``; None when there is none."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


def _split(place: tuple[str | int, ...]) -> tuple[str, str]:
    """Table and key as people say them: ``[[grid]] block 2`` (from 1) and ``depth[0]``."""
    table, rest = "", place
    if place[:1] == ("grid",) and len(place) > 1:
        table, rest = f"[[grid]] block {int(place[1]) + 1}", place[2:]
    names = [part for part in rest if isinstance(part, str)]
    if rest and isinstance(rest[-1], int):
        names[-1] += f"[{rest[-1]}]"
    tables = [f"[{'.'.join(names[:-1])}]"] if len(names) > 1 else []
    return " ".join([table, *tables]).strip() or "the file", names[-1] if names else "block"
