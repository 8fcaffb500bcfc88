"""How far the maps of each method follow what the network learned, and how far noise moves them."""

from collections.abc import Sequence

import numpy as np

from cnnviz.results import Relevance, Sanity
from cnnviz.results.sanity import (
    DRAWN_ENERGY,
    DRAWN_FACTORS,
    ENERGY,
    ENERGY_NOISE,
    FACTORS,
    FLOOR,
    NOISE,
)
from reports.numerals import known
from reports.own_names import own_names
from reports.parts import Cell, Column, Group, Part, Table

_TEXT = (
    "The layers of a copy of the network are drawn anew, from the output down, and each clip is "
    "explained again. The agreement with the network's own map is the rank correlation of "
    "|relevance| over 10 ms frames that sound, 1 where a map does not care what the network "
    "learned. As relevance tends to follow the sound, it stands beside the agreement of networks "
    "that know nothing with each other, and beside the correlation with the energy of the clip; of "
    "relevance that is a product with the sound, the other factor is compared as well. "
    "Means over clips, with the 95 % interval over speakers or recordings where they are known."
)
_NOT_DRAWN = (
    "No layer of this network can be drawn anew, as it cannot be copied or has no weights: "
    "whether its maps depend on what it learned is not known."
)


def sanity_parts(relevances: Sequence[Relevance], titles: Sequence[str]) -> tuple[Part, ...]:
    """A table for each method whose maps were held against those of networks drawn anew."""
    return tuple(
        own_names(relevance, _group(relevance, relevance.sanity, title))
        for relevance, title in zip(relevances, titles, strict=True)
        if relevance.sanity is not None
    )


def _group(relevance: Relevance, sanity: Sanity, title: str) -> Group:
    method, n_clips = relevance.method, len(sanity.groups)
    table = Table(
        name=f"randomisation-{method}",
        caption=f"Sanity of {title}, {n_clips} clips",
        columns=(
            Column(name="Measure", is_row_name=True),
            Column(name="Mean", digits=3),
            Column(name="From", digits=3),
            Column(name="To", digits=3),
            Column(name="Beside it", digits=3),
            Column(name="Which is"),
        ),
        rows=_rows(sanity),
        sortable=False,
    )
    return Group(
        title=f"Does {title} show what the network learned?",
        anchor=f"attribution-randomisation-{method}",
        text=_TEXT if sanity.layers else _NOT_DRAWN,
        parts=(table,),
    )


def _rows(sanity: Sanity) -> tuple[tuple[Cell, ...], ...]:
    """Agreement after each layer, correlation with energy, and distance under noise."""
    last, each_other = len(sanity.layers) - 1, "that of networks drawn anew with each other"
    names = [f"Agreement, drawn down to {layer}" for layer in sanity.layers[:last]]
    names += [f"Agreement, all drawn ({layer})" for layer in sanity.layers[last:]]
    factors = "Agreement of what multiplies the sound, all drawn"
    energy = "Correlation with the energy of the clip"
    noise = f"Largest move under noise at 30 dB, {sanity.n_draws} draws"
    has_factors = not np.isnan(sanity.means[sanity.row(FACTORS)])
    return (
        *(_row(sanity, k, name, FLOOR, each_other) for k, name in enumerate(names)),
        *([_row(sanity, sanity.row(FACTORS), factors, DRAWN_FACTORS, each_other)] * has_factors),
        _row(sanity, sanity.row(ENERGY), energy, DRAWN_ENERGY, "that of maps with all drawn"),
        _row(sanity, sanity.row(NOISE), noise, ENERGY_NOISE, "that of the energy of the clip"),
    )


def _row(sanity: Sanity, row: int, name: str, control: str, words: str) -> tuple[Cell, ...]:
    """A measure, its interval, and its control where there is one."""
    means = sanity.means
    value = known(means[sanity.row(control)])
    limits = (known(limit) for limit in sanity.intervals[row])
    return name, known(means[row]), *limits, value, "" if value is None else words
