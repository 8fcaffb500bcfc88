"""The tables of the speech command study: 13 tables of accuracies and parameter counts."""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

from ..variant import parse

N_CLASSES = 16  # words of the study's task
CORPUS = "Speech Commands, 16 words"
_FILE = Path(__file__).with_name("speech_commands_1d.json")
_ACCURACY = re.compile(r"accuracy_(?:plain|(?:dropout_([\d.]+))?_?(bn)?)")
_EXTRA_CHANNELS = (8, 8, 16, 16, 32, 32)  # of wide_k25_ch64, by depth


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedCell:
    """One printed accuracy.

    Parameters
    ----------
    name
        The network in our grammar, such as ``"custom_ch32-8-do0.5-bn"``.
    dropout
        Rate, in [0, 1); 0 means none.
    batch_norm
        Whether batch normalisation follows every convolution.
    accuracy
        On the study's test clips, in [0, 1].
    """

    name: str
    dropout: float
    batch_norm: bool
    accuracy: float


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedRow:
    """One printed row: a depth, with its accuracies and its parameter count.

    Parameters
    ----------
    label
        As printed: number of convolutions, or ``"4 conv, 1 fc"``.
    architecture
        Our name without dropout and batch norm, such as ``"custom_ch32-8"``.
    cells
        In printed order.
    n_parameters
        As printed, for 16 classes; None where none is printed.
    counts_batch_norm
        Whether that count includes the weights and biases of batch norm.
    extra_channels
        The count is that of no sequential network: it is larger than ours by
        16 * extra_channels * length of the last feature map; 0 where it is ours.
    """

    label: str
    architecture: str
    cells: tuple[PrintedCell, ...]
    n_parameters: int | None
    counts_batch_norm: bool
    extra_channels: int = 0

    @property
    def counted(self) -> str:
        """Name of the network whose parameters the printed count counts."""
        return _name(self.architecture, 0.0, batch_norm=self.counts_batch_norm)


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedTable:
    """One printed table.

    Parameters
    ----------
    name
        As in the file, such as ``"dropout_tuning_ch32"``.
    rows
        In printed order.
    note
        What is known about the table, or "".
    """

    name: str
    rows: tuple[PrintedRow, ...]
    note: str = ""

    @property
    def columns(self) -> tuple[tuple[float, bool], ...]:
        """Dropout rate and batch norm of each column, in printed order."""
        first = self.rows[0]
        return tuple((cell.dropout, cell.batch_norm) for cell in first.cells)


def tables() -> tuple[PrintedTable, ...]:
    """Read the tables of the study.

    Returns
    -------
    tuple of PrintedTable
        13 tables with 88 rows, 292 accuracies and 62 parameter counts.

    Examples
    --------
    >>> [row.architecture for row in tables()[0].rows]
    ['baseline_fc1-4', 'baseline_fc2-4', 'baseline_fc1-5', 'baseline_fc2-5']
    """
    content = json.loads(_FILE.read_text("utf-8"))
    return tuple(_table(name, values) for name, values in content["tables"].items())


def _table(name: str, values: dict[str, object]) -> PrintedTable:
    rows = values["rows"]
    assert isinstance(rows, list)
    counts_batch_norm = bool(values.get("params_count_batchnorm"))
    is_inconsistent = name == "wide_k25_ch64"
    extra = _EXTRA_CHANNELS if is_inconsistent else (0,) * len(rows)
    return PrintedTable(
        name=name,
        rows=tuple(
            _row(name, row, counts_batch_norm=counts_batch_norm, extra_channels=channels)
            for row, channels in zip(rows, extra, strict=True)
        ),
        note=str(values.get("note", "")),
    )


def _row(
    table: str, row: dict[str, object], *, counts_batch_norm: bool, extra_channels: int
) -> PrintedRow:
    label, count = str(row["name"]), row.get("params")
    architecture = _architecture(table, label)
    return PrintedRow(
        label=label,
        architecture=architecture,
        cells=tuple(
            _cell(architecture, key, float(str(value)))
            for key, value in row.items()
            if key.startswith("accuracy_")
        ),
        n_parameters=None if count is None else int(str(count)),
        counts_batch_norm=counts_batch_norm,
        extra_channels=extra_channels,
    )


def _architecture(table: str, label: str) -> str:
    if table == "baseline":
        depth, n_linear = re.findall(r"\d+", label)
        return f"baseline_fc{n_linear}-{depth}"
    return f"{table.replace('dropout_tuning', 'custom')}-{label}"


def _cell(architecture: str, key: str, accuracy: float) -> PrintedCell:
    match = _ACCURACY.fullmatch(key)
    assert match is not None, key
    dropout, batch_norm = float(match[1] or 0), match[2] is not None
    return PrintedCell(
        name=_name(architecture, dropout, batch_norm=batch_norm),
        dropout=dropout,
        batch_norm=batch_norm,
        accuracy=accuracy,
    )


def _name(architecture: str, dropout: float, *, batch_norm: bool) -> str:
    variant = parse(architecture)
    assert variant is not None, architecture
    return replace(variant, dropout=dropout, batch_norm=batch_norm).name
