"""``cnnviz zoo train``: one architecture on one folder of clips."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from cnnviz.cli import _options
from cnnviz.cli._progress import say
from cnnviz.cli.zoo._loggers import logger_option

if TYPE_CHECKING:
    from zoo.card import Card
    from zoo.recipe import Recipe

_OF_RECIPE = ("epochs", "seed", "batch_size", "learning_rate", "patience")


@click.command(
    epilog="""
Examples:

  cnnviz zoo train custom_ch32-8-bn --data kws12/

  cnnviz zoo train filterbank_k128_ch64-5-do0.25-bn --data kws12/ --epochs 60 --out runs/long

  cnnviz zoo train se_resnet3 --data kws12/ --logger tensorboard --logger mlflow

  cnnviz zoo train urbansound_logmel --data UrbanSound8K/ --device cuda:0,cuda:1

  cnnviz zoo train custom_ch32-8-bn --data kws12/ --resume

DIR holds one folder per class, and train.txt, validation.txt and test.txt with one path per
line, or another corpus layout. Folds (UrbanSound8K) are kept: one training per fold. Stopped with
Ctrl-C or killed, the same command with --resume goes on after the last whole epoch.
""",
)
@click.argument("name")
@click.option("--data", required=True, metavar="DIR", help="Folder of clips with splits.")
@click.option("--out", metavar="DIR", help="Run folder; default: runs/NAME.")
@_options.clip_options
@click.option("--epochs", type=click.IntRange(1), metavar="N", help="Default: the recipe's.")
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Default: the recipe's.")
@click.option(
    "--batch-size", type=click.IntRange(1), metavar="N", help="Clips per step; default: recipe's."
)
@click.option(
    "--learning-rate", type=float, metavar="X", help="Peak of the rate; default: the recipe's."
)
@click.option(
    "--patience",
    type=click.IntRange(1),
    metavar="N",
    help="Epochs without a lower validation loss until it stops; default: the recipe's.",
)
@click.option(
    "--device",
    default="auto",
    show_default=True,
    metavar="NAME",
    help="cpu, cuda, cuda:1; several, such as cuda:0,cuda:1, share every batch.",
)
@click.option(
    "--precision",
    type=click.Choice(["auto", "32", "bf16", "16"]),
    default="auto",
    show_default=True,
    help="Of the arithmetic; auto: bf16 where the hardware multiplies it, else 32.",
)
@click.option("--compile", "compiled", is_flag=True, help="Compile the network (torch.compile).")
@logger_option
@click.option(
    "--folds",
    type=click.IntRange(2),
    metavar="N",
    help="Also cross-validate: N trainings, each tested on speakers that it was not trained on.",
)
@click.option("--resume", is_flag=True, help="Go on with an interrupted training.")
def command(name: str, data: str, out: str | None, **options: Any) -> None:
    """Train the architecture NAME and write its weights and model card.

    The folder gets NAME.safetensors, NAME.init.safetensors (the untrained twin), card.md,
    card.json and the metrics of each epoch as CSV.
    """
    from cnnviz import registry

    registry.load_sibling("zoo")
    from cnnviz.datasets import read_clips
    from zoo.corpus import read_corpus
    from zoo.loggers import Tracking
    from zoo.training import Training, check, cross_validate, input_contract, train

    contract = input_contract(name)
    folder = Path(out) if out else Path("runs") / name
    store = folder.resolve().parent / "trackers"
    tracking = Tracking(kinds=options["loggers"], store=store, run_name=folder.resolve().name)
    training = Training(
        name=name,
        recipe=_recipe(name, options),
        folder=folder,
        device=options["device"],
        precision=options["precision"],
        compiled=options["compiled"],
        tracking=tracking,
    )
    check(training, resume=options["resume"])
    clips = read_clips(
        Path(data),
        layout=options["clip_layout"],
        split_by_speaker=options["split_by_speaker"],
        sample_rate=contract.sample_rate,
        n_samples=contract.n_samples,
    )
    corpus = read_corpus(clips)
    say(corpus.describe())
    tell = None if sys.stderr.isatty() else say
    resume, n_folds = options["resume"], options["folds"]
    if n_folds:
        card = cross_validate(training, corpus, n_folds, resume=resume, tell=tell)
    else:
        card = train(training, corpus, resume=resume, tell=tell)
    for line in (*_summary(card, folder), *tracking.commands):
        click.echo(line)


def _recipe(name: str, options: dict[str, Any]) -> Recipe:
    from dataclasses import replace

    from zoo.catalogue import family_of

    changes = {key: options[key] for key in _OF_RECIPE if options[key] is not None}
    return replace(family_of(name).recipe(name), **changes)


def _summary(card: Card, folder: Path) -> list[str]:
    (low, high), accuracy = card.test.interval, card.validation_accuracy
    return [
        f"test accuracy {card.test.accuracy:.4f} ({low:.4f} to {high:.4f}), "
        + ("" if accuracy is None else f"validation accuracy {accuracy:.4f}, ")
        + f"epoch {card.best_epoch}",
        *_cross_validated(card),
        f"weights: {folder / card.name}.safetensors",
        f"card: {folder / 'card.md'}",
    ]


def _cross_validated(card: Card) -> list[str]:
    found = card.cross_validation
    if found is None:
        return []
    low, high = found.interval
    return [
        f"cross-validated accuracy {found.accuracy:.4f} ({low:.4f} to {high:.4f}, whole "
        f"groups resampled), {len(found.folds)} folds"
    ]
