"""A borrowed model's scores as a differentiable function of the waveform."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from cnnviz.errors import ParameterError, UnsupportedModelError
from cnnviz.frontend import build_frontend
from cnnviz.frontend.waveform import normalized
from cnnviz.hooks import borrowed
from cnnviz.model import AudioModel
from cnnviz.model.scores import output_kind

SILENCE = "silence (all samples 0)"
BUDGET_BYTES = 128 * 2**20  # with more, tensors pass 32 MiB, which glibc maps anew each time
_LARGEST_BATCH, _BACKWARD_FACTOR = 32, 2
_FLOOR, _ROUNDING, _SAME = 1e-3, 1e-6, 1e-3
ScoreChoice = Literal["contrast", "log_probability", "logit"]
"""A class against its runner-up, its log-probability, or its own score."""
Score = Callable[[Tensor], Tensor]


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetScores:
    """Clips, the class to explain for each, and its score for the clip and for silence.

    Parameters
    ----------
    model
        Held in evaluation mode with frozen weights; its frontend normalises nothing per clip.
    score
        (clip, samples) to (clip, class).
    output
        ``"logits"``, ``"log_probabilities"`` or ``"values"``: what `score` gives.
    clips, targets
        (clip, samples), normalised as the frontend does, and (clip,).
    rivals
        Class that each target is held against, (clip,); None: the target's own score.
    clip_scores, baseline_scores
        Explained score of the clip and of silence, float64 (clip,).
    floor
        Smallest difference of scores that errors are measured against.
    batch
        Clips that run at once.
    sample_rate
        Hz.
    """

    model: AudioModel
    score: Score
    output: str
    clips: Tensor
    targets: Tensor
    rivals: Tensor | None
    clip_scores: Tensor
    baseline_scores: Tensor
    floor: float
    batch: int
    sample_rate: int

    @property
    def differences(self) -> Tensor:
        """f(x) - f(x') of each clip, float64 (clip,)."""
        return self.clip_scores - self.baseline_scores

    def explained(self, waveforms: Tensor, index: Tensor) -> Tensor:
        """Explained scores of waveforms (n, samples), each as if it were clip `index`, (n,)."""
        rivals = None if self.rivals is None else self.rivals[index]
        return _chosen(self.score(waveforms), self.targets[index], rivals)

    def gradients(self, waveforms: Tensor, index: Tensor) -> tuple[Tensor, Tensor]:
        """Explained scores (n,) and their gradients (n, samples) at waveforms of one batch.

        Back to a waveform through a long kernel with a stride, torch's own convolution is faster
        than that of oneDNN, and elsewhere about as fast.
        """
        points = waveforms.detach().requires_grad_()
        values = self.explained(points, index)
        with torch.backends.mkldnn.flags(enabled=False, allow_tf32=None):
            (gradients,) = torch.autograd.grad(values.sum(), points)
        return values.detach(), gradients


@contextmanager
def differentiable_scores(
    model: AudioModel,
    waveforms: np.ndarray,
    targets: np.ndarray,
    *,
    score: ScoreChoice = "logit",
    budget_bytes: int = BUDGET_BYTES,
) -> Iterator[TargetScores]:
    """Borrow a model with its weights frozen, and score the clips and silence.

    A contrast is that to the class with the largest score but the target's; independent tags
    and single outputs have none, and are explained by their own score.

    Raises
    ------
    ParameterError
        If a target is not one of the model's classes, or there is no clip.
    UnsupportedModelError
        If the scores are not a finite, deterministic, differentiable function of the waveform.
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
        batch = _batch_size(class_scores, clips[:1], budget_bytes=budget_bytes, name=model.name)
        with torch.no_grad():
            silent = class_scores(torch.zeros_like(clips[:1])).double()  # (1, class)
            again = class_scores(clips[:batch]).double()
            scores = torch.cat([class_scores(part).double() for part in batches(clips, batch)])
        _check(model.name, scores, silent, again)
        _check_targets(class_index, scores.shape[-1])
        has_rivals = score == "contrast" and output != "sigmoid" and scores.shape[-1] > 1
        rivals = _runners_up(scores, class_index) if has_rivals else None
        spread = _FLOOR * float(scores.std(correction=0))
        is_own = output in ("logits", "sigmoid") and score != "log_probability"
        yield TargetScores(
            model=model,
            score=class_scores,
            output=output if output == "values" else "logits" if is_own else "log_probabilities",
            clips=clips,
            targets=class_index,
            rivals=rivals,
            clip_scores=_chosen(scores, class_index, rivals),
            baseline_scores=_chosen(silent.expand_as(scores), class_index, rivals),
            floor=max(spread, _ROUNDING * float(scores.abs().max()), 1e-12),
            batch=batch,
            sample_rate=model.sample_rate,
        )


def _runners_up(scores: Tensor, targets: Tensor) -> Tensor:
    """Class with the largest score but the target's, (clip,)."""
    return scores.scatter(1, targets[:, None], -torch.inf).argmax(1)


def _chosen(scores: Tensor, targets: Tensor, rivals: Tensor | None) -> Tensor:
    """Scores of the targets, less those of their rivals where there are any, (clip,)."""
    own = scores.gather(1, targets[:, None])[:, 0]
    return own if rivals is None else own - scores.gather(1, rivals[:, None])[:, 0]


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


def batches(tensor: Tensor, size: int) -> list[Tensor]:
    """Cut the first axis into parts of `size`."""
    return [tensor[start : start + size] for start in range(0, len(tensor), size)]


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


def _batch_size(score: Score, clip: Tensor, *, budget_bytes: int, name: str) -> int:
    """Clips per backward pass, from the bytes autograd keeps for one."""
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
    needed = _BACKWARD_FACTOR * max(1, sum(storage.nbytes() for storage in saved.values()))
    return int(np.clip(budget_bytes // needed, 1, _LARGEST_BATCH))


def _check(name: str, scores: Tensor, silent: Tensor, again: Tensor) -> None:
    finite = torch.isfinite(torch.cat([silent, scores])).all(-1)
    if not bool(finite.all()):
        first = int(finite.int().argmin())
        where = f"explained clip {first - 1}" if first else "silence"
        raise UnsupportedModelError(
            f"scores of model {name!r} are not finite for {where}; allowed: finite numbers; "
            "look for a logarithm or a division that meets 0 in the model"
        )
    apart = float((again - scores[: len(again)]).abs().max())
    if apart > _SAME * max(float(scores.abs().max()), 1e-6):
        raise UnsupportedModelError(
            f"scores of model {name!r} differ between two passes of one clip; allowed: a "
            "deterministic evaluation mode; look for F.dropout without training=self.training"
        )


def _check_targets(targets: Tensor, n_classes: int) -> None:
    wrong = targets[(targets < 0) | (targets >= n_classes)]
    if len(wrong):
        raise ParameterError(
            f"target={int(wrong[0])}; allowed: 0 to {n_classes - 1}, the model's outputs"
        )
