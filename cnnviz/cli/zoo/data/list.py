"""``cnnviz zoo data list``: which corpora can be fetched, and which are at hand."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.downloads import Offer


@click.command(
    "list",
    epilog="""
Examples:

  cnnviz zoo data list

  cnnviz zoo data list --data /big/disk --json
""",
)
@click.option(
    "--data", default="data", show_default=True, metavar="DIR", help="Where corpora are looked for."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def command(data: str, as_json: bool) -> None:
    """Print every corpus, its size, licence and digest, and whether it is at hand."""
    from cnnviz import registry

    registry.load_sibling("zoo")
    from zoo.downloads import offers

    corpora = offers(Path(data))
    if as_json:
        click.echo(json.dumps([asdict(offer) for offer in corpora], indent=1, default=str))
        return
    for line in _table(corpora):
        click.echo(line)
    click.echo("\n* its host packs the archive anew: no digest is promised, the file list decides")


def _table(offers: Sequence[Offer]) -> list[str]:
    rows: list[tuple[str, ...]] = [
        ("name", "download", "clips", "classes", "digest", "at hand", "licence")
    ]
    rows += [_row(offer) for offer in offers]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return [
        "  ".join(
            cell.rjust(width) if 1 <= i <= 3 else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _row(offer: Offer) -> tuple[str, ...]:
    from cnnviz.disk import in_words

    digest = "none" if offer.digest is None else offer.digest.partition(":")[0]
    return (
        offer.name,
        "not known" if offer.n_bytes is None else in_words(offer.n_bytes),
        f"{offer.n_clips:,}",
        str(offer.n_classes),
        digest if offer.is_fixed else f"{digest}*",
        offer.at_hand,
        offer.licence,
    )
