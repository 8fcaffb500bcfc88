"""The same in Python: what a notebook calls, and what the commands are made of."""

from cnnviz.api.explaining import explain, explain_each
from cnnviz.api.inputs import load_model, read_clips
from cnnviz.api.models import compare, evaluate, filters
from cnnviz.api.probing import probe
from cnnviz.api.runs import analyze, open_run, record, render

__all__ = [
    "analyze",
    "compare",
    "evaluate",
    "explain",
    "explain_each",
    "filters",
    "load_model",
    "open_run",
    "probe",
    "read_clips",
    "record",
    "render",
]
