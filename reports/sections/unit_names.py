"""What units listen to: the words of a vocabulary of sounds that each tells from all others."""

import numpy as np

from cnnviz.csv_text import to_csv
from cnnviz.results.unit_names import (
    UNNAMED,
    LayerNames,
    UnitNames,
    by_name,
    label_kinds,
    shown_words,
)
from cnnviz.run import Run
from reports import svg

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
    Vector,
)

ORDER = 34
_N_ROWS = 100
_WIDTH, _HEIGHT = 420.0, 240.0
_TEXT = (
    "Each unit hears several sounds of each word of a vocabulary. It has the word's name where it "
    "answers these sounds more than all others (area under the ROC curve above .8, false "
    "discovery rate below 5 %), and stands out further than is expected of all but 5 % of the "
    "units of an untrained network; else it is unnamed. It is read by its mean over time, for "
    "chirps, clicks, onsets and offsets by its peak; of a layer with a frequency axis in the band "
    "that answers most."
)


def section(run: Run) -> Section | None:
    """Chapter of the names of units; None without any."""
    return chapter(
        run.find(UnitNames), _parts, title="Names of units", anchor="unit-names", text=_TEXT
    )


def _parts(result: UnitNames) -> tuple[Part, ...]:
    """What was found, and each layer."""
    findings = (Findings(items=result.findings),) if result.findings else ()
    return (*findings, Facts(items=_facts(result)), *(_layer(result, one) for one in result.layers))


def _facts(result: UnitNames) -> tuple[Fact, ...]:
    n_words, n_exemplars = len(result.words), result.n_exemplars
    seconds = result.n_samples / result.sample_rate
    n_named = sum(int(layer.is_named.sum()) for layer in result.layers)
    n_units = sum(len(layer.word_index) for layer in result.layers)
    return (
        Fact(label="Units named", value=f"{n_named:,}", note=f"of {n_units:,}"),
        Fact(label="Words", value=str(n_words), note=f"{n_exemplars} sounds of each"),
        Fact(label="Sounds", value=f"{seconds:.2f} s", note="each at one of three levels"),
    )


def _layer(result: UnitNames, layer: LayerNames) -> Group:
    """Table and figures of one layer."""
    text = f"Read: {layer.reading}."
    if not layer.has_interior:
        text += " No cell is free of ramps and padding; those in the middle were read."
    scores = (_scores(layer),) if np.isfinite(layer.score).any() else ()
    return Group(
        title=layer.layer,
        anchor=f"unit-names-{layer.layer}",
        text=text,
        parts=(_table(result, layer), _words(result, layer), *scores),
    )


def _table(result: UnitNames, layer: LayerNames) -> Table:
    """Units with their names, named ones first."""
    order, shown = by_name(layer)[:_N_ROWS], shown_words(layer)
    n_units = len(layer.word_index)
    more = "" if n_units <= _N_ROWS else f", {_N_ROWS} of {n_units}; the file below has all"
    return Table(
        name=f"unit-names-{layer.layer}",
        caption=f"Names of the units of {layer.layer}{more}; of unnamed ones the word that they "
        "tell apart best",
        columns=(
            Column(name="Unit", is_row_name=True),
            Column(name="Name"),
            Column(name="Best word"),
            Column(name="ROC area", places=3),
            Column(name="d'", digits=3),
            Column(name="FDR", digits=2),
            Column(name="Score", digits=3),
            Column(name="Runner-up"),
        ),
        rows=tuple(_row(result, layer, int(unit), int(shown[unit])) for unit in order),
        bands=tuple(_band(result, int(shown[unit])) for unit in order),
        n_shown=16,
    )


