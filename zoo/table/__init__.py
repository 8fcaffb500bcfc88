"""Our accuracies beside the printed ones: what ``cnnviz zoo table`` shows."""

from .comparison import Comparison, compare
from .outcomes import outcomes, read_cards, shipped_digests
from .points import series
from .sheets import sheet
from .text import to_csv, to_markdown

__all__ = [
    "Comparison",
    "compare",
    "outcomes",
    "read_cards",
    "series",
    "sheet",
    "shipped_digests",
    "to_csv",
    "to_markdown",
]
