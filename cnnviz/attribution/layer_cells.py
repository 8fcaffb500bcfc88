"""Activations of one layer at its cells, what the score's gradient is there, and where that is."""

from abc import abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from cnnviz.attribution.explanation import Explanation
from cnnviz.attribution.gradients import differentiated
from cnnviz.attribution.tapping import tapped
from cnnviz.attribution.target_scores import TargetScores
from cnnviz.errors import UnsupportedModelError
from cnnviz.grid import UNKNOWN
from cnnviz.model import AudioModel
from cnnviz.results.clip_relevance import CellRelevance
from cnnviz.trace import LayerCall, layer_grid, trace

_NEVER_CHOSEN = ("Pool", "Dropout", "Flatten", "Identity")


@dataclass(frozen=True, kw_only=True, slots=True)
class ActivationMap(Explanation):
    """What maps of the activations of one layer share.

    Parameters
    ----------
    layer
        Layer with steps over time, by its name; None: the last one whose places in the clip are
        known and that is no pooling. The result names it.
    rectified
        Keep positive relevance only, as published; otherwise the map is signed.
    """

    layer: str | None = None
    rectified: bool = True

    @property
    def baseline_words(self) -> None:
        """The clip is compared with nothing."""
        return None

    @abstractmethod
    def weighted(self, activations: Tensor, gradients: Tensor) -> Tensor:
        """Weighted activations, all three (channel, plain, frequency, time)."""

    def relevance(self, scores: TargetScores, clip: int) -> CellRelevance:
        """The map of the clip at the cells of the layer."""
        return cell_relevance(scores, clip, self)


def cell_relevance(scores: TargetScores, clip: int, method: ActivationMap) -> CellRelevance:
    """Sum weighted activations over channels, at each cell of a layer.

    Frequencies that are not known in Hz are summed too, after rectification.

    Parameters
    ----------
    scores, clip
        What is explained, and which of its clips.
    method
        Names the layer and weighs its activations.

    Raises
    ------
    LayerNotFoundError
        If the network has no such layer.
    UnsupportedModelError
        If it has no cells over time whose place is known, or what it gives is not finite.
    """
    n_samples = scores.clips.shape[1]
    call = find_layer(scores.model, n_samples, method.layer)
    activations, gradients, _ = answers(
        scores, scores.clips[clip, None], torch.tensor([clip], device=scores.clips.device), call
    )
    cells = method.weighted(activations[0], gradients[0]).sum(0)  # (plain, frequency, time)
    cells = cells.clamp_min(0) if method.rectified else cells
    grid = layer_grid(call, scores.model, n_samples)
    values = cells.sum(0) if len(grid.frequencies) else cells.sum((0, 1))
    return CellRelevance(
        domain="layer", values=values.double().cpu().numpy(), grid=grid, layer=call.name
    )


def find_layer(model: AudioModel, n_samples: int, layer: str | None) -> LayerCall:
    """The call of a layer, with cells over time that have a place in the clip.

    Parameters
    ----------
    model
        Whose network is asked.
    n_samples
        Audio samples of a clip.
    layer
        Name of a layer call; None: the last one that is neither a pooling nor hands its input on.

    Raises
    ------
    LayerNotFoundError
        If the network has no such layer; the text lists those it has.
    UnsupportedModelError
        If it has no cells over time, their place is not known, or hooks cannot reach it.
    """
    traced = trace(model, n_samples)
    if layer is not None:
        call = traced.call(layer)
        reason = _missing(call)
        if not reason:
            return call
    else:
        chosen = [c for c in traced.calls if not _missing(c) and not _is_passed_over(c)]
        if chosen:
            return chosen[-1]
        reason = "no layer but poolings and copies has steps over time at known places"
    allowed = ", ".join(call.name for call in traced.calls if not _missing(call)) or "none here"
    raise UnsupportedModelError(
        f"{reason} in model {model.name!r}; allowed: modules with steps over time at known places "
        f"({allowed}); choose one with --layer"
    )


def answers(
    scores: TargetScores, waveforms: Tensor, index: Tensor, call: LayerCall
) -> tuple[Tensor, Tensor, Tensor]:
    """Activations of a layer, gradients of the explained scores there, and the scores.

    Parameters
    ----------
    scores
        What is explained.
    waveforms
        (n, samples), no more than one batch.
    index
        Clip that each stands for, (n,).
    call
        Of the layer.

    Returns
    -------
    tuple of Tensor
        Two of (n, channel, plain, frequency, time), and (n,); plain are axes that are none of the
        others, and one cell stands for an axis that is missing.
    """
    points = waveforms.detach().requires_grad_()

    def run() -> tuple[Tensor, Tensor, Tensor]:
        with tapped(scores.model.network, call.name) as held:
            values = scores.explained(points, index)
        if not held:
            raise UnsupportedModelError(
                f"layer {call.name!r} of model {scores.model.name!r} is not heard in its forward "
                "pass; allowed: modules that Python calls; choose another --layer"
            )
        (gradients,) = torch.autograd.grad(
            values.sum(), held, allow_unused=True, materialize_grads=True
        )
        return held[0].detach(), gradients, values.detach()

    activations, gradients, values = differentiated(run)
    for name, tensor in (("activations", activations), ("gradients", gradients)):
        if not bool(torch.isfinite(tensor).all()):
            raise UnsupportedModelError(
                f"{name} of layer {call.name!r} are not finite; allowed: finite numbers; look for "
                "a square root or a logarithm that meets 0 in the model"
            )
    n = len(waveforms)  # a network of one batch size gives more rows
    return _arranged(activations[:n], call), _arranged(gradients[:n], call), values


def _arranged(tensor: Tensor, call: LayerCall) -> Tensor:
    """Clip, channel, plain, frequency, time: the first axis of no other meaning is the channel."""
    last = [axis + 1 for axis in (call.frequency_axis, call.time_axis) if axis is not None]
    rest = [axis for axis in range(1, tensor.ndim) if axis not in last]
    sizes = [tensor.shape[axis] for axis in rest[:1]] or [1]
    n_frequencies = 1 if call.frequency_axis is None else tensor.shape[call.frequency_axis + 1]
    n_times = 1 if call.time_axis is None else tensor.shape[call.time_axis + 1]
    moved = tensor.permute(0, *rest, *last)
    return moved.reshape(len(tensor), *sizes, -1, n_frequencies, n_times)


def _missing(call: LayerCall) -> str:
    """What a layer lacks for a map over time; empty: nothing."""
    if not call.is_module:
        return f"layer {call.name!r} is a function, which hooks cannot reach,"
    if call.time_axis is None or call.output_shape[call.time_axis] < 2:
        return f"layer {call.name!r} has no steps over time"
    if call.time_field is None or call.time_field.status == UNKNOWN:
        return f"layer {call.name!r} has steps over time at places that are not known"
    return ""


def _is_passed_over(call: LayerCall) -> bool:
    return any(word in call.kind for word in _NEVER_CHOSEN)
