"""What a trained network answers to held-out clips."""

from dataclasses import replace

import torch
from torch import Tensor

from cnnviz.model import AudioModel

from ..corpus import Split, to_float
from ..evaluation import TestEvaluation, evaluate
from ..recipe import Recipe

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
    probabilities: Tensor,
    test: Split,
    class_names: tuple[str, ...],
    recipe: Recipe,
    *,
    trained_groups: tuple[str, ...] = (),
) -> TestEvaluation:
    """Evaluate probabilities (clip, class) of the test clips.

    Parameters
    ----------
    probabilities
        As `predict` gives them.
    test
        The clips they belong to.
    class_names
        In order of the outputs.
    recipe
        Its seed is that of the bootstrap, and its background class the easy one.
    trained_groups
        Speaker or recording of each training clip.
    """
    found = evaluate(
        probabilities.argmax(dim=1).numpy(),
        test.labels.numpy(),
        class_names,
        seed=recipe.seed,
        probabilities=probabilities.numpy(),
        groups=test.groups,
        easy_class=recipe.background_class,
    )
    shared = set(test.groups) & set(trained_groups) - {""}
    return replace(found, n_trained_groups=len(shared))
