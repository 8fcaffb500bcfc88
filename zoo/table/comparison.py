"""The study's own tables, with ours in the cell of the same network."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from .. import printed
from ..listing import describe
from .outcomes import Outcome, Setting

TITLES = MappingProxyType(
    {
        "baseline": "Baseline: kernel 25, large linear layers",
        "only_conv_k25": "Convolutions only: kernel 25",
        "only_conv_k5": "Convolutions only: kernel 5",
        "wide_k25_ch32": "Wide: kernel 25, 32 channels",
        "wide_k25_ch64": "Wide: kernel 25, 64 channels",
        "wide_k25_ch128": "Wide: kernel 25, 128 channels",
        "custom_ch32": "Custom: kernel 5, 32 channels",
        "custom_ch64": "Custom: kernel 5, 64 channels",
        "custom_ch128": "Custom: kernel 5, 128 channels",
        "vgg_style_ch64": "VGG style: kernel 3, 64 channels",
        "dropout_tuning_ch32": "Dropout rates: custom, 32 channels",
        "dropout_tuning_ch64": "Dropout rates: custom, 64 channels",
        "dropout_tuning_ch128": "Dropout rates: custom, 128 channels",
    }
)
_EXTRA = (
    "The printed parameter counts come from no sequential network; ours stand beside them. Each "
    "is larger than ours by 16 x 8, 8, 16, 16, 32, 32 x the length of the last feature map."
)
_OTHERS = (
    "Networks outside the study's tables. Of the keyword challenge validation accuracies are "
    "printed, of NSynth test accuracies; where nothing is printed, only ours stands here."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One network of a table.

    Parameters
    ----------
    name
        Architecture.
    printed
        Printed accuracy in [0, 1], or None.
    printed_on
        What that was trained on, or "".
    ours
        One per setting; empty: not trained yet.
    """

    name: str
    printed: float | None
    printed_on: str
    ours: tuple[Outcome, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row: `cells` in the order of the columns.

    Parameters
    ----------
    label
        As printed.
    counted
        Network whose parameters are counted.
    n_printed, n_ours
        Parameters, as printed and of our network, both for the classes of the printed task or,
        where nothing is printed, of the network's own, whatever it was trained on; None: nothing
        is printed.
    """

    label: str
    counted: str
    n_printed: int | None
    n_ours: int
    cells: tuple[Cell, ...]

    @property
    def settings(self) -> tuple[Setting, ...]:
        """Where, whose and at which rate the networks of this row were trained, each once."""
        return tuple(dict.fromkeys(outcome.setting for cell in self.cells for outcome in cell.ours))


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """One table: a printed one, or that of the networks outside the study.

    Parameters
    ----------
    name
        Such as ``"custom_ch32"`` or ``"others"``.
    title
        For people.
    note
        What to know about its numbers, or "".
    row_title
        What the labels are.
    columns
        Title of each cell's column, such as ``"DO 0.5 + BN"``.
    rows
        In printed order.
    """

    name: str
    title: str
    note: str
    row_title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """All tables, and the classical models printed beside them."""

    tables: tuple[Table, ...]
    tabular: tuple[printed.TabularModel, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every network, in order; a network that is in two tables twice."""
        return tuple(cell for table in self.tables for row in table.rows for cell in row.cells)

    @property
    def n_printed(self) -> int:
        """Printed accuracies."""
        return sum(cell.printed is not None for cell in self.cells)

    @property
    def n_trained(self) -> int:
        """Printed accuracies with one of ours beside it."""
        return sum(cell.printed is not None and bool(cell.ours) for cell in self.cells)


def compare(outcomes: Sequence[Outcome]) -> Comparison:
    """Put our outcomes into the printed tables.

    Parameters
    ----------
    outcomes
        What was trained here; a network that is in no printed table comes under ``"others"``.
    """

    def ours(name: str) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in outcomes if outcome.name == name)

    tables = [_table(table, ours) for table in printed.tables()]
    names = {cell.name for table in tables for row in table.rows for cell in row.cells}
    others = [outcome.name for outcome in outcomes if outcome.name not in names]
    return Comparison(
        tables=(*tables, _others(tuple(dict.fromkeys(others)), ours)),
        tabular=printed.tabular_models(),
    )


def column_title(dropout: float, *, batch_norm: bool) -> str:
    """The study's name of a variant.

    Examples
    --------
    >>> column_title(0.5, batch_norm=True), column_title(0.0, batch_norm=False)
    ('DO 0.5 + BN', 'plain')
    """
    parts = [*([f"DO {dropout:g}"] if dropout else []), *(["BN"] if batch_norm else [])]
    return " + ".join(parts) or "plain"


def _table(table: printed.PrintedTable, ours: Callable[[str], tuple[Outcome, ...]]) -> Table:
    has_extra = any(row.extra_channels for row in table.rows)
    return Table(
        name=table.name,
        title=TITLES[table.name],
        note=_EXTRA if has_extra else "",
        row_title="Layers" if table.name == "baseline" else "Convolutions",
        columns=tuple(column_title(rate, batch_norm=norm) for rate, norm in table.columns),
        rows=tuple(
            Row(
                label=row.label,
                counted=row.counted,
                n_printed=row.n_parameters,
                n_ours=describe(row.counted).n_parameters,
                cells=tuple(
                    Cell(
                        name=cell.name,
                        printed=cell.accuracy,
                        printed_on=printed.CORPUS,
                        ours=ours(cell.name),
                    )
                    for cell in row.cells
                ),
            )
            for row in table.rows
        ),
    )


def _others(names: tuple[str, ...], ours: Callable[[str], tuple[Outcome, ...]]) -> Table:
    networks = {network.name: network for network in printed.networks()}
    return Table(
        name="others",
        title="Other networks",
        note=_OTHERS,
        row_title="Network",
        columns=("accuracy",),
        rows=tuple(
            _other(name, networks.get(name), ours(name))
            for name in dict.fromkeys((*networks, *names))
        ),
    )


def _other(name: str, entry: printed.PrintedNetwork | None, ours: tuple[Outcome, ...]) -> Row:
    data = "" if entry is None else f"{entry.corpus}; {entry.n_classes} classes; {entry.scored_on}"
    cell = Cell(
        name=name, printed=None if entry is None else entry.accuracy, printed_on=data, ours=ours
    )
    return Row(
        label=name,
        counted=name,
        n_printed=None if entry is None else entry.n_parameters,
        n_ours=describe(name).n_parameters,
        cells=(cell,),
    )
