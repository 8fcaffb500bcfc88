"""``cnnviz analyze``: run one analyzer, with options from its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from cnnviz import registry
from cnnviz.cli import _options
from cnnviz.cli._progress import progress, say
from cnnviz.cli._runs import open_or_record

if TYPE_CHECKING:
    from cnnviz.parameters import Parameter
    from cnnviz.results import Result
    from cnnviz.run import Run

_ROWS_SHOWN = 20
_EXAMPLES = """
Examples:

  cnnviz analyze {name} runs/mynet
      on what a run holds

  cnnviz analyze {name} mynet.py:build clips/ --sample-rate 16000 --out runs/mynet

The result is kept in RUN/results; show it beside the others with: cnnviz report RUN
"""


class AnalyzerCommands(click.RichGroup):
    """One command per analyzer, made from the dataclass in its file; listing imports none."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the files, kebab-case."""
        return [name.replace("_", "-") for name in registry.names(registry.ANALYZERS)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of one analyzer."""
        name = cmd_name.replace("-", "_")
        return AnalyzerCommand(name) if name in registry.names(registry.ANALYZERS) else None


class AnalyzerCommand(click.RichCommand):
    """The command of one analyzer; imports it no earlier than its options are asked for."""

    def __init__(self, analyzer: str) -> None:
        super().__init__(
            name=analyzer.replace("_", "-"),
            help=registry.first_line(registry.ANALYZERS, analyzer),
            epilog=_EXAMPLES.format(name=analyzer.replace("_", "-")),
        )
        self._analyzer = analyzer

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Model and clips, the parameters of the analyzer, and the options of all commands."""
        if not self.params:
            from cnnviz import workflow
            from cnnviz.parameters import parameters_of

            parameters = parameters_of(workflow.analyzer_class(self._analyzer))
            self.params = [*_ARGUMENTS, *map(_option, parameters), *_shared.params]
        return super().get_params(ctx)

    def invoke(self, ctx: click.Context) -> None:
        """Run the analyzer."""
        from cnnviz import workflow
        from cnnviz.parameters import parameters_of

        kind = workflow.analyzer_class(self._analyzer)
        values = {parameter.name: ctx.params[parameter.name] for parameter in parameters_of(kind)}
        analyzer = workflow.build_analyzer(self._analyzer, **values)
        with (
            open_or_record(ctx.params) as run,
            progress(self._analyzer.replace("_", " ")) as advance,
        ):
            (result,) = workflow.analyze(run.using(progress=advance), [analyzer])
            _print(result, run, as_json=ctx.params["as_json"])


_ARGUMENTS = (
    click.Argument(["reference"], metavar="MODEL|RUN"),
    click.Argument(["folder"], required=False, metavar="[CLIPS]"),
)


@click.command()
@click.option("--out", metavar="DIR", help="Run folder; default: runs/NAME.")
@click.option("--capture-layer", "layers", multiple=True, metavar="NAME", help="Layers to capture.")
@click.option("--batch-size", type=click.IntRange(1), metavar="N", help="Clips per pass.")
@_options.clip_options
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
@_options.device_options
@_options.model_options
def _shared(**_options: Any) -> None: ...


@click.group(cls=AnalyzerCommands, epilog="Example: cnnviz analyze umap-embedding runs/demo")
def command() -> None:
    """Run one analyzer on a run, or on a model and clips; without a name: list them."""


def _option(parameter: Parameter) -> click.Parameter:
    """The option of one parameter: type, range, default and help as the dataclass has them."""
    flag = f"--{parameter.name.replace('_', '-')}"
    if parameter.kind is bool:
        flag = f"{flag}/--no-{flag[2:]}"
    kind: Any = parameter.kind
    if parameter.choices:
        kind = click.Choice(parameter.choices)
    elif parameter.range is not None and parameter.range.above is None:
        limits: Any = (parameter.range.least, parameter.range.most)
        kind = click.IntRange(*limits) if parameter.kind is int else click.FloatRange(*limits)
    return click.Option(
        [flag, parameter.name],
        type=kind,
        multiple=parameter.is_many,
        default=parameter.default,
        show_default=parameter.default not in (None, ()),
        help=parameter.meaning.replace("``", "").replace("None: ", "default: "),
    )


def _print(result: Result, run: Run, *, as_json: bool) -> None:
    """The result's table on stdout, and where it is kept on stderr."""
    table = result.to_dataframe()
    if as_json:
        click.echo(table.to_json(orient="records", indent=1))
    else:
        click.echo(table.head(_ROWS_SHOWN).to_string(index=False))
    rest = len(table) - _ROWS_SHOWN
    if rest > 0 and not as_json:
        say(f"... {rest:,} more rows with --json")
    say(f"kept in {run.folder} as {result.id}; show it with: cnnviz report {run.folder}")
