"""Several results at once: each by its id, shown one below the other."""

from html import escape

from cnnviz.results.result import Result


class Results(dict[str, Result]):
    """Results by id, which show their pictures and tables in a notebook."""

    def _repr_html_(self) -> str:
        shown = (
            f"<details><summary>{escape(key)}: {escape(repr(result))}</summary>"
            f"{result._repr_html_()}</details>"
            for key, result in self.items()
        )
        return "".join(shown) or "no results"
