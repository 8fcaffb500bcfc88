"""How far maps agree with those of the same network with its layers drawn anew.

A map that stays as it is when a network forgets what it learned shows the clip, or the design of
the network. Layers are drawn anew one after the other, from the output down, each step keeping
what those before it drew. The agreement of two maps of a clip is the Spearman correlation of |R|
over its 10 ms frames that sound, of maps without time over their cells; 0 where one is constant.

Relevance that is a product with the sound follows its envelope whatever the network knows. So
beside each agreement stands that of wholly drawn networks with each other, the correlation of both
kinds of maps with the energy of the clip, and the agreement of what the sound is multiplied by.

References
----------
Adebayo, Gilmer, Muelly, Goodfellow, Hardt and Kim, "Sanity Checks for Saliency Maps" (2018).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np

from cnnviz.attribution.target_scores import TargetScores
from cnnviz.dsp.stft import energy_correlation, frame_masses, rank_correlation
from cnnviz.model import AudioModel
from cnnviz.results.clip_relevance import CellRelevance, ClipRelevance, SampleRelevance
from cnnviz.untrained.drawn_layers import Layers, drawn_models

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
        (clip, layer + 6): the agreements, the last one a mean over the wholly drawn networks;
        that of these with each other, and by how much it is larger, 0 where the network's own
        map is constant; the correlation with the clip's energy of the network's maps and of
        theirs; and the agreements of the coefficients of R = d c, with those of wholly drawn
        networks and of these with each other. NaN where a network has no scores or a map no c.
    """
    clips = scores.clips.detach().cpu().numpy()
    rate, nothing = scores.sample_rate, np.full(len(clips), np.nan)
    own, own_factors = _profiles(found, clips, rate), _factors(found, clips, rate)
    steps, drawn, factors, of_energy = [], list[list[np.ndarray]](), list[list[np.ndarray]](), []
    for n_drawn, model in drawn_models(scores.model, layers, n_draws=N_DRAWS, seed=seed):
        maps = explained(model)
        profiles = [] if maps is None else _profiles(maps, clips, rate)
        steps.append(_agreements(own, profiles) if profiles else nothing)
        if n_drawn == len(layers) and maps is not None:
            drawn.append(profiles)
            factors.append(_factors(maps, clips, rate))
            of_energy.append(_energy_correlations(maps, clips, rate))
    whole, floor = _beside(own, drawn, nothing)
    return np.column_stack(
        [
            *steps[: max(len(layers) - 1, 0)],
            *([whole] if layers else []),
            floor,
            np.where([np.ptp(one) == 0 for one in own], 0.0, floor - whole),
            _energy_correlations(found, clips, rate),
            np.mean(of_energy, axis=0) if of_energy else nothing,
            *(_beside(own_factors, factors, nothing) if own_factors else (nothing, nothing)),
        ]
    )


def _beside(
    own: Sequence[np.ndarray], drawn: Sequence[Sequence[np.ndarray]], nothing: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean agreement with drawn networks, and of these with each other, each (clip,)."""
    pairs = [_agreements(*pair) for pair in combinations(drawn, 2)]
    if not pairs:
        return nothing, nothing
    return np.mean([_agreements(own, one) for one in drawn], axis=0), np.mean(pairs, axis=0)


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


def _factors(
    maps: Sequence[ClipRelevance], clips: np.ndarray, sample_rate: int
) -> list[np.ndarray]:
    """|c| of each 10 ms frame of a clip that sounds, summed over baselines; none without c."""
    return [
        frame_masses(one.coefficients.sum(axis=0), clip, sample_rate)
        for one, clip in zip(maps, clips, strict=True)
        if isinstance(one, SampleRelevance)
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
