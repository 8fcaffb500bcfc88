"""The kinds of cases: how each is made from a seed, and how many there are."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.drill.judging import Outcome

Case = Callable[[int, Path], Outcome]  # (seed, empty folder) to what became of it


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of cases.

    `n_short` of them run with the other tests, none where other tests hold the same;
    `n_whole` by ``make drill``.
    """

    name: str
    group: str
    case: Case
    n_short: int
    n_whole: int


def run_case(kind: Kind, seed: int) -> Outcome:
    """Run one case in an empty folder of its own."""
    with tempfile.TemporaryDirectory(prefix="cnnviz-drill-", ignore_cleanup_errors=True) as folder:
        return kind.case(seed, Path(folder).resolve())
