"""``cnnviz zoo rescore``: trained networks scored again, and their cards renewed."""

from __future__ import annotations

from pathlib import Path

import rich_click as click


@click.command(
    epilog="""
Examples:

  cnnviz zoo rescore custom_ch32-8-bn --data kws12/

  cnnviz zoo rescore sinc_net se_resnet3 vgg_net1 --data kws12/

The clips and splits must be those of the training; the card knows them by their digest.
"""
)
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--data", required=True, metavar="DIR", help="Folder of clips with splits.")
def command(names: tuple[str, ...], data: str) -> None:
    """Score trained networks again on the test clips of their corpus, and renew their cards.

    The weights stay as they are. Takes what was found out since about scores and intervals, such
    as drawing speakers instead of clips, into cards of earlier trainings.
    """
    from cnnviz import registry

    registry.load_sibling("zoo")
    from cnnviz.datasets import read_clips
    from zoo.corpus import Corpus, read_corpus
    from zoo.rescoring import card_of, rescore
    from zoo.training import input_contract

    decoded: dict[tuple[int | None, int | None], Corpus] = {}
    for name in names:
        path, contract = card_of(name), input_contract(name)
        form = (contract.sample_rate, contract.n_samples)
        if form not in decoded:
            clips = read_clips(Path(data), sample_rate=form[0], n_samples=form[1])
            decoded[form] = read_corpus(clips)
        card = rescore(name, decoded[form])
        low, high = card.test.interval
        click.echo(f"{name}: {card.test.accuracy:.4f} ({low:.4f} to {high:.4f}), card: {path}")
