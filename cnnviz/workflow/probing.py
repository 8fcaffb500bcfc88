"""Probes: analyzers that measure units with sounds made for the purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import TYPE_CHECKING

from cnnviz import registry
from cnnviz.errors import UnknownNameError
from cnnviz.run import name_of

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer

FIRST = "tone_tuning"


def probe_names() -> tuple[str, ...]:
    """Analyzers that join a probe, tones first; none is imported."""
    names = registry.defining(registry.ANALYZERS, "in_probe")
    return tuple(sorted(names, key=lambda name: (name != FIRST, name)))


def build_probes(names: Sequence[str], layers: Sequence[str]) -> tuple[Analyzer, ...]:
    """Analyzers of a probe of layers.

    Parameters
    ----------
    names
        Of probes; empty: all.
    layers
        By name; empty: the first four convolutions.

    Raises
    ------
    UnknownNameError
        If there is no such probe; the text lists the known ones.
    """
    known = probe_names()
    for name in names:
        if name not in known:
            raise UnknownNameError(f"probe {name!r} is not known; probes: {', '.join(known)}")
    modules = (registry.load(registry.ANALYZERS, name) for name in names or known)
    return tuple(one for module in modules for one in module.in_probe(tuple(layers)))


def within_budget(
    analyzers: Sequence[Analyzer],
    seconds: float | None,
    *,
    left_out: Callable[[str], None] | None = None,
) -> Iterator[Analyzer]:
    """Analyzers in turn, as long as time is left when one is asked for; the first in any case.

    Parameters
    ----------
    analyzers
        See `build_probes`.
    seconds
        None: all of them.
    left_out
        Called with the reason for each that is not begun.
    """
    begun = monotonic()
    for k, analyzer in enumerate(analyzers):
        if seconds is None or not k or monotonic() - begun < seconds:
            yield analyzer
        elif left_out is not None:
            left_out(f"{name_of(analyzer)}: left out, the budget of {seconds:g} s is spent")
