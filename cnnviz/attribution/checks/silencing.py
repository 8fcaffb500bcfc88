"""Whether the stretches that relevance marks matter: they are silenced, beside controls.

Controls take as much from the same clip: the loudest stretches (a map of energy), stretches drawn
at random among the others that sound, and the whole clip made quieter by the same share (a uniform
map). A map that does not beat them says no more than where the clip is loud.
"""

from collections.abc import Sequence
from time import monotonic

import numpy as np

from cnnviz.attribution.perturbed import falls
from cnnviz.attribution.target_scores import TargetScores
from cnnviz.dsp.stretches import most_relevant, stretch_sums, without_stretches
from cnnviz.results import Silencing
from cnnviz.results.clip_relevance import ClipRelevance

_N_DRAWS, _MOST_OF_CLIP = 19, 0.25


def silence_stretches(
    scores: TargetScores, relevances: Sequence[ClipRelevance], *, end: float | None = None
) -> Silencing:
    """Silence the most relevant stretches of each clip and see how far the score falls.

    Parameters
    ----------
    scores
        What was explained.
    relevances
        The explanation of each clip.
    end
        No clip is begun that is expected to end later, in seconds of `time.monotonic`; None:
        there is time.
    """
    longest = 0.0 if end is None else _expected_seconds(scores)
    drops = np.full((len(relevances), 3 + _N_DRAWS), np.nan)
    counts = np.zeros(len(relevances), dtype=np.int64)
    waveforms = scores.clips.detach().cpu().numpy()
    for clip, (x, relevance) in enumerate(zip(waveforms, relevances, strict=True)):
        over_time = relevance.over_time(len(x))
        begun = monotonic()
        if end is not None and begun + longest > end:
            break
        if np.ptp(over_time) == 0:  # of bands of the whole clip: nothing over time is marked
            continue
        chosen = most_relevant(over_time, sample_rate=scores.sample_rate)
        sounding = np.flatnonzero(stretch_sums(x**2, sample_rate=scores.sample_rate))
        if 0 < len(chosen) <= _MOST_OF_CLIP * len(sounding):
            counts[clip] = len(chosen)
            drops[clip] = falls(scores, clip, _variants(x, chosen, sounding, scores))
            longest = max(longest, monotonic() - begun)
    return Silencing(
        n_stretches=counts,
        drops=drops[:, 0],
        loudest_drops=drops[:, 1],
        uniform_drops=drops[:, 2],
        random_drops=drops[:, 3:],
    )


def _expected_seconds(scores: TargetScores) -> float:
    """What the sounds of one clip will take, from the time of one."""
    begun = monotonic()
    falls(scores, 0, scores.clips[:1].detach().cpu().numpy())
    return (3 + _N_DRAWS) * (monotonic() - begun)


def _variants(
    waveform: np.ndarray, chosen: np.ndarray, sounding: np.ndarray, scores: TargetScores
) -> np.ndarray:
    """The clip without the chosen stretches, and without those of each control, (n, samples)."""
    energies = stretch_sums(waveform**2, sample_rate=scores.sample_rate)
    loudest = np.argsort(-energies, kind="stable")[: len(chosen)]
    generator = np.random.default_rng(0)
    others = np.setdiff1d(sounding, chosen)
    drawn = [generator.choice(others, len(chosen), replace=False) for _ in range(_N_DRAWS)]
    first, second, *rest = (
        without_stretches(waveform, stretches, sample_rate=scores.sample_rate)
        for stretches in (chosen, loudest, *drawn)
    )
    quieter = waveform * (1 - len(chosen) / len(energies))
    return np.stack([first, second, quieter, *rest])
