"""What findings about a bank are made from, and how they are made."""

from __future__ import annotations

from dataclasses import dataclass

from cnnviz.results import (
    BankSummary,
    Evidence,
    FilterDetails,
    FilterDrift,
    FilterTable,
    Finding,
    Modulation,
    Responses,
    Untrained,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class BankFacts:
    """What sentences about a bank are made from.

    `n_taps` are those its shapes were read from; `is_influence_known` says whether dead filters
    are those that reach no output, or those of the smallest taps.
    """

    layer: str
    n_taps: int
    table: FilterTable
    details: FilterDetails | None
    responses: Responses | None
    modulation: Modulation | None
    untrained: Untrained
    is_influence_known: bool
    summary: BankSummary | None = None
    drift: FilterDrift | None = None


def make_finding(
    bank: BankFacts,
    claim: str,
    sentence: str,
    *evidence: Evidence,
    threshold: float | None = None,
    null: float | None = None,
    severity: str = "note",
) -> list[Finding]:
    """One finding about a bank, shown by its group on the page."""
    return [
        Finding(
            id=f"{claim}:{bank.layer}",
            sentence=sentence,
            severity=severity,
            evidence=evidence,
            threshold=threshold,
            null=null,
            fragment=f"filters-{bank.layer}",
        )
    ]


def number(name: str, value: float, unit: str = "") -> Evidence:
    """A number behind a sentence."""
    return Evidence(name=name, value=float(value), unit=unit)
