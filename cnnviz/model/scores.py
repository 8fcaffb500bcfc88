"""Class scores: found in whatever a network returns."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass

import torch
from torch import Tensor

from cnnviz.errors import ShapeError
from cnnviz.model.last_steps import are_pooled_probabilities, last_step
from cnnviz.model.reading import OutputReading, pooled

_SCORE_KEYS = ("logits", "scores", "output", "out", "clipwise_output", "predictions")
_OUTPUT_NODES = (
    ("LogSoftmaxBackward", "log_probabilities"),
    ("SoftmaxBackward", "probabilities"),
    ("LogSigmoidBackward", "logits"),
    ("SigmoidBackward", "sigmoid"),
)


def as_scores(
    output: object,
    n_clips: int,
    *,
    n_classes: int | None = None,
    reading: OutputReading | None = None,
) -> Tensor:
    """Find the (clip, class) scores in whatever a network returns.

    Tuples, lists, dicts and dataclass-like outputs are searched; a batch axis that the network
    squeezed away for a single clip is put back; axes of length one go. Of several fitting
    tensors the one under a key such as ``"logits"`` or of `n_classes` columns is meant.

    Parameters
    ----------
    output
        What ``network(inputs)`` returned.
    n_clips
        Clips in the batch.
    n_classes
        Number of class names, when known.
    reading
        Pools an output with a time axis, and flattens other axes; None: there are none.

    Raises
    ------
    ShapeError
        If no tensor fits, or several do and nothing says which is meant.

    Examples
    --------
    >>> as_scores((torch.zeros(12), {"loss": 0.0}), 1).shape
    torch.Size([1, 12])
    """
    if reading is not None and (reading.pooling or reading.n_axes > 2):
        return pooled(_over_time(output, n_clips, reading.n_axes), reading)
    tensors = tensors_in(output)
    fitting = [scores for tensor in tensors if (scores := _shaped(tensor, n_clips)) is not None]
    if not fitting:
        raise ShapeError(
            f"network output has shapes {[tuple(t.shape) for t in tensors] or 'no tensor'}; "
            f"allowed: (clip, class) for {n_clips} clips, alone or in a tuple or dict; wrap the "
            "network in a module that returns one score per class"
        )
    under_key = _tensor_under_key(output)
    candidates = [scores for scores in fitting if scores.shape[1] == n_classes] or fitting
    if under_key is not None and (scores := _shaped(under_key, n_clips)) is not None:
        return scores
    if len(candidates) > 1 and len({scores.shape[1] for scores in candidates}) > 1:
        widths = ", ".join(str(scores.shape[1]) for scores in candidates)
        raise ShapeError(
            f"network returns {len(candidates)} tensors that could be the scores, with {widths} "
            "columns; name the classes with --classes, or wrap the network in a module that "
            "returns the scores alone"
        )
    return candidates[0]


def _shaped(tensor: Tensor, n_clips: int) -> Tensor | None:
    """Shape a tensor to (clip, class), or None when it cannot be."""
    while tensor.ndim > 2 and 1 in tensor.shape[1:]:
        trailing = [axis for axis in range(1, tensor.ndim) if tensor.shape[axis] == 1]
        tensor = tensor.squeeze(trailing[-1])
    if tensor.ndim == 0 and n_clips == 1:
        tensor = tensor.reshape(1, 1)
    if tensor.ndim == 1:
        tensor = tensor.unsqueeze(0 if n_clips == 1 else 1)  # (clip, class)
    return tensor if tensor.ndim == 2 and tensor.shape[0] == n_clips else None


def _tensor_under_key(output: object) -> Tensor | None:
    """The tensor that a dict or an object calls its scores."""
    for key in _SCORE_KEYS:
        value = output.get(key) if isinstance(output, Mapping) else getattr(output, key, None)
        if isinstance(value, Tensor):
            return value
    return None


def tensors_in(output: object) -> list[Tensor]:
    """All tensors of real numbers in what a network returns, in order."""
    if isinstance(output, Tensor):
        return [output] if output.is_floating_point() else []
    if isinstance(output, Mapping):
        return [tensor for value in output.values() for tensor in tensors_in(value)]
    if isinstance(output, list | tuple):
        return [tensor for value in output for tensor in tensors_in(value)]
    if is_dataclass(output):
        return tensors_in([getattr(output, field.name) for field in fields(output)])
    return []


def find_output(output: object, n_clips: int, *, n_classes: int | None = None) -> Tensor:
    """The tensor that is meant, with all its axes.

    Scores of clips come first; else the tensor under a key such as ``"logits"``, else the first.

    Raises
    ------
    ShapeError
        If no tensor fits, or several do and nothing says which is meant.
    """
    tensors = tensors_in(output)
    wide = [tensor for tensor in tensors if tensor.ndim > 2]
    flat = [tensor for tensor in tensors if _shaped(tensor, n_clips) is not None]
    if flat or not wide:
        scores = as_scores(output, n_clips, n_classes=n_classes)
        found = next(tensor for tensor in flat if _is_view(scores, tensor))
        return found if found.ndim > 1 else scores
    under_key = _tensor_under_key(output)
    return wide[0] if under_key is None or under_key.ndim < 3 else under_key


def _over_time(output: object, n_clips: int, n_axes: int) -> Tensor:
    """The tensor with a time axis; a single clip may have lost its own axis."""
    allowed = {(n_axes, n_clips)}
    under_key = _tensor_under_key(output)
    tensors = tensors_in(output) if under_key is None else [under_key, *tensors_in(output)]
    for tensor in tensors:
        if (tensor.ndim, len(tensor) if tensor.ndim else 0) in allowed or (
            n_clips == 1 and tensor.ndim == n_axes - 1
        ):
            return tensor
    raise ShapeError(
        f"network output has shapes {[tuple(t.shape) for t in tensors] or 'no tensor'}; allowed: "
        f"{n_axes} axes for {n_clips} clips, as when it was loaded; give clips of one length"
    )


def _is_view(scores: Tensor, tensor: Tensor) -> bool:
    return scores.data_ptr() == tensor.data_ptr() and scores.numel() == tensor.numel()


def output_kind(scores: Tensor) -> str:
    """Say what scores are: one of `OUTPUTS`.

    The last operations of the graph decide; where there is none, rows of numbers that sum to
    one do. Scores that merely lie between 0 and 1 are not taken for tags.

    Parameters
    ----------
    scores
        (clip, class), with its graph if possible.
    """
    step = last_step(scores)
    for prefix, kind in _OUTPUT_NODES:
        if step.startswith(prefix):
            return kind
    values = scores.detach().double()  # (clip, class)
    if values.shape[1] > 1 and _sums_to_one(values.exp()) and bool((values <= 0).all()):
        return "log_probabilities"
    if values.shape[1] > 1 and _sums_to_one(values) and bool((values >= 0).all()):
        return "probabilities"
    return "probabilities" if are_pooled_probabilities(scores) else "logits"


def _sums_to_one(values: Tensor) -> bool:
    sums = values.sum(dim=1)
    return bool(torch.allclose(sums, torch.ones_like(sums), rtol=0, atol=1e-4))
