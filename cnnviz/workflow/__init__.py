"""From clips and a model to results: what commands and notebooks go through."""

from cnnviz.workflow.evaluating import check_comparable, clips_of, compare, evaluate
from cnnviz.workflow.running import (
    analyze,
    analyzer_class,
    build_analyzer,
    fit,
    named,
    report_analyzers,
)

__all__ = [
    "analyze",
    "analyzer_class",
    "build_analyzer",
    "check_comparable",
    "clips_of",
    "compare",
    "evaluate",
    "fit",
    "named",
    "report_analyzers",
]
