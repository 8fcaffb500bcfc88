"""The comparison as text: Markdown and CSV."""

from collections.abc import Sequence

from cnnviz import csv_text

from .comparison import Comparison, Table
from .outcomes import Outcome
from .sheets import Value, sheet

_CSV = (
    *("table", "row", "name", "printed_accuracy", "printed_parameters", "printed_on"),
    *("our_parameters", "our_accuracy", "our_low", "our_high", "our_seeds"),
    *("our_data", "our_classes", "our_test_clips", "trained_parameters"),
    *("our_origin", "our_learning_rate"),
)


def to_markdown(comparison: Comparison) -> str:
    """Write all tables as Markdown."""
    parts = ["# Our accuracies beside the printed ones", explanation(comparison)]
    for table in comparison.tables:
        parts += [f"## {table.title}", *([table.note] if table.note else []), _markdown(table)]
    models = "\n".join(
        f"| {model.name} | {model.accuracy:.4f} | "
        f"{'' if model.kappa is None else f'{model.kappa:.4f}'} |"
        for model in comparison.tabular
    )
    parts += [
        "## Classical models on UrbanSound8K",
        TABULAR_NOTE,
        f"| model | accuracy printed | Cohen's kappa printed |\n| --- | ---: | ---: |\n{models}",
    ]
    return "\n\n".join(parts) + "\n"


TABULAR_NOTE = (
    "Printed, on features of whole clips and a random split; networks trained here keep the "
    "corpus's own folds, so the two do not compare."
)


def explanation(comparison: Comparison) -> str:
    """What the numbers are, in one paragraph."""
    return (
        f"{comparison.n_trained} of {comparison.n_printed} printed networks have a trained one "
        "beside them; cells of the others are empty. Printed: test accuracy of the study (Speech "
        "Commands, 16 words, 40,851 training clips). Ours: test accuracy on the data named in the "
        "row, of weights shipped with cnnviz or of an own run, each peak learning rate by itself; "
        "with other clips, classes or splits it repeats no printed number. In brackets: the 95 % "
        "interval of one run, or the range of several seeds. Parameters, in tables and plot: for "
        "the classes of the printed task or else of the network's own task, whatever data it was "
        "trained on; with those of batch norm where the printed count has them. "
        "DO: dropout rate; BN: batch normalisation."
    )


def to_csv(comparison: Comparison) -> str:
    """Write one line per network and setting; empty cells are not known."""
    rows: list[Sequence[object]] = [_CSV]
    for table in comparison.tables:
        for row in table.rows:
            for cell in row.cells:
                printed = [table.name, row.label, cell.name, _plain(cell.printed)]
                printed += [_plain(row.n_printed), cell.printed_on, str(row.n_ours)]
                rows += [[*printed, *_ours(ours)] for ours in (cell.ours or (None,))]
    return csv_text.to_csv(rows)


def _markdown(table: Table) -> str:
    content = sheet(table)
    heads = [f"{head.name} {head.whose}".strip() for head in content.heads]
    marks = ["---" if head.name == "trained on" else "---:" for head in content.heads]
    marks[0] = "---"
    lines = [heads, marks, *([cell_text(value) for value in row] for row in content.rows)]
    return "\n".join(f"| {' | '.join(line)} |".replace("_", "\\_") for line in lines)


def cell_text(value: Value) -> str:
    """A cell in words.

    Examples
    --------
    >>> cell_text(0.9), cell_text(94768), cell_text("")
    ('0.9000', '94,768', '')
    """
    if isinstance(value, float):
        return f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int) else value


def _ours(outcome: Outcome | None) -> list[str]:
    if outcome is None:
        return [""] * 10
    corpus = outcome.setting.corpus
    accuracies = [outcome.accuracy, outcome.low, outcome.high]
    return [
        *(f"{value:.6g}" for value in accuracies),
        " ".join(map(str, outcome.seeds)),
        corpus.name,
        str(len(corpus.class_names)),
        str(corpus.n_test_clips),
        str(outcome.n_parameters),
        outcome.setting.origin,
        f"{outcome.setting.learning_rate:g}",
    ]


def _plain(value: float | None) -> str:
    return "" if value is None else str(value)
