"""Tables as CSV text that a spreadsheet reads as data, whatever names it holds."""

import csv
import io
from collections.abc import Iterable, Sequence
from contextlib import suppress

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(rows: Iterable[Sequence[object]]) -> str:
    r"""Write rows as CSV with Unix line ends.

    Examples
    --------
    >>> to_csv([["clip", "score"], ["=1+1.wav", "-0.5"]])
    "clip,score\n'=1+1.wav,-0.5\n"
    """
    out = io.StringIO()
    plain = csv.writer(out, lineterminator="\n")
    quoted = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in rows:
        cells = [inert(cell) for cell in row]
        has_return = any(isinstance(cell, str) and "\r" in cell for cell in cells)
        (quoted if has_return else plain).writerow(cells)  # plain leaves a lone return as it is
    return out.getvalue()


def inert(cell: object) -> object:
    """Put ``'`` before a text that a spreadsheet would run as a formula; numbers stay.

    OWASP, "CSV Injection".
    """
    if not (isinstance(cell, str) and cell.startswith(_STARTS_FORMULA)):
        return cell
    with suppress(ValueError):
        float(cell)
        return cell
    return f"'{cell}"
