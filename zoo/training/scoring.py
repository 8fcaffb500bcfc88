"""What a trained network answers to held-out clips."""

import torch
from torch import Tensor

from cnnviz.model import AudioModel

from ..corpus import Split, to_float
from ..evaluation import TestEvaluation, evaluate

_BATCH = 64


@torch.no_grad()
def predict(model: AudioModel, split: Split) -> Tensor:
    """Probabilities of the classes, float32 (clip, class)."""
    batches = torch.split(split.waveforms, _BATCH)
    return torch.cat([model.scores(to_float(batch)).softmax(dim=1) for batch in batches])


def accuracy(model: AudioModel, split: Split) -> float | None:
    """Share of clips that are found; None when there is no clip."""
    if not len(split):
        return None
    return float((predict(model, split).argmax(dim=1) == split.labels).float().mean())


def score(
    probabilities: Tensor, labels: Tensor, class_names: tuple[str, ...], *, seed: int
) -> TestEvaluation:
    """Evaluate probabilities (clip, class) against the labels (clip,); `seed` of the bootstrap."""
    return evaluate(
        probabilities.argmax(dim=1).numpy(),
        labels.numpy(),
        class_names,
        seed=seed,
        probabilities=probabilities.numpy(),
    )
