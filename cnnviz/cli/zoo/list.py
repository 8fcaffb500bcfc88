"""``cnnviz zoo list``: what the zoo holds."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import rich_click as click

from cnnviz.cli._progress import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zoo.listing import Listing, TrainedWeights

_NOTHING = "-"
_TITLES = ("", "parameters", "+ batch norm", "sees samples", "ms", "bands", "weights")
_WIDTHS = (10, 12, 12, 5, 8)


@click.command(
    "list",
    epilog="""
Examples:

  cnnviz zoo list
      one line per architecture; most come with dropout and batch norm too

  cnnviz zoo list custom_ch32-8
      every network whose name, task or training data hold this text

  cnnviz zoo list --trained

  cnnviz zoo list vgg --json
""",
)
@click.argument("text", default="")
@click.option("--trained", is_flag=True, help="Only networks whose weights are at hand.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, every name, instead of a table.")
def command(text: str, trained: bool, as_json: bool) -> None:
    """Print architectures: parameters, receptive field, and whether weights are at hand.

    TEXT keeps networks whose name, task or training data hold it.
    """
    from cnnviz import registry

    zoo = registry.load_sibling("zoo")
    from zoo.listing import describe, in_short, matching
    from zoo.weights import find

    names = [name for name in matching(text) if find(name) or not trained]
    if not (text or trained or as_json):
        names = list(in_short(names))
    listings = [describe(name) for name in names]
    if as_json:
        click.echo(json.dumps([_plain(listing) for listing in listings], indent=1, default=str))
        return
    for line in (*_table(listings), *_inconsistent(listings)):
        click.echo(line)
    _explain(len(listings), len(zoo.names()))


def _plain(listing: Listing) -> dict[str, object]:
    return {**asdict(listing), "input": listing.input}


def _explain(n_shown: int, n_names: int) -> None:
    say(
        "parameters: for the classes of the heading, without weights and biases of batch norm, and "
        "with them; sees: receptive field of the last convolution or pooling"
    )
    if n_shown < n_names:
        say(f"{n_shown} of {n_names} names; more: cnnviz zoo list TEXT, such as custom_ch32-8")


def _table(listings: Sequence[Listing]) -> list[str]:
    """Lines, grouped under what the networks are for and what they take."""
    groups: dict[str, list[Listing]] = {}
    for listing in listings:
        groups.setdefault(_heading(listing), []).append(listing)
    lines: list[str] = []
    for heading, group in groups.items():
        lines += [*([""] if lines else []), heading]
        rows = [_titles(group[0]), *(_cells(listing) for listing in group)]
        width = max(len(listing.name) for listing in group)
        has_bands = group[0].sees_bands is not None
        lines += [_joined(row, width, has_bands=has_bands) for row in rows]
    return lines


def _heading(listing: Listing) -> str:
    return f"{listing.task}: {listing.input}; {listing.n_classes} classes"


def _titles(first: Listing) -> tuple[str, ...]:
    *titles, bands, weights = _TITLES
    return (*titles, "coeffs" if first.frontend == "mfcc" else bands, weights)


def _cells(listing: Listing) -> tuple[str, ...]:
    without, with_norm = (
        listing.n_parameters_without_batch_norm,
        listing.n_parameters_with_batch_norm,
    )
    return (
        listing.name,
        f"{without:,}",
        _NOTHING if with_norm == without else f"{with_norm:,}",
        f"{listing.sees_samples:,}",
        f"{listing.sees_ms:,.3g}" if listing.sees_ms < 1000 else f"{listing.sees_ms:,.0f}",
        _bands(listing),
        _weights(listing.weights),
    )


def _joined(cells: tuple[str, ...], width: int, *, has_bands: bool) -> str:
    name, *numbers, weights = cells
    columns = [f"{cell:>{n}}" for cell, n in zip(numbers, _WIDTHS, strict=True)]
    return "  ".join([f"  {name:<{width}}", *columns[: None if has_bands else -1], weights])


def _bands(listing: Listing) -> str:
    if listing.sees_bands is None:
        return _NOTHING
    n_bands = listing.input_shape[-2]
    return f"{min(listing.sees_bands, n_bands)} of {n_bands}"


def _weights(weights: TrainedWeights | None) -> str:
    if weights is None:
        return _NOTHING
    if weights.test_accuracy is None:
        return weights.place
    place = "" if weights.place == "package" else f" ({weights.place})"
    return f"{weights.test_accuracy:.3f} {weights.data}{place}"


def _inconsistent(listings: Sequence[Listing]) -> list[str]:
    """The printed counts that no sequential network has, with ours beside them."""
    from zoo.listing import describe
    from zoo.printed import tables

    names = {listing.name for listing in listings}
    rows = [row for table in tables() for row in table.rows if row.extra_channels]
    lines = []
    for row in (row for row in rows if row.architecture in names):
        printed, ours = row.n_parameters or 0, describe(row.counted).n_parameters
        length = (printed - ours) // (16 * row.extra_channels)
        lines.append(
            f"  {row.architecture}  printed {printed:>9,}  ours {ours:>9,}, "
            f"less by 16 x {row.extra_channels} x {length:,}"
        )
    title = "No sequential network has these printed counts (with batch norm):"
    return ["", title, *lines] if lines else []
