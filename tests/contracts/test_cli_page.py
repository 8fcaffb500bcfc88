"""The reference page names what each option takes, and which ones there is no way around."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cnnviz.cli import root

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference" / "cli.md"


def _commands(
    command: click.Command, *names: str
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield names, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None, name
            yield from _commands(child, *names, name)


COMMANDS = {" ".join(names): command for names, command in _commands(root, "cnnviz")}


def _rows(name: str) -> list[list[str]]:
    """Cells of a command's table, and of the tables of the groups it is in."""
    sections = PAGE.read_text("utf-8").split("\n## `")
    words = name.split()
    groups = {" ".join(words[:n]) for n in range(1, len(words) + 1)}
    lines = [
        line
        for section in sections
        if section.partition("`")[0] in groups
        for line in section.splitlines()
    ]
    return [line.strip("| ").split(" | ") for line in lines if line.startswith("| `")]


@pytest.mark.parametrize("name", COMMANDS)
def test_choices_and_required_options_stand_in_the_reference(name: str) -> None:
    command = COMMANDS[name]
    rows = {row[0].split("`")[1]: " | ".join(row) for row in _rows(name)}

    for option in command.get_params(click.Context(command)):
        if not isinstance(option, click.Option) or option.name == "help":
            continue
        row = rows[option.opts[0]]
        assert ("required" in row.split()) == option.required
        assert all(f"`{choice}`" in row for choice in getattr(option.type, "choices", ()))


def test_a_hand_read_row_says_choices_default_and_range() -> None:
    rows = _rows("cnnviz zoo sweep")

    assert ["`--executor`", "`local`, `ray`, `slurm`", "Where to work: local, ray or slurm.",
            "`local`"] in rows  # fmt: skip
    assert ["`--workers`", "`N`, 1 or more", "Trials at a time; default: by device.", ""] in [
        [*row, ""][:4] for row in rows
    ]
    assert ["`--data`", "`DIR`", "Folder of clips with splits.", "required"] in rows
