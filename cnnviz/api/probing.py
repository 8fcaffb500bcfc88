"""Units measured with sounds made for the purpose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz import workflow
from cnnviz.api.inputs import load_model
from cnnviz.provenance import Provenance, command_line, now
from cnnviz.run import Run

if TYPE_CHECKING:
    from cnnviz.model import AudioModel
    from cnnviz.results import Results


def probe(
    model: AudioModel | Run | str | Path,
    *,
    layer: str | Sequence[str] = (),
    probes: str | Sequence[str] = (),
    sample_rate: int | None = None,
    budget: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Results:
    """Measure units of layers: their tuning, and what else the probes find.

    Parameters
    ----------
    model
        A model, a reference to one, or a run with its model: its clips serve the probes that ask
        for sounds of the world, and results are kept in it.
    layer
        Name of a layer, or names; empty: the first four convolutions.
    probes
        Name of a probe, or names; empty: all.
    sample_rate
        Hz; needed when a reference is given that does not say.
    budget
        Seconds, after which no further probe is begun.
    progress
        Called with (steps done, steps in all) of each probe.

    Returns
    -------
    Results
        By id; each shows itself in a notebook and has ``.to_dataframe()`` and ``.plot()``.

    Raises
    ------
    UnknownNameError
        If there is no such probe.
    LayerNotFoundError
        If a layer is not in the network.
    UnsupportedModelError
        If there is nothing to run, or hooks cannot reach a layer.

    Examples
    --------
    >>> import cnnviz
    >>> found = cnnviz.probe("zoo:sinc_net", layer="bands", probes="tone_tuning")
    >>> (tuning,) = found.values()
    >>> tuning.to_dataframe().columns[:3].to_list()
    ['layer', 'unit', 'best_hz']
    """
    from cnnviz.results import Results

    if isinstance(model, str | Path):
        model = load_model(str(model), sample_rate=sample_rate)
    run = model if isinstance(model, Run) else Run(model=model)
    signature = Provenance(created=now(), command=command_line())
    run = run.using(signature=signature, progress=progress)
    analyzers = workflow.build_probes(_names(probes), _names(layer))
    chosen = workflow.within_budget(analyzers, budget)
    found = (result for one in chosen for result in workflow.analyze(run, [one]))
    return Results({result.id: result for result in found})


def _names(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)
