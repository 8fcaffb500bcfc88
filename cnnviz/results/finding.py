"""What a result says in words, as data: the sentence, and the numbers it rests on."""

from collections.abc import Iterable
from dataclasses import dataclass

SEVERITIES = ("note", "warning", "problem")
"""A fact; something to look at; something wrong."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """One number behind a sentence: what it is, its value, its unit or ``""``."""

    name: str
    value: float
    unit: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", float(self.value))  # numpy's numbers are no JSON


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One sentence about a model or its clips, with what it rests on.

    Parameters
    ----------
    id
        What is claimed, and of what: ``"dead_channels:conv1"``. One result says it once.
    sentence
        In plain words with units; no markup.
    severity
        One of `SEVERITIES`.
    evidence
        The numbers the sentence follows from, at least one.
    threshold
        Value the first number was held against; None: the sentence reports it without a verdict.
    null
        Value the first number would have by chance, or untrained; None: not known or no claim.
    fragment
        Part of the page that shows it, such as ``"filter-conv1-3"``; empty: the whole section.
    """

    id: str
    sentence: str
    severity: str = "note"
    evidence: tuple[Evidence, ...]
    threshold: float | None = None
    null: float | None = None
    fragment: str = ""

    def __post_init__(self) -> None:
        assert self.severity in SEVERITIES, self.severity
        assert self.evidence, f"{self.id}: a sentence without a number"


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Problems first, then warnings, then notes, each in the order given."""
    return tuple(sorted(findings, key=lambda finding: -SEVERITIES.index(finding.severity)))


def plural(n: int, noun: str, ending: str = "s") -> str:
    """A count and its noun.

    Examples
    --------
    >>> plural(1, "filter"), plural(2_000, "class", "es")
    ('1 filter', '2,000 classes')
    """
    return f"{n:,} {noun}{'' if n == 1 else ending}"
