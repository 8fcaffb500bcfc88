"""``cnnviz open``: show the page of a run in the browser."""

from pathlib import Path

import rich_click as click

from cnnviz.cli import _advice


@click.command(epilog="Example: cnnviz open runs/demo")
@click.argument("run", default="runs/demo")
def command(run: str) -> None:
    """Open the report of a run in the web browser."""
    import webbrowser

    from cnnviz.errors import CaptureFormatError

    page = Path(run) / "report" / "index.html"
    if not page.is_file():
        if not any((Path(run) / "results").glob("*.h5")):
            raise CaptureFormatError(_advice.without_results(Path(run)))
        raise CaptureFormatError(f"{run} holds no page yet; draw it with: cnnviz report {run}")
    webbrowser.open(page.resolve().as_uri())
    click.echo(page)
