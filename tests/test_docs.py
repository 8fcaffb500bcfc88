"""What the documents promise exists."""

import re
import shlex
from pathlib import Path

import pytest
import rich_click as click

from cnnviz.cli import root

ROOT = Path(__file__).resolve().parent.parent
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
COMMAND = re.compile(r"^ *(?:\$ )?(cnnviz [^#`\n]*)", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)\)")


def command_lines():
    for page in PAGES:
        for block in re.findall(r"```(?:console|bash|sh|text)\n(.*?)```", page.read_text(), re.S):
            for line in COMMAND.findall(block):
                yield pytest.param(line.strip(), id=f"{page.name}: {line.strip()}")


@pytest.mark.parametrize("line", list(command_lines()))
def test_a_command_line_of_the_documents_is_understood(line):
    words = shlex.split(line)[1:]
    command = root
    context = click.Context(root)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words.pop(0))
        assert found is not None, line
        command = found

    if not isinstance(command, click.Group):
        command.make_context(command.name, words)  # an error of usage fails the test


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    links = LINK.findall(page.read_text())

    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_speak_of_the_project_alone(page):
    text = page.read_text()

    assert not re.search(r"(^|[^a-z.])/(work|tmp|root|home)/", text)
