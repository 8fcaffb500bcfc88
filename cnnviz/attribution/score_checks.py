"""Scores that cannot be explained, refused with the reason."""

import torch
from torch import Tensor

from cnnviz.errors import MemoryLimitError, ParameterError, UnsupportedModelError

_SAME = 1e-3  # of the largest score, between two passes


def check_memory(needed: int, allowed: int, *, seconds: float) -> None:
    """Refuse a gradient that needs more bytes than are allowed."""
    if needed > allowed:
        raise MemoryLimitError(
            f"one gradient of a clip of {seconds:,.1f} s needs about {needed >> 20:,} MiB; "
            f"allowed: {allowed >> 20:,} MiB; explain shorter clips with --n-samples, or allow "
            "more with --max-memory MIB"
        )


def check_scores(name: str, scores: Tensor, silent: Tensor, again: Tensor) -> None:
    """Refuse scores that are not finite, or differ between two passes."""
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


def check_targets(targets: Tensor, n_classes: int) -> None:
    """Refuse a class that the model has not."""
    wrong = targets[(targets < 0) | (targets >= n_classes)]
    if len(wrong):
        raise ParameterError(
            f"target={int(wrong[0])}; allowed: 0 to {n_classes - 1}, the model's outputs"
        )
