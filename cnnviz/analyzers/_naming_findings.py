"""What the names of units say in words: how many there are, and where none can be given."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from cnnviz.analyzers._naming import FEWEST_TWINS, FEWEST_UNTRAINED, LEVEL
from cnnviz.probing.vocabulary import Word
from cnnviz.results import Evidence, Finding, plural
from cnnviz.results.unit_names import LayerNames

_N_FAMILIES = 3


def naming_findings(layer: LayerNames, words: Sequence[Word]) -> tuple[Finding, ...]:
    """Say how many units of a layer have names, beside its untrained twins.

    Parameters
    ----------
    layer
        With its names.
    words
        Of the vocabulary.
    """
    n_units, n_named = len(layer.word_index), int(layer.is_named.sum())
    if not np.isfinite(layer.limit):
        return (_no_null(layer),)
    low, high = int(layer.twin_counts.min()), int(layer.twin_counts.max())
    usual = f"{low:,}" if low == high else f"{low:,}-{high:,}"
    families = Counter(words[k].family for k in layer.word_index if k >= 0).most_common()
    kinds = ", ".join(f"{family} {n:,}" for family, n in families[:_N_FAMILIES])
    more = sum(n for _, n in families[_N_FAMILIES:])
    kinds = f": {kinds}{f', others {more:,}' if more else ''}" if families else ""
    return (
        Finding(
            id=f"named_units:{layer.layer}",
            sentence=f"{layer.layer}: {n_named:,} of {n_units:,} units named (FDR "
            f"{100 * LEVEL:.0f} %; untrained twins: {usual}){kinds}.",
            evidence=(
                Evidence(name="named units", value=n_named),
                Evidence(name="units", value=n_units),
                Evidence(name="fewest named in an untrained twin", value=low),
                Evidence(name="most named in an untrained twin", value=high),
                Evidence(name="untrained twins", value=len(layer.twin_counts)),
                Evidence(name="limit of the score", value=layer.limit),
            ),
            null=float(layer.twin_counts.mean()),
        ),
    )


def _no_null(layer: LayerNames) -> Finding:
    n_twins, n_untrained = len(layer.twin_scores), layer.twin_scores.size
    return Finding(
        id=f"unit_names_without_null:{layer.layer}",
        sentence=f"{layer.layer}: no unit is named, since it is not known what untrained units "
        f"tell apart: {plural(n_untrained, 'unit')} of {plural(n_twins, 'untrained twin')}, "
        f"{FEWEST_UNTRAINED} of {FEWEST_TWINS} are needed.",
        severity="warning",
        evidence=(
            Evidence(name="untrained units", value=n_untrained),
            Evidence(name="untrained twins", value=n_twins),
        ),
        threshold=FEWEST_UNTRAINED,
    )
