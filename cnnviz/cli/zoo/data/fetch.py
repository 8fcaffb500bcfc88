"""``cnnviz zoo data fetch``: a corpus from its authors' host, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from cnnviz.cli._progress import say
from cnnviz.cli.zoo.data._transfers import transfers

if TYPE_CHECKING:
    from zoo.downloads import Fetched


@click.command(
    "fetch",
    epilog="""
Examples:

  cnnviz zoo data fetch fsdd

  cnnviz zoo data fetch speech_commands_v2 --out /big/disk/speech_commands

  cnnviz zoo data fetch esc50 --force

A download that was stopped goes on when the same command is run again. The archive is
compared with the digest that was published for it, and the unpacked files with the file list.
""",
)
@click.argument("name")
@click.option("--out", metavar="DIR", help="Folder it goes to; default: data/NAME.")
@click.option("--force", is_flag=True, help="Fetch again and replace what was fetched before.")
def command(name: str, out: str | None, force: bool) -> None:
    """Download the corpus NAME, check it and unpack it into a folder.

    A corpus that is there already is left alone. See: cnnviz zoo data list
    """
    from cnnviz import registry

    registry.load_sibling("zoo")
    from zoo import downloads

    corpus = downloads.load(name)
    folder = Path(out) if out else Path("data") / name
    with transfers() as advance:
        fetched = downloads.fetch(corpus, folder, force=force, tell=say, advance=advance)
    for line in _summary(fetched):
        click.echo(line)


def _summary(fetched: Fetched) -> list[str]:
    if fetched.was_there and not fetched.sha256:
        how = "is there already; its file list is right, its archive was never seen by cnnviz"
    elif fetched.was_there:
        how = "is there already and as it was fetched; nothing to do"
    else:
        how = f"holds {fetched.n_files:,} files, checked by the file list"
    digest = f"archive: {fetched.checked}, as published" if fetched.checked else ""
    unknown = f"archive: sha256:{fetched.sha256}, which nobody vouches for"
    lines = [f"{fetched.folder} {how}"]
    if fetched.sha256:
        lines.append(digest or unknown)
    return lines
