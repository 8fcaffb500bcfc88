"""Records of older files as today's types.

Each function takes the fields of a record as an older version wrote them, and gives the record
of today. A field that only lacks a default needs no function: it takes that default.
"""

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from types import MappingProxyType
from typing import cast

from cnnviz.results import Evaluation, Evidence, FilterBank, Finding, LayerStatistics

Fields = dict[str, object]
_WRITTEN_BY = Evidence(name="result format", value=1)


def as_findings(sentences: Iterable[str]) -> tuple[Finding, ...]:
    """Sentences of format 1 as notes; the numbers they followed from were not kept.

    Examples
    --------
    >>> [(one.sentence, one.severity) for one in as_findings(("2 filters repeat.",))]
    [('2 filters repeat.', 'note')]
    """
    return tuple(
        Finding(id=f"older:{_digest(sentence)}", sentence=sentence, evidence=(_WRITTEN_BY,))
        for sentence in sentences
    )


def _digest(sentence: str) -> str:
    return sha256(sentence.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _with_findings(record: Callable[..., object]) -> Callable[[Fields], object]:
    """Upgrade of a record that had sentences and has findings."""

    def upgraded(fields: Fields) -> object:
        findings = as_findings(cast("Iterable[str]", fields["findings"]))
        return record(**fields | {"findings": findings})

    return upgraded


UPGRADES: Mapping[str, Callable[[Fields], object]] = MappingProxyType(
    {
        record.__name__: _with_findings(record)
        for record in (Evaluation, FilterBank, LayerStatistics)
    }
)
"""By the name of the type in files of format 1."""
