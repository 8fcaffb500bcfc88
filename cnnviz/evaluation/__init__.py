"""How well a classifier answers: arrays in, numbers out; training and reports use the same."""

from cnnviz.evaluation.comparison import Comparison, compare
from cnnviz.evaluation.notable import Notable, notable_clips
from cnnviz.evaluation.scores import Scores, evaluate

__all__ = ["Comparison", "Notable", "Scores", "compare", "evaluate", "notable_clips"]
