"""The part of a sound that relevance marks, and the rest, to be heard."""

from dataclasses import dataclass

import numpy as np

from cnnviz.results._freeze import freeze


@dataclass(frozen=True, kw_only=True, slots=True)
class Listening:
    """Sounds of each explained clip, and what the network says of them.

    Parameters
    ----------
    used, rest
        int16 (clip, samples): the part that speaks for the target, and the clip without it, both
        as loud as the clip, or as loud as a peak of -1 dBFS allows.
    gains_db
        What made them that loud, dB, (clip, 2): of the part used and of the rest.
    used_scores, rest_scores
        Explained score of both at their own level, before that gain, (clip,).
    consistency_errors
        How far the STFT of the part used is from the masked STFT of the clip, (clip,).
    """

    used: np.ndarray
    rest: np.ndarray
    gains_db: np.ndarray
    used_scores: np.ndarray
    rest_scores: np.ndarray
    consistency_errors: np.ndarray

    def __post_init__(self) -> None:
        scores = dict.fromkeys(("used_scores", "rest_scores", "consistency_errors"), ("clip",))
        sounds = dict.fromkeys(("used", "rest"), ("clip", "sample"))
        freeze(self, **sounds, gains_db=("clip", 2), **scores)
