"""A section that shows every result of one kind."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from cnnviz.results import Result

from .own_names import side_by_side
from .parts import Part, Section

R = TypeVar("R", bound=Result)


def chapter(
    results: Sequence[R],
    parts: Callable[[R], Sequence[Part]],
    *,
    title: str,
    anchor: str,
    text: str,
) -> Section | None:
    """Results side by side under one heading; None where there is none.

    Parameters
    ----------
    results
        All of one type.
    parts
        Builds what shows one of them, under plain names.
    title, anchor, text
        Of the section.
    """
    if not results:
        return None
    shown = side_by_side(results, parts, anchor=f"{anchor}-of")
    return Section(title=title, anchor=anchor, text=text, parts=shown)
