"""Groups of commands: the files of a folder."""

from importlib import import_module

import rich_click as click

from cnnviz import registry


class Commands(click.RichGroup):
    """A group whose commands are the files of the folder `package`."""

    package = "cnnviz.cli"

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the files, kebab-case."""
        return [name.replace("_", "-") for name in registry.names(self.package)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one file and take its ``command``."""
        name = cmd_name.replace("-", "_")
        if name not in registry.names(self.package):
            return None
        command: click.Command = import_module(f"{self.package}.{name}").command
        command.name = cmd_name  # the file's name, not that of the function
        return command
