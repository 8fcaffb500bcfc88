"""How a result shows itself: as a table, as a picture, as HTML in a notebook."""

from __future__ import annotations

from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cnnviz.provenance import Provenance

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

_ROWS_SHOWN = 30


class Result:
    """What every result can do; `columns` names the fields that make its table.

    The type lives in a file of its own; plots and report sections of that name show it.

    A field of a field is ``"clips.names"``. Fields of the table have one entry per row; arrays
    with a second axis of length two or more give numbered columns.
    """

    __slots__ = ()
    corridor: ClassVar[str] = ""
    columns: ClassVar[tuple[str, ...]] = ()
    provenance: Provenance

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.corridor = cls.__module__.rpartition(".")[2]

    @property
    def id(self) -> str:
        """Name of the analyzer and a digest of its parameters, the model and the clips."""
        return f"{self.provenance.analyzer or self.corridor}-{self.provenance.digest}"

    def fragment(self, name: str) -> str:
        """Name of a part of a page, or of a data file, that shows this result and no other."""
        return f"{name}.{self.provenance.digest}"

    def to_dataframe(self) -> pandas.DataFrame:
        """The result's numbers as a table, one row per filter, clip, class or layer."""
        import pandas

        table: dict[str, Any] = {}
        for path in self.columns:
            name, values = path.rpartition(".")[2], attrgetter(path)(self)
            if isinstance(values, np.ndarray) and values.ndim == 2:
                table |= {f"{name}_{i}": values[:, i] for i in range(values.shape[1])}
            else:
                table[name] = values
        return pandas.DataFrame(table)

    @property
    def views(self) -> tuple[str, ...]:
        """Names of the figures that `plot` draws of this result."""
        names: tuple[str, ...] = import_module(f"cnnviz.plots.{self.corridor}").views(self)
        return names

    def plot(self, view: str | None = None, *, ax: Axes | None = None) -> Axes:
        """Draw the result with matplotlib; gives the Axes.

        Parameters
        ----------
        view
            One of `views`; None: the first.
        ax
            Axes to draw into; None: new ones.
        """
        axes: Axes = import_module(f"cnnviz.plots.{self.corridor}").plot(self, view, ax=ax)
        return axes

    def _repr_html_(self) -> str:
        table = self.to_dataframe()
        rows: str = table.head(_ROWS_SHOWN).to_html(
            index=False, escape=True, na_rep="", float_format=lambda value: f"{value:.4g}"
        )
        rest = len(table) - _ROWS_SHOWN
        more = f"<p>{rest} more rows in to_dataframe()</p>" if rest > 0 else ""
        return f"<h4>{type(self).__name__}</h4>{rows}{more}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self.to_dataframe())} rows; .to_dataframe(), .plot()>"
