"""Who answered: the record of a capture, with the analyzer's parameters."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from cnnviz.provenance import Provenance, describe_platform, to_json, versions

if TYPE_CHECKING:
    from cnnviz.capture import Answers, Capture


def provenance_of(
    analyzer: Any, capture: Capture | Answers, *, seed: int | None = None
) -> Provenance:
    """Record that `analyzer`, a dataclass of parameters, read `capture`."""
    return replace(
        capture.provenance,
        parameters=to_json(asdict(analyzer)),
        seed=seed,
        versions=versions(),
        platform=describe_platform(),
    )
