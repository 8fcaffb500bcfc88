"""What a network's output is for, from its shape, its values and its last steps."""

from dataclasses import replace

import torch
from torch import Tensor

from cnnviz.loaders._time_axis import find_time_axis
from cnnviz.model import AudioModel, OutputReading
from cnnviz.model.last_steps import last_step
from cnnviz.model.reading import by_time, pooling_of
from cnnviz.model.scores import find_output, output_kind, tensors_in
from cnnviz.roles import UNKNOWN

_NEARLY = 0.1
_MOST_SOURCES, _SHORTEST_SOUND = 16, 100
_SCORES = {
    "log_probabilities": ("log-softmax", "classes", "log-probabilities"),
    "probabilities": ("softmax", "classes", "probabilities"),
    "sigmoid": ("a sigmoid", "tags", "independent tags"),
}
_NO_CLASSES = {"Relu": "ReLU", "Tanh": "tanh", "Softplus": "softplus", "Elu": "ELU"}
_NO_SCORES = ("regression", "embedding", "waveform")
_CHANGE = "--output ROLE changes it"


@torch.enable_grad()
def with_role(model: AudioModel, output: object, n_clips: int) -> AudioModel:
    """Complete a model by the role of its output, and say what was recognised.

    Parameters
    ----------
    model
        Its reading holds the role that files or options name, else ``"unknown"``.
    output
        What it returned for a few clips, with its graph.
    n_clips
        Clips in that batch.

    Raises
    ------
    ShapeError
        If no tensor of the output is meant, or several are.
    """
    tensor = find_output(output, n_clips, n_classes=len(model.class_names) or None)
    time_axis, is_sure = find_time_axis(model, tensor)
    if time_axis is None and not model.class_names and _is_sound(tensor, model):
        time_axis = tensor.ndim - 1
    rows = by_time(tensor, time_axis)  # (clip, time, output)
    kind = model.output or output_kind(rows.flatten(0, 1))
    role, reason = _recognised(model, tensor, rows, kind)
    is_given = model.role != UNKNOWN
    role = model.role if is_given else role
    if kind == "logits" and role in _NO_SCORES:
        kind = "values"
    reading = OutputReading(role=role)
    if sum(n > 1 for n in tensor.shape[1:]) > 1 or time_axis is not None:
        pooling = pooling_of(role, kind) if time_axis is not None else ""
        reading = replace(reading, time_axis=time_axis, n_axes=tensor.ndim, pooling=pooling)
    if time_axis is not None:
        reason = _named(output, reason) + f", of which the {reading.pooling} over time is kept"
        reason += "" if is_sure else "; its last axis is taken for time"
        kind = "log_probabilities" if kind == "probabilities" else kind
    says = "" if is_given and time_axis is None else _said(role, reason, is_given=is_given)
    notices = (*model.notices, says) if says else model.notices
    return replace(model, reading=reading, output=kind, notices=notices)


def _named(output: object, reason: str) -> str:
    """The reason, with the count of the outputs where there are several."""
    n_outputs = sum(tensor.ndim > 2 for tensor in tensors_in(output))
    return reason if n_outputs < 2 else reason.replace("the output", f"one of {n_outputs} outputs")


def _said(role: str, reason: str, *, is_given: bool) -> str:
    """One line about a role."""
    if not reason:
        return ""
    if is_given:
        return f"{reason}; read as {role}, as was asked"
    if role == UNKNOWN:
        return f"{reason}; --output ROLE says which it is"
    return f"{reason}; read as {role} ({_CHANGE})"


def _recognised(model: AudioModel, tensor: Tensor, rows: Tensor, kind: str) -> tuple[str, str]:
    """Role of an output, and why; no reason where the names of the classes say it."""
    n_steps, n_outputs = rows.shape[1:]
    if n_steps > 1:
        return _over_time(model, n_steps, n_outputs, kind)
    if kind in _SCORES and (kind == "sigmoid" or n_outputs > 1):
        return _scores(tensor, rows[:, 0], kind)
    if kind == "probabilities":
        return "tags", "the network gives one probability per clip"
    if model.class_names:
        return "classes", ""
    if n_outputs > 1 and _are_unit_vectors(rows[:, 0]):
        return "embedding", f"the {n_outputs:,} numbers per clip have length 1 (L2 norm)"
    return UNKNOWN, _open_question(n_outputs, last_step(tensor))


def _over_time(model: AudioModel, n_steps: int, n_outputs: int, kind: str) -> tuple[str, str]:
    if kind == "logits" and n_outputs <= _MOST_SOURCES and _is_as_long(n_steps, model):
        return "waveform", _sound(n_steps, n_outputs, model)
    what = {"logits": "number", "values": "number", "sigmoid": "tag"}.get(kind, "probability")
    what = what if n_outputs == 1 else f"{what}s".replace("ys", "ies")
    return "frames", f"the output keeps a time axis ({n_steps:,} steps of {n_outputs:,} {what})"


def _scores(tensor: Tensor, rows: Tensor, kind: str) -> tuple[str, str]:
    """Scores of classes or tags; what was pooled behind a sigmoid does not sum to one."""
    end, role, what = _SCORES[kind]
    if kind == "probabilities" and not _sum_to_one(rows):
        return "tags", "the network pools probabilities; its scores are probabilities, not logits"
    if kind == "probabilities" and not (last_step(tensor) or end).lower().startswith(end):
        return role, "the network pools a softmax; its scores are probabilities, not logits"
    if rows.shape[1] == 1:
        return role, f"the network ends in {end}; its score is one tag, yes or no"
    return role, f"the network ends in {end}; its scores are {what}"


def _sum_to_one(rows: Tensor) -> bool:
    return bool((rows.detach().sum(1) - 1).abs().max() < 1e-3)


def _are_unit_vectors(rows: Tensor) -> bool:
    return bool((torch.linalg.vector_norm(rows.detach(), dim=1) - 1).abs().max() < 1e-3)


def _is_as_long(n_cells: int, model: AudioModel) -> bool:
    """Whether so many cells are about as many as a clip has audio samples."""
    n_samples = model.n_samples or model.sample_rate
    return n_cells >= _SHORTEST_SOUND and abs(n_cells - n_samples) <= _NEARLY * n_samples


def _is_sound(tensor: Tensor, model: AudioModel) -> bool:
    """Whether a matrix made as many numbers as the clip has audio samples."""
    is_bare = output_kind(tensor.flatten(1)) == "logits"
    return is_bare and _is_as_long(tensor.shape[-1], model)


def _sound(n_cells: int, n_sounds: int, model: AudioModel) -> str:
    n_samples = model.n_samples or model.sample_rate
    sounds = "" if n_sounds == 1 else f"{n_sounds} sounds of "
    return f"the output is as long as the clip ({sounds}{n_cells:,} of {n_samples:,} samples)"


def _open_question(n_outputs: int, step: str) -> str:
    """What an output may be that nothing tells apart."""
    count = f"{n_outputs:,} number{'' if n_outputs == 1 else 's'} per clip"
    end = next((name for prefix, name in _NO_CLASSES.items() if step.startswith(prefix)), "")
    if end:
        return f"{count} after {end} may be a regression or an embedding"
    if n_outputs == 1:
        return f"{count} may be a regression or the logit of two classes"
    return f"{count} without softmax, sigmoid or names may be classes, a regression or an embedding"
