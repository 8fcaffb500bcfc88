"""Which models can be scored as classifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnviz.errors import ParameterError
from cnnviz.roles import UNKNOWN, has_classes

if TYPE_CHECKING:
    from cnnviz.model import AudioModel


def as_classifier(model: AudioModel) -> AudioModel:
    """The model for one who asks how well it classifies: an unknown role is classes then.

    Raises
    ------
    ParameterError
        If its output was said or recognised to be something else.
    ShapeError, UnsupportedModelError
        If it gives no row of scores per clip.
    """
    model = model.require_scores()
    if model.role == UNKNOWN:
        return model.with_role("classes")
    if not has_classes(model.role, model.class_names):
        names = " (frames with --classes A,B,... are pooled)" if model.role == "frames" else ""
        raise ParameterError(
            f"the output of {model.name} is read as {model.role}, of which no clip has one right "
            f"answer; allowed: classes{names}; if it is a classifier, add --output classes"
        )
    return model
