"""What reading a file may cost: counted while it is read, so that a small file ends early."""

import json
from dataclasses import dataclass

from cnnviz.errors import CnnvizError

_MOST_VALUES = 4_000_000  # of JSON; each takes up to some 100 bytes of memory


@dataclass(kw_only=True, slots=True)
class Budget:
    """Steps and bytes that reading one file may take.

    Parameters
    ----------
    source
        The file, for the error.
    n_bytes
        That may still be made of it.
    advice
        What to do instead, for the error.
    error
        Which error it is to spend more.
    most_steps
        Of work: a step takes about 1 µs and at most some 100 bytes of memory.
    n_steps
        Taken so far.

    Examples
    --------
    >>> budget = Budget(
    ...     source="a.pt", n_bytes=10, most_steps=10, advice="get another", error=CnnvizError
    ... )
    >>> budget.take(11)
    Traceback (most recent call last):
    cnnviz.errors.CnnvizError: a.pt asks for 1 bytes more than the 10 it may take; get another
    """

    source: str
    n_bytes: int
    advice: str
    error: type[CnnvizError]
    most_steps: int
    n_steps: int = 0

    def step(self, n_steps: int = 1) -> None:
        """Spend steps.

        Raises
        ------
        CnnvizError
            Of the type `error`, when none are left.
        """
        self.n_steps += n_steps
        if self.n_steps > self.most_steps:
            raise self.error(
                f"{self.source} takes more than {self.most_steps:,} steps to read; allowed: so "
                f"many; {self.advice}"
            )

    def take(self, n_bytes: int) -> None:
        """Spend bytes.

        Raises
        ------
        CnnvizError
            Of the type `error`, when fewer are left.
        """
        if n_bytes > self.n_bytes:
            raise self.error(
                f"{self.source} asks for {n_bytes - self.n_bytes:,} bytes more than the "
                f"{self.n_bytes:,} it may take; {self.advice}"
            )
        self.n_bytes -= n_bytes


def parse_json(text: str | bytes) -> object:
    """Parse JSON of a stranger, whose nesting and number of values are bounded.

    Raises
    ------
    ValueError
        If it is not JSON, is nested too deeply, or holds too many values.
    """
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    n_values = sum(data.count(mark) for mark in (b",", b"[", b"{"))
    if n_values > _MOST_VALUES:
        raise ValueError(f"it holds {n_values:,} values; allowed: {_MOST_VALUES:,}")
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("its lists and objects are nested too deeply") from None
