"""A model whose one output is a function of its scores, so that anything can be explained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

from torch import Tensor

from cnnviz.errors import ParameterError
from cnnviz.model import AudioModel


@dataclass(frozen=True, kw_only=True, slots=True)
class ExplainedFunction(AudioModel):
    """A model with its scores behind a function.

    Parameters
    ----------
    function
        Of scores (clip, class), to one number for each clip, (clip,).
    """

    function: Callable[[Tensor], Tensor]

    def scores(self, waveforms: Tensor) -> Tensor:
        """What the function gives, (clip, 1).

        Raises
        ------
        ParameterError
            If it is not one number per clip.
        """
        values = self.function(AudioModel.scores(self, waveforms))
        if not isinstance(values, Tensor) or values.shape != (len(waveforms),):
            given = tuple(values.shape) if isinstance(values, Tensor) else type(values).__name__
            raise ParameterError(
                f"the target function gives {given} for the scores of {len(waveforms)} clips; "
                f"allowed: a tensor of one number per clip, ({len(waveforms)},)"
            )
        return values[:, None]


def behind(model: AudioModel, function: Callable[[Tensor], Tensor]) -> ExplainedFunction:
    """The same model with a function of its scores as its output, which is no score of a class."""
    known = {field.name: getattr(model, field.name) for field in fields(model)}
    return ExplainedFunction(**known | {"output": "values", "class_names": ()}, function=function)
