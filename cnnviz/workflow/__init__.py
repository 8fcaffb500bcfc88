"""From clips and a model to results: what commands and notebooks go through."""

from cnnviz.analyzer import analyzer_class
from cnnviz.workflow.evaluating import check_comparable, compare, evaluate, select_split
from cnnviz.workflow.explaining import explain_each
from cnnviz.workflow.probing import build_probes, probe_in_forks, probe_names, within_budget
from cnnviz.workflow.roles import as_classifier
from cnnviz.workflow.running import (
    analyze,
    build_analyzer,
    match_clips,
    report_analyzers,
    with_class_names,
)

__all__ = [
    "analyze",
    "analyzer_class",
    "as_classifier",
    "build_analyzer",
    "build_probes",
    "check_comparable",
    "compare",
    "evaluate",
    "explain_each",
    "match_clips",
    "probe_in_forks",
    "probe_names",
    "report_analyzers",
    "select_split",
    "with_class_names",
    "within_budget",
]
