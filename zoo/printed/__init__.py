"""What the authors of the reference architectures printed, as files, and how to read them.

``speech_commands_1d.json`` is the study of one-dimensional networks (88 rows, 292 accuracies,
62 parameter counts), ``speech_challenge_12.json`` three networks of the keyword challenge,
``nsynth.json`` two networks on musical notes, ``urbansound_tabular.json`` classical models on
features. Nothing here was measured by cnnviz.
"""

from .others import PrintedNetwork, TabularModel, networks, tabular_models
from .study import CORPUS, N_CLASSES, PrintedCell, PrintedRow, PrintedTable, tables

__all__ = [
    "CORPUS",
    "N_CLASSES",
    "PrintedCell",
    "PrintedNetwork",
    "PrintedRow",
    "PrintedTable",
    "TabularModel",
    "networks",
    "tables",
    "tabular_models",
]
