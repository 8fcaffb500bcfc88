"""What commands, notebooks and analyzers share."""

from dataclasses import dataclass

N_SHOWN = 12
"""Clips that a report shows in full: their feature maps, and why they were classified so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportOptions:
    """What users choose for all analyzers of a report.

    Parameters
    ----------
    layers
        Names of layers to look at; empty: each analyzer's own default.
    n_explained
        Clips to explain.
    seed
        Of every random choice.
    init
        File of the weights that training began with; empty: those that are kept, if any.
    max_bytes
        Memory that activations of an explanation may take; None: a quarter of what is free.
    """

    layers: tuple[str, ...] = ()
    n_explained: int = N_SHOWN
    seed: int = 0
    init: str = ""
    max_bytes: int | None = None
