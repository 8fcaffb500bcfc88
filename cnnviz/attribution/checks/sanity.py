"""Maps of one method held against those of networks drawn anew, and against those of noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from cnnviz.attribution.checks.max_sensitivity import largest_distances
from cnnviz.attribution.checks.randomisation import N_DRAWS, agree_with_drawn
from cnnviz.attribution.target_scores import TargetScores
from cnnviz.evaluation.groups import number_groups
from cnnviz.evaluation.means import mean_intervals
from cnnviz.model import AudioModel
from cnnviz.results.clip_relevance import ClipRelevance
from cnnviz.results.sanity import Sanity
from cnnviz.untrained.drawn_layers import Layers

Explained = Callable[[AudioModel, np.ndarray], Sequence[ClipRelevance] | None]
"""Relevance of waveforms (clip, samples) of a model; None where it has no scores to explain."""


def count_maps(layers: Layers) -> int:
    """Maps that `check_sanity` makes of each clip."""
    return N_DRAWS + (len(layers) + N_DRAWS - 1 if layers else 0)


def check_sanity(
    scores: TargetScores,
    found: Sequence[ClipRelevance],
    layers: Layers,
    explained: Explained,
    *,
    groups: Sequence[str],
    seed: int,
) -> Sanity:
    """Draw the layers of copies of a network anew, add noise to the clips, and compare the maps.

    Parameters
    ----------
    scores, found
        What was explained, and the relevance of each clip.
    layers
        Of the network, as `layers_of` gives them.
    explained
        Explains the same clips and targets by the same method.
    groups
        Speaker or recording of each clip.
    seed
        Of weights and of noise.
    """
    clips = scores.clips.detach().cpu().numpy()
    of_drawn = agree_with_drawn(scores, found, layers, partial(_of_model, explained, clips), seed)
    distances = largest_distances(
        found, clips, partial(explained, scores.model), sample_rate=scores.sample_rate,
        n_draws=N_DRAWS, seed=seed,
    )  # fmt: skip
    values = np.column_stack([of_drawn, distances])  # (clip, layer + number)
    return Sanity(
        layers=tuple(layer[0] for layer in layers),
        values=values,
        intervals=mean_intervals(values, number_groups(groups, len(clips)), seed=seed).T,
        n_draws=N_DRAWS,
        groups=tuple(groups),
    )


def _of_model(
    explained: Explained, clips: np.ndarray, model: AudioModel
) -> Sequence[ClipRelevance] | None:
    return explained(model, clips)
