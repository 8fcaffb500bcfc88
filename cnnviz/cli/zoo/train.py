"""``cnnviz zoo train``: one architecture on one folder of clips."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from cnnviz.cli._progress import say

if TYPE_CHECKING:
    from zoo.card import Card
    from zoo.recipe import Recipe


@click.command(
    epilog="""
Examples:

  cnnviz zoo train custom_ch32-8-bn --data kws12/

  cnnviz zoo train custom_ch32-8-do0.25-bn --data kws12/ --epochs 60 --out runs/long

  cnnviz zoo train custom_ch32-8-bn --data kws12/ --resume

DIR holds one folder per class, and train.txt, validation.txt and test.txt with one path per
line. Stopped with Ctrl-C or killed, the same command with --resume goes on after the last
whole epoch.
""",
)
@click.argument("name")
@click.option("--data", required=True, metavar="DIR", help="Folder of clips with splits.")
@click.option("--out", metavar="DIR", help="Run folder; default: runs/NAME.")
@click.option("--epochs", type=click.IntRange(1), metavar="N", help="Default: the recipe's.")
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Default: the recipe's.")
@click.option(
    "--device", default="auto", show_default=True, metavar="NAME", help="cpu, cuda, cuda:1."
)
@click.option("--resume", is_flag=True, help="Go on with an interrupted training.")
def command(name: str, data: str, out: str | None, **options: Any) -> None:
    """Train the architecture NAME and write its weights and model card.

    The folder gets NAME.safetensors, card.md, card.json and the metrics of each epoch as CSV.
    """
    from cnnviz import registry

    registry.load_sibling("zoo")
    from cnnviz.datasets import read_clips
    from zoo.corpus import read_corpus
    from zoo.training import Training, input_contract
    from zoo.training import train as run

    contract = input_contract(name)
    clips = read_clips(Path(data), sample_rate=contract.sample_rate, n_samples=contract.n_samples)
    folder = Path(out) if out else Path("runs") / name
    recipe = _recipe(name, options["epochs"], options["seed"])
    training = Training(name=name, recipe=recipe, folder=folder, device=options["device"])
    on_terminal = sys.stderr.isatty()
    card = run(
        training, read_corpus(clips), resume=options["resume"], tell=None if on_terminal else say
    )
    for line in _summary(card, folder):
        click.echo(line)


def _recipe(name: str, epochs: int | None, seed: int | None) -> Recipe:
    from dataclasses import replace

    from zoo.catalogue import family_of

    recipe = family_of(name).recipe(name)
    if epochs is not None:
        recipe = replace(recipe, epochs=epochs)
    return recipe if seed is None else replace(recipe, seed=seed)


def _summary(card: Card, folder: Path) -> list[str]:
    (low, high), valued = card.test.interval, card.validation_accuracy
    return [
        f"test accuracy {card.test.accuracy:.4f} ({low:.4f} to {high:.4f}), "
        + ("" if valued is None else f"validation accuracy {valued:.4f}, ")
        + f"epoch {card.best_epoch}",
        f"weights: {folder / card.name}.safetensors",
        f"card: {folder / 'card.md'}",
    ]
