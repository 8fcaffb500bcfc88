"""How a result shows itself: as a table, as a picture, as HTML in a notebook."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from cnnviz.errors import ParameterError
from cnnviz.provenance import Provenance

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

    from cnnviz.results.twin_rows import BesideTwins

_ROWS_SHOWN = 30


class Result:
    """What every result can do; `columns` names the fields that make its table.

    The type lives in a file of its own; plots and report sections of that name show it.

    A field of a field is ``"clips.names"``. Fields of the table have one entry per row; arrays
    with a second axis of length two or more give numbered columns.
    """

    __slots__ = ()
    module_name: ClassVar[str] = ""
    columns: ClassVar[tuple[str, ...]] = ()
    provenance: Provenance

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.module_name = cls.__module__.rpartition(".")[2]

    @property
    def id(self) -> str:
        """Name of the analyzer and a digest of its parameters, the model and the clips."""
        return f"{self.provenance.analyzer or self.module_name}-{self.provenance.digest}"

    def fragment(self, name: str) -> str:
        """Name of a part of a page, or of a data file, that shows this result and no other."""
        return f"{name}.{self.provenance.digest}"

    def beside_twins(self) -> Iterable[BesideTwins]:
        """Numbers that stand beside those of untrained twins; most results have none."""
        return ()

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
    def views(self) -> Mapping[str, Mapping[str, Sequence[int] | Sequence[str]]]:
        """Figures that `plot` draws of this result: view, its arguments, what they may be.

        A channel or filter by `index` is one of the first layer that has the view.
        """
        found: Mapping[str, Mapping[str, Sequence[int] | Sequence[str]]]
        found = import_module(f"cnnviz.plots.{self.module_name}").views(self)
        return found

    def plot(
        self,
        view: str | None = None,
        *,
        ax: Axes | None = None,
        width: float | None = None,
        layer: str | None = None,
        index: int | None = None,
        clip: int | None = None,
        labels: Sequence[int] | Sequence[str] | np.ndarray | None = None,
    ) -> Axes:
        """Draw the result with matplotlib; gives the Axes, which a notebook shows.

        Save it with ``.figure.savefig("figure.pdf")``; text is 7 and 8 points high at any width.

        Parameters
        ----------
        view
            One of `views`, which says what else it takes; None: the first.
        ax
            Axes to draw into; None: new ones.
        width
            Inches of a new figure, such as 3.3 for one column of a paper; None: 7.
        layer
            Name of the layer.
        index
            Number of the filter, channel or class.
        clip
            Number of the clip in the run, as on the page.
        labels
            One per point: names, or numbers of classes; for colours.

        Raises
        ------
        ParameterError
            If there is no such view, or it does not take an argument or its value.
        """
        plots = import_module(f"cnnviz.plots.{self.module_name}")
        given = {"width": width, "layer": layer, "index": index, "clip": clip, "labels": labels}
        given = {name: value for name, value in given.items() if value is not None}
        self._check_taken(view, set(given) - {"width"})
        axes: Axes = plots.plot(self, view, ax=ax, **given)
        return axes

    def _check_taken(self, view: str | None, given: set[str]) -> None:
        """Refuse arguments that a view does not take; unknown views are refused elsewhere."""
        of_view = self.views.get(view or "")
        taken = set().union(*(self.views.values() if of_view is None else (of_view,)))
        wrong = given - taken
        if wrong:
            what = type(self).__name__ if of_view is None else f"view={view!r}"
            raise ParameterError(
                f"{', '.join(sorted(wrong))} beside {what}; allowed: "
                f"{', '.join(sorted(taken)) or 'no such argument'}; see: views"
            )

    def _repr_png_(self) -> bytes | None:
        """Picture of the first view; none where there is nothing to draw."""
        if not self.views:
            return None
        picture: bytes = import_module("cnnviz.plots._axes").to_png(self.plot())
        return picture

    def _repr_html_(self) -> str:
        table = self.to_dataframe()
        rows: str = table.head(_ROWS_SHOWN).to_html(
            index=False, escape=True, na_rep="", float_format=lambda value: f"{value:.4g}"
        )
        rest = len(table) - _ROWS_SHOWN
        more = f"<p>{rest} more rows in to_dataframe()</p>" if rest > 0 else ""
        png = self._repr_png_()
        image = ""
        if png is not None:
            coded = b64encode(png).decode("ascii")
            alt = f"{type(self).__name__}: {next(iter(self.views))}"
            image = f'<img alt="{escape(alt)}" src="data:image/png;base64,{coded}"/>'
        return f"<h4>{type(self).__name__}</h4>{image}{rows}{more}"

    def __repr__(self) -> str:
        n_rows = len(self.to_dataframe())
        return f"<{type(self).__name__}: {n_rows} rows; .to_dataframe(), .plot(), .views>"
