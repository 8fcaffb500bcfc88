"""Concepts: which of them a layer tells from other sounds, and which classes they move."""

import numpy as np

from cnnviz.csv_text import to_csv
from cnnviz.results.concept_sensitivity import ConceptSensitivity, LayerConcepts
from cnnviz.run import Run

from ..chapter import chapter
from ..parts import (
    Axis,
    Badge,
    Cell,
    Column,
    DataFile,
    Fact,
    Facts,
    Findings,
    Group,
    Part,
    Raster,
    Section,
    Table,
)

ORDER = 45
_N_ROWS = 100
_N_TICKS = 12
_TEXT = (
    "The sounds of a concept were told from random clips of the run by a linear classifier on what "
    "a layer answers, mean over time. The TCAV score of a class is the share of its clips whose "
    "logit rises along the normal of that classifier, mean over several sets of random clips. It "
    "is held against sets of random clips in the place of the concept, each with as many sets "
    "opposite; where scores tie, the mean derivative along the normal decides. "
    "Sounds that were recorded otherwise than the clips differ from them by that, too."
)


def section(run: Run) -> Section | None:
    """Chapter of concepts; None without any."""
    return chapter(
        run.find(ConceptSensitivity),
        _parts,
        title="Concepts and classes",
        anchor="concept-sensitivity",
        text=_TEXT,
    )


def _parts(result: ConceptSensitivity) -> tuple[Part, ...]:
    findings = (Findings(items=result.findings),) if result.findings else ()
    return (*findings, *(_layer(result, one) for one in result.layers))


def _layer(result: ConceptSensitivity, layer: LayerConcepts) -> Group:
    """A layer: its concepts, the scores of all pairs, and the first of them as a table."""
    return Group(
        title=layer.reading,
        anchor=f"concepts-{layer.layer}",
        parts=(
            Facts(items=_facts(result, layer)),
            _concepts(result, layer),
            _scores(result, layer),
            _pairs(result, layer),
        ),
    )


def _facts(result: ConceptSensitivity, layer: LayerConcepts) -> tuple[Fact, ...]:
    told = result.is_significant(layer)
    return (
        Fact(
            label="Concepts with a vector",
            value=f"{int(result.has_vector(layer).sum())} of {len(result.concept_names)}",
        ),
        Fact(
            label="Pairs told from chance",
            value=f"{int(told.sum()):,} of {int(np.isfinite(layer.score).sum()):,}",
            note=f"false discovery rate {100 * result.level:.0f} %, over all layers",
        ),
        Fact(
            label="Clips",
            value=f"{len(result.clip_index):,}",
            note=f"{result.n_counter} sets of random clips for each concept, {result.n_random:,} "
            "in its place",
        ),
    )


def _concepts(result: ConceptSensitivity, layer: LayerConcepts) -> Table:
    has_vector = result.has_vector(layer)
    rows: list[tuple[Cell, ...]] = [
        (
            name,
            int(result.n_sounds[i]),
            float(100 * layer.accuracy[i]),
            float(100 * layer.accuracy_null[i]),
            float(layer.accuracy_p[i]),
            "yes" if has_vector[i] else Badge(text="none"),
        )
        for i, name in enumerate(result.concept_names)
    ]
    return Table(
        name=f"concepts-{layer.layer}",
        caption="Concepts: accuracy of the classifier on sounds that it did not learn, beside that "
        "of random clips in the place of the concept",
        columns=(
            Column(name="Concept", is_row_name=True),
            Column(name="Sounds", places=0),
            Column(name="Accuracy", unit="%", places=1),
            Column(name="Random clips", unit="%", places=1),
            Column(name="p", digits=2),
            Column(name="Vector"),
        ),
        rows=tuple(rows[:_N_ROWS]),
        n_shown=16,
    )


