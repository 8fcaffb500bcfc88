"""From clips and a model to results: what commands and notebooks go through."""

from cnnviz.workflow.evaluating import check_comparable, clips_of, compare, evaluate
from cnnviz.workflow.running import analyze, fit, named, report_analyzers, require_network

__all__ = [
    "analyze",
    "check_comparable",
    "clips_of",
    "compare",
    "evaluate",
    "fit",
    "named",
    "report_analyzers",
    "require_network",
]
