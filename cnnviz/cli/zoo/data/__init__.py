"""``cnnviz zoo data``: corpora from their authors' hosts.

Each file of this folder is one command and exposes it as ``command``.
"""

import rich_click as click

from cnnviz.cli._commands import Commands


class _DataCommands(Commands):
    """The commands of this folder."""

    package = "cnnviz.cli.zoo.data"


@click.group(
    "data",
    cls=_DataCommands,
    epilog="""
Examples:

  cnnviz zoo data list

  cnnviz zoo data fetch fsdd
""",
)
def command() -> None:
    """List corpora, or download, check and unpack one."""
