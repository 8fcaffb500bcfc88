"""How far maps agree with those of the same network with its layers drawn anew.

A map that stays as it is when a network forgets what it learned shows the clip, or the design of
the network. Layers are drawn anew one after the other, from the output down, each step keeping
what those before it drew. The agreement of two maps of a clip is the Spearman correlation of |R|
over its 10 ms frames that sound, of maps without time over their cells; 0 where one is constant.

Relevance that is a product with the sound follows its envelope whatever the network knows. So
beside each agreement stands that of wholly drawn networks with each other, and the correlation
of both kinds of maps with the energy of the clip.

References
----------
Adebayo, Gilmer, Muelly, Goodfellow, Hardt and Kim, "Sanity Checks for Saliency Maps" (2018).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np

from cnnviz.attribution.clip_relevance import CellRelevance, ClipRelevance
from cnnviz.attribution.drawn_layers import Layers, drawn_models
from cnnviz.attribution.target_scores import TargetScores
from cnnviz.dsp.stft import energy_correlation, frame_masses, rank_correlation
from cnnviz.model import AudioModel

N_DRAWS = 3
"""Networks whose layers are all drawn anew."""


def agree_with_drawn(
    scores: TargetScores,
    found: Sequence[ClipRelevance],
    layers: Layers,
    explained: Callable[[AudioModel], Sequence[ClipRelevance] | None],
    seed: int,
) -> np.ndarray:
    """Agreement of the map of each clip with that of the network with more and more layers drawn.

    Parameters
    ----------
    scores, found
        What was explained, and the relevance of each clip.
    layers
        Of the network, the one nearest to the output first; empty: there are no drawn networks.
    explained
        Relevance of the same clips for another network; None where it has no scores.
    seed
        Of what is drawn.

    Returns
    -------
    np.ndarray
        (clip, layer + 4): the agreements, the last one a mean over the wholly drawn networks;
        that of these with each other, and by how much it is larger, 0 where the network's own
        map is constant; the correlation with the clip's energy of the network's maps and of
        theirs. NaN where a network has no scores.
    """
    clips = scores.clips.detach().cpu().numpy()
    own = _profiles(found, clips, scores.sample_rate)
    nothing = np.full(len(clips), np.nan)
    steps, drawn, of_energy = list[np.ndarray](), list[list[np.ndarray]](), list[np.ndarray]()
    for n_drawn, model in drawn_models(scores.model, layers, n_draws=N_DRAWS, seed=seed):
        maps = explained(model)
        profiles = None if maps is None else _profiles(maps, clips, scores.sample_rate)
        steps.append(nothing if profiles is None else _agreements(own, profiles))
        if n_drawn == len(layers) and maps is not None and profiles is not None:
            drawn.append(profiles)
            of_energy.append(_energy_correlations(maps, clips, scores.sample_rate))
    last = max(len(layers) - 1, 0)
    whole = _mean(steps[last:], nothing)
    floor = _mean([_agreements(*pair) for pair in combinations(drawn, 2)], nothing)
    margin = np.where([np.ptp(one) == 0 for one in own], 0.0, floor - whole)
    energy = _energy_correlations(found, clips, scores.sample_rate)
    columns = [*steps[:last], *([whole] if layers else []), floor, margin, energy]
    return np.column_stack([*columns, _mean(of_energy, nothing)])


def _mean(columns: Sequence[np.ndarray], nothing: np.ndarray) -> np.ndarray:
    """Mean over draws, (clip,)."""
    return np.asarray(np.mean(columns, axis=0)) if columns else nothing


def _profiles(
    maps: Sequence[ClipRelevance], clips: np.ndarray, sample_rate: int
) -> list[np.ndarray]:
    """|R| of each 10 ms frame of a clip that sounds, or of each cell of a map without time."""
    return [
        np.abs(one.values)
        if isinstance(one, CellRelevance) and not len(one.grid.times)
        else frame_masses(one.over_time(len(clip)), clip, sample_rate)
        for one, clip in zip(maps, clips, strict=True)
    ]


def _agreements(some: Sequence[np.ndarray], others: Sequence[np.ndarray]) -> np.ndarray:
    """(clip,)."""
    return np.array([rank_correlation(*pair) for pair in zip(some, others, strict=True)])


def _energy_correlations(
    maps: Sequence[ClipRelevance], clips: np.ndarray, sample_rate: int
) -> np.ndarray:
    """(clip,)."""
    return np.array(
        [
            energy_correlation(one.over_time(len(clip)), clip, sample_rate=sample_rate)
            for one, clip in zip(maps, clips, strict=True)
        ]
    )
