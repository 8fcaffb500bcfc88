"""Options whose values are the files of an open set, which only listing has to find."""

from __future__ import annotations

import rich_click as click

from cnnviz import registry


class MemberOf(click.ParamType[str]):
    """A file of a folder; none is imported.

    Parameters
    ----------
    package
        Dotted name of the folder.
    without
        Files of the folder that are no value of the option.
    """

    name = "name"

    def __init__(self, package: str, *, without: tuple[str, ...] = ()) -> None:
        self._package, self._without = package, without

    @property
    def choices(self) -> tuple[str, ...]:
        """Names that are allowed."""
        names = registry.names(self._package)
        return tuple(name for name in names if name not in self._without)

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Take a known name."""
        if value not in self.choices:
            self.fail(f"{value!r} is not one of: {', '.join(self.choices)}", param, ctx)
        return value
