"""Methods ranked on networks whose evidence is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import rich_click as click

from cnnviz.cli._progress import progress, say

if TYPE_CHECKING:
    from cnnviz.model import AudioModel

KINDS = (
    "relu_max",
    "relu_mean",
    "log_energy",
    "contrast",
    "log_mel",
    "untrained",
    "trained",
    "shortcut",
)


def rank(kind: str, methods: Sequence[str], *, as_json: bool) -> None:
    """A row per method and control on a network whose evidence is known."""
    import pandas

    from cnnviz import workflow
    from cnnviz.attribution.planted.benchmark import USEFUL, localise

    chosen: Any = {
        name: workflow.build_analyzer(name, score="logit") for name in dict.fromkeys(methods)
    }
    model = _planted_model(kind)
    with progress(f"explaining the network {kind}") as advance:
        rows = localise(model, chosen, progress=advance)
    table = pandas.DataFrame([asdict(row) for row in rows])
    if as_json:
        click.echo(table.to_json(orient="records", indent=1))
        return
    heads = {
        "method": "method",
        "share": "|R| in box",
        "positive_share": "R+ in box",
        "shortcut_share": "R+ in hum",
        "pointing": "hits",
        "rank_share": "rank",
        "ranking_area": "area",
        "completeness_error": "sum error",
        "path_error": "path error",
        "is_useful": "useful",
    }
    shown = table[list(heads)].dropna(axis=1, how="all").rename(columns=heads)
    click.echo(shown.to_string(index=False, float_format="%.3f", na_rep=""))
    explained = [row for row in rows if row.method in chosen and not row.refusal]
    failing = [row.method for row in explained if not row.is_useful]
    if failing:
        click.echo(f"not better than energy: {', '.join(failing)}")
    for row in rows:
        if row.refusal:
            click.echo(f"refused by {row.method}: {row.refusal}")
    say(
        "a quiet burst among four that are 10 dB louder and of no class; useful: R+ in the box of "
        f"the burst{' and in the hum' * (kind == 'shortcut')} leads that of energy by {USEFUL:g} "
        "or more; path error: the map's distance from a dense quadrature of its path"
    )


def _planted_model(kind: str) -> AudioModel:
    """The network of a kind; how far it is where it has to be trained."""
    from cnnviz.attribution.planted.networks import LEARNED, planted_model

    if kind not in LEARNED:
        return planted_model(kind)
    say("training a small CNN: 10 to 20 seconds of one core")
    with progress("training") as advance:
        return planted_model(kind, progress=advance)
