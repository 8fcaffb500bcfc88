"""What an error, a hint or an example says to run exists and takes what it is given."""

import ast
import re
import shlex
from pathlib import Path

import pytest
import rich_click as click

from cnnviz.cli import root

ROOT = Path(__file__).resolve().parent.parent
COMMAND = re.compile(r"\bcnnviz ([a-z][^;,)(\n]*)")
TOLD_ABOUT = re.compile(r" wrote$| command again$|^report 1$")
"""Texts that name a command without asking to run it; the last is a mark in files."""


def texts(tree):
    """Strings of a file that are no docstrings; what is put into them is the word WORD."""
    passed = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):  # parents first
        if isinstance(node, ast.JoinedStr):
            passed |= {id(part) for part in node.values}
            parts = [p.value if isinstance(p, ast.Constant) else "WORD" for p in node.values]
            yield "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and id(node) not in passed:
            yield str(node.value)


def advised():
    for package in ("cnnviz", "zoo", "reports"):
        for path in sorted((ROOT / package).rglob("*.py")):
            for text in texts(ast.parse(path.read_text())):
                for found in COMMAND.findall(text):
                    line = found.split(". ")[0].strip()
                    if line.split()[0] in root.list_commands(None) and not TOLD_ABOUT.search(line):
                        yield f"{path.relative_to(ROOT).as_posix()}: {line}"


@pytest.mark.parametrize("advice", sorted(set(advised())))
def test_a_command_that_is_advised_is_understood(advice):
    line = advice.partition(": ")[2].replace("{name}", "NAME")
    words = shlex.split(line.replace("analyze NAME", "analyze umap-embedding"))
    command, context = root, click.Context(root)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        command = command.get_command(context, words.pop(0))
        assert command is not None, line

    if not isinstance(command, click.Group) and words != ["--help"]:
        command.make_context(command.name, words)  # an error of usage fails the test


def test_the_places_that_advise_are_found():
    found = "\n".join(advised())

    assert "cnnviz/store/capture.py: capture MODEL CLIPS --layer NAME" in found
    assert "cnnviz/cli/report.py: open WORD" in found
