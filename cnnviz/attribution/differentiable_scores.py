"""A borrowed model's scores as a differentiable function of the waveform."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from cnnviz.attribution.score_checks import check_memory, check_scores, check_targets
from cnnviz.attribution.target_scores import (
    Score,
    ScoreChoice,
    TargetScores,
    batches,
    rivals_of_each,
)
from cnnviz.errors import UnsupportedModelError
from cnnviz.frontend import build_frontend
from cnnviz.frontend.waveform import normalized
from cnnviz.hooks import borrowed
from cnnviz.memory import allowed_bytes
from cnnviz.model import AudioModel
from cnnviz.model.scores import output_kind

BUDGET_BYTES = 128 * 2**20  # with more, tensors pass 32 MiB, which glibc maps anew each time
_LARGEST_BATCH, _BACKWARD_FACTOR = 32, 2
_FLOOR, _ROUNDING = 1e-3, 1e-6


@contextmanager
def differentiable_scores(
    model: AudioModel,
    waveforms: np.ndarray,
    targets: np.ndarray,
    *,
    rivals: np.ndarray | None = None,
    score: ScoreChoice = "logit",
    budget_bytes: int = BUDGET_BYTES,
    max_bytes: int | None = None,
) -> Iterator[TargetScores]:
    """Borrow a model with its weights frozen, and score the clips and silence.

    A contrast is that to its rival, where none is given to the class with the largest score but
    the target's; independent tags and single outputs have none, and are explained by their own
    score, which is their log-odds already.

    Raises
    ------
    ParameterError
        If a target is not one of the model's classes, or there is no clip.
    UnsupportedModelError
        If the scores are not a finite, deterministic, differentiable function of the waveform.
    MemoryLimitError
        If one gradient needs more than `max_bytes`.
    """
    with torch.inference_mode(mode=False), torch.enable_grad(), borrowed(model.network) as network:
        for parameter in network.parameters():
            parameter.requires_grad_(False)
        clips = torch.tensor(np.asarray(waveforms), device=model.device)  # (clip, samples)
        model, clips = _past_normalization(model, clips)
        class_index = torch.tensor(np.asarray(targets, dtype=np.int64), device=clips.device)
        output = model.output or output_kind(model.scores(clips[:1].clone().requires_grad_()))
        score = "logit" if output == "values" else score  # numbers that are no scores of classes
        class_scores = _score(model, output, is_log_probability=score == "log_probability")
        needed = _bytes_of_gradient(class_scores, clips[:1], name=model.name)
        allowed = allowed_bytes(max_bytes)
        check_memory(needed, allowed, seconds=clips.shape[1] / model.sample_rate)
        batch = int(np.clip(budget_bytes // needed, 1, _LARGEST_BATCH))
        with torch.no_grad():
            silent = class_scores(torch.zeros_like(clips[:1])).double()  # (1, class)
            again = class_scores(clips[:batch]).double()
            scores = torch.cat([class_scores(part).double() for part in batches(clips, batch)])
        check_scores(model.name, scores, silent, again)
        check_targets(class_index, scores.shape[-1])
        has_others = output != "sigmoid" and scores.shape[-1] > 1
        held_against = (
            rivals_of_each(scores, class_index, rivals)
            if has_others and score == "contrast"
            else None
        )
        spread = _FLOOR * float(scores.std(correction=0))
        is_own = output in ("logits", "sigmoid") and score != "log_probability"
        yield TargetScores(
            model=model,
            score=class_scores,
            output=output if output == "values" else "logits" if is_own else "log_probabilities",
            clips=clips,
            targets=class_index,
            rivals=held_against,
            is_independent=output == "sigmoid",
            has_odds=has_others and score == "log_odds",
            class_scores=scores,
            silent_scores=silent,
            floor=max(spread, _ROUNDING * float(scores.abs().max()), 1e-12),
            batch=batch,
            n_beside=max(1, allowed // (needed * batch)),
            sample_rate=model.sample_rate,
        )


def _past_normalization(model: AudioModel, clips: Tensor) -> tuple[AudioModel, Tensor]:
    """Normalise clips now and take that out of the frontend.

    Where each clip is normalised by its own level, f(a x) does not depend on a: the path from
    silence would be flat but for a jump at its start, which no quadrature can follow. So paths
    run between waveforms as the network hears them.
    """
    spec = model.frontend.spec
    if spec.normalize == "none":
        return model, clips
    rest = replace(spec, normalize="none", scale=1.0)
    frontend = build_frontend(rest, sample_rate=model.sample_rate)
    return replace(model, frontend=frontend), normalized(clips, spec)


def _score(model: AudioModel, output: str, *, is_log_probability: bool) -> Score:
    """Scores that do not saturate: logits, or log-probabilities of a softmax."""

    def score(waveforms: Tensor) -> Tensor:
        values: Tensor = model.scores(waveforms)  # (clip, class)
        if output == "probabilities":
            return values.clamp_min(torch.finfo(values.dtype).tiny).log()
        if output == "sigmoid":
            values = torch.logit(values, eps=torch.finfo(values.dtype).eps)
            return functional.logsigmoid(values) if is_log_probability else values
        return values.log_softmax(-1) if is_log_probability else values

    return score


def _bytes_of_gradient(score: Score, clip: Tensor, *, name: str) -> int:
    """Bytes of the backward pass of one clip, from those that autograd keeps for it."""
    saved: dict[int, torch.UntypedStorage] = {}  # held, that none takes the place of another

    def note(tensor: Tensor) -> None:  # a graph that kept the tensor would keep itself for ever
        storage = tensor.untyped_storage()
        saved[storage.data_ptr()] = storage

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        scores = score(clip.clone().requires_grad_())
    if not scores.requires_grad:
        raise UnsupportedModelError(
            f"scores of model {name!r} carry no gradient to the waveform; allowed: differentiable "
            "operations only; look for detach(), torch.no_grad() or numpy in its forward pass"
        )
    return _BACKWARD_FACTOR * max(1, sum(storage.nbytes() for storage in saved.values()))