def _row(result: UnitNames, layer: LayerNames, unit: int, word: int) -> tuple[Cell, ...]:
    """Cells of one unit."""
    runner_up, score = int(layer.runner_up_index[unit]), float(layer.score[unit])
    return (
        unit,
        result.words[word] if layer.is_named[unit] else Badge(text=UNNAMED),
        result.words[word],
        float(layer.auroc[unit, word]),
        float(layer.d_prime[unit, word]),
        float(layer.q_value[unit, word]),
        score if np.isfinite(score) else None,
        result.words[runner_up] if runner_up >= 0 else None,
    )


def _band(result: UnitNames, word: int) -> tuple[float, float] | None:
    low, high = float(result.low_hz[word]), float(result.high_hz[word])
    is_band = result.families[word] in ("tone", "noise band", "up-chirp", "down-chirp")
    return (low, high) if is_band else None


def _words(result: UnitNames, layer: LayerNames) -> Raster:
    """Area under the ROC curve of each unit and word."""
    order, n_words = by_name(layer), len(result.words)
    families = ", ".join(dict.fromkeys(result.families))
    return Raster(
        values=layer.auroc[order[::-1]],
        alt=f"Area under the ROC curve of {len(order)} units of {layer.layer} and {n_words} words",
        caption="How well each unit (row, named ones on top) tells each word (column) from all "
        "others: 1 always answers it more, 0.5 is chance, 0 always less. From the left, in the "
        f"order of the file: {families}.",
        x=Axis(
            label="Word",
            unit="",
            start=0,
            stop=n_words,
            ticks=label_kinds(result.families),
        ),
        y=Axis(label="Unit", unit="by name", start=len(order), stop=0),
        unit="ROC area",
        lowest=0.0,
        highest=1.0,
        palette="diverging",
        height=int(np.clip(4 * len(order), 120, 420)),
        data=_file(result, layer),
    )


def _file(result: UnitNames, layer: LayerNames) -> DataFile:
    """Every unit with its name, then its area for each word."""
    shown = shown_words(layer)
    rows = [
        [unit, name, result.words[shown[unit]], *(f"{area:.4f}" for area in layer.auroc[unit])]
        for unit, name in enumerate(result.names(layer))
    ]
    heads = ["unit", "name", "best_word", *result.words]
    return DataFile(name=f"unit-words-{layer.layer}.csv", text=to_csv([heads, *rows]))


def _scores(layer: LayerNames) -> Vector:
    """Share of units by how far their best word stands out, beside untrained twins."""
    every = [*layer.twin_scores, layer.score]
    known = np.concatenate([one[np.isfinite(one)] for one in every])
    x = (float(known.min()), float(known.max()) + 1e-9)
    frame = svg.Frame(width=_WIDTH, height=_HEIGHT, x=x, y=(0, 1), margins=(44, 8, 8, 34))
    curves = [
        svg.path(frame, *_share_above(scores), css="line" if k == len(every) - 1 else "line-2")
        for k, scores in enumerate(every)
    ]
    limit = layer.limit
    has_limit = np.isfinite(limit)
    mark = svg.rule(frame, x=float(np.clip(limit, *x)), css="mark") if has_limit else ""
    return Vector(
        svg=svg.picture(
            _WIDTH,
            _HEIGHT,
            svg.axes(frame, x_label="Score of the best word", y_label="Share of units above"),
            *curves,
            mark,
        ),
        alt=f"Share of units of {layer.layer} by the score of their best word, beside those of "
        f"{len(layer.twin_scores)} untrained twins",
        caption="How far the best word of a unit stands out (0: upper quartile of untrained "
        "units, 1: 95 % of them lie below): this network (strong), untrained twins (faint)"
        + (f"; dashed: {limit:.2f}, above which units are named." if has_limit else "."),
    )


def _share_above(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points of a falling staircase."""
    known = np.sort(scores[np.isfinite(scores)])
    shares = (len(scores) - np.arange(len(known))) / max(len(scores), 1)
    after = shares - 1 / max(len(scores), 1)
    return np.repeat(known, 2), np.column_stack([shares, after]).ravel()
