"""``cnnviz zoo``: reference networks, listed, trained, swept and compared.

Each file of this folder is one command and exposes it as ``command``.
"""

import rich_click as click

from cnnviz.cli._commands import Commands


class _ZooCommands(Commands):
    """The commands of this folder."""

    package = "cnnviz.cli.zoo"


@click.group(cls=_ZooCommands, epilog="Try: cnnviz zoo list")
def command() -> None:
    """List reference networks, or train them on a folder of clips."""