def _scores(result: ConceptSensitivity, layer: LayerConcepts) -> Raster:
    """Scores of every concept for every class."""
    n_concepts, n_classes = layer.score.shape
    step, rise = -(-n_classes // _N_TICKS), -(-n_concepts // _N_TICKS)
    return Raster(
        values=layer.score[::-1],
        alt=f"TCAV scores of {n_concepts} concepts for {n_classes} classes at {layer.layer}",
        caption="Share of the clips of each class whose score rises along each concept; one half "
        "is neither.",
        x=Axis(
            label="Class",
            unit="",
            start=0,
            stop=n_classes,
            ticks=tuple(
                ((k + 0.5) / n_classes, result.class_names[k]) for k in range(0, n_classes, step)
            ),
        ),
        y=Axis(
            label="Concept",
            unit="",
            start=n_concepts,
            stop=0,
            ticks=tuple(
                (1 - (k + 0.5) / n_concepts, result.concept_names[k])
                for k in range(0, n_concepts, rise)
            ),
        ),
        unit="score",
        lowest=0.0,
        highest=1.0,
        palette="diverging",
        height=int(np.clip(24 * n_concepts, 120, 420)),
        data=_file(result, layer),
    )


def _order(result: ConceptSensitivity, layer: LayerConcepts) -> list[tuple[int, int]]:
    """Pairs told from chance first, then by p and distance from the random clips."""
    distance = np.nan_to_num(np.abs(layer.score - layer.null_mean)).ravel()
    told = result.is_significant(layer).ravel()
    order = np.lexsort((-distance, layer.p_value.ravel(), ~told))
    known = [int(k) for k in order if np.isfinite(layer.score.flat[k])]
    return [divmod(k, layer.score.shape[1]) for k in known]


def _pairs(result: ConceptSensitivity, layer: LayerConcepts) -> Table:
    pairs, told = _order(result, layer), result.is_significant(layer)
    more = "" if len(pairs) <= _N_ROWS else f"; {_N_ROWS} of {len(pairs):,}, the file has all"
    rows: list[tuple[Cell, ...]] = [
        (
            f"{result.concept_names[i]}, {result.class_names[k]}",
            float(layer.score[i, k]),
            f"{layer.score_low[i, k]:.2f} to {layer.score_high[i, k]:.2f}",
            float(layer.null_mean[i, k]),
            f"{layer.null_low[i, k]:.2f} to {layer.null_high[i, k]:.2f}",
            float(layer.p_value[i, k]),
            float(layer.q_value[i, k]),
            "yes" if told[i, k] else Badge(text="no"),
        )
        for i, k in pairs[:_N_ROWS]
    ]
    return Table(
        name=f"concept-scores-{layer.layer}",
        caption="TCAV score of each concept for each class, beside random clips in its place"
        + more,
        columns=(
            Column(name="Concept, class", is_row_name=True),
            Column(name="Score", places=2),
            Column(name="Over counter-sets"),
            Column(name="Random clips", places=2),
            Column(name="95 % of them"),
            Column(name="p", digits=2),
            Column(name="FDR", digits=2),
            Column(name="Told from chance"),
        ),
        rows=tuple(rows),
        n_shown=16,
    )


def _file(result: ConceptSensitivity, layer: LayerConcepts) -> DataFile:
    """Every concept with every class."""
    columns = ["score", "score_low", "score_high", "null_mean", "null_low", "null_high"]
    columns += ["p_value", "q_value"]
    rows = [["concept", "class", *columns, "told_from_chance", "cav_accuracy"]]
    told = result.is_significant(layer)
    for i, concept in enumerate(result.concept_names):
        for k, name in enumerate(result.class_names):
            numbers = [f"{getattr(layer, column)[i, k]:.6g}" for column in columns]
            rows.append([concept, name, *numbers, str(told[i, k]), f"{layer.accuracy[i]:.6g}"])
    return DataFile(name=f"concept-pairs-{layer.layer}.csv", text=to_csv(rows))
