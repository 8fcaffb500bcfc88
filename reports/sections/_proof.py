"""How faithful the maps of each method are, beside maps that anyone could draw."""

from collections.abc import Sequence
from dataclasses import replace

from cnnviz.results import Proof, Relevance
from cnnviz.results.proof import ENERGY, MAP, RANDOM, UNIFORM, UNTRAINED
from reports.numerals import known
from reports.own_names import own_names
from reports.parts import Column, Findings, Group, Part, Table

_HEADS = {
    ENERGY: "Energy of the clip",
    RANDOM: "Random places",
    UNIFORM: "Quieter clip",
    UNTRAINED: "Untrained network",
}
_BETTER = {1: "more", -1: "less", 0: ""}
_TEXT = (
    "Cells of the time-frequency plane are taken out of the sound, or left alone, in the order of "
    "the map, 0.5 to 100 % of them; the sound is made again and scored. Maps that anyone could "
    "draw change it by as much: a map is worth something where it is better than all of them. "
    "Means over clips, with the 95 % interval over speakers or recordings where they are known."
)


def verdicts(relevances: Sequence[Relevance]) -> tuple[Part, ...]:
    """What was found of each method: whether its maps are faithful, and follow the network."""
    found = tuple(
        replace(one, fragment=relevance.fragment(one.fragment))
        for relevance in relevances
        for one in relevance.findings
        if one.id.startswith(("faithfulness:", "randomisation:"))
    )
    return (Findings(items=found),) if found else ()


def proof_parts(relevances: Sequence[Relevance], titles: Sequence[str]) -> tuple[Part, ...]:
    """A table for each method whose maps were held against controls."""
    return tuple(
        own_names(relevance, _group(relevance, relevance.proof, title))
        for relevance, title in zip(relevances, titles, strict=True)
        if relevance.proof is not None
    )


def _group(relevance: Relevance, proof: Proof, title: str) -> Group:
    method = relevance.method
    means = proof.values.mean(axis=0)  # (row, metric)
    controls = proof.rows[1:]
    table = Table(
        name=f"faithfulness-{method}",
        caption=f"Faithfulness of {title}, {proof.values.shape[0]} clips",
        columns=(
            Column(name="Metric", is_row_name=True),
            Column(name="Better"),
            Column(name="This map", digits=3),
            Column(name="From", digits=3),
            Column(name="To", digits=3),
            *(Column(name=_HEADS[control], digits=3) for control in controls),
        ),
        rows=tuple(
            (
                name,
                _BETTER[int(proof.directions[k])],
                known(means[proof.rows.index(MAP), k]),
                *(known(limit) for limit in proof.intervals[0, k]),
                *(known(means[proof.rows.index(control), k]) for control in controls),
            )
            for k, name in enumerate(proof.titles)
        ),
        sortable=False,
    )
    return Group(
        title=f"Is {title} faithful?",
        anchor=f"attribution-faithfulness-{method}",
        text=_TEXT,
        parts=(table,),
    )
