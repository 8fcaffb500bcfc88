"""``cnnviz zoo list``: what the zoo holds."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import rich_click as click

if TYPE_CHECKING:
    from zoo.listing import Listing


@click.command(
    "list",
    epilog="""
Examples:

  cnnviz zoo list

  cnnviz zoo list --json
""",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def command(as_json: bool) -> None:
    """Print every architecture, its size, its input, and whether weights are at hand."""
    from cnnviz import registry

    zoo = registry.load_sibling("zoo")
    from zoo.listing import describe

    listings = [describe(name) for name in zoo.names()]
    if as_json:
        click.echo(json.dumps([asdict(listing) for listing in listings], indent=1, default=str))
        return
    for line in _table(listings):
        click.echo(line)


def _table(listings: list[Listing]) -> list[str]:
    width = max(len(listing.name) for listing in listings)
    head = f"{'name':<{width}}  parameters      input  test accuracy"
    return [head, *(_row(listing, width) for listing in listings)]


def _row(listing: Listing, width: int) -> str:
    accuracy = "" if listing.test_accuracy is None else f"{listing.test_accuracy:.4f}"
    weights = accuracy or ("trained" if listing.weights else "-")
    rate = f"{(listing.sample_rate or 0) / 1000:g} kHz"
    return f"{listing.name:<{width}}  {listing.n_parameters:>10,}  {rate:>9}  {weights}"
