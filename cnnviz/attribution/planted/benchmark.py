"""Methods on networks whose evidence is known: how much of each map lies where it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.attribution.attributions import attribute
from cnnviz.attribution.planes import energy_of, laid_on_plane
from cnnviz.attribution.planted.networks import planted_model, reach_hz
from cnnviz.attribution.planted.sounds import N_SAMPLES, RATE, TARGETS_HZ, planted_clips
from cnnviz.dsp.localisation import hits, mass_share, rank_share, ranking_area
from cnnviz.dsp.stft import display_frames, relevance_grid

if TYPE_CHECKING:
    from cnnviz.attribution.explanation import Explanation

USEFUL = 0.2
"""Least lead over energy, in the share of positive relevance, of a method that is called useful."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Localisation:
    """Means over clips of one method on one network.

    Parameters
    ----------
    network, method
        Kind, and published name; the controls are ``"energy"`` and ``"random"``.
    share, positive_share
        Of |R|, and of R where it is positive, in the true box.
    pointing
        Share of the clips whose highest cell lies there.
    rank_share, ranking_area
        As in `cnnviz.dsp.localisation`.
    completeness_error
        Median; NaN where a method promises nothing.
    is_useful
        Whether the positive share leads that of energy by `USEFUL`.
    """

    network: str
    method: str
    share: float
    positive_share: float
    pointing: float
    rank_share: float
    ranking_area: float
    completeness_error: float = float("nan")
    is_useful: bool = False


def localise(
    kind: str,
    methods: Mapping[str, Explanation],
    *,
    n_clips: int = 12,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Localisation, ...]:
    """Rank methods on one network, with the energy of the clip and random cells beside them.

    Parameters
    ----------
    kind
        One of `cnnviz.attribution.planted.networks.KINDS`.
    methods
        By name, with their parameters.
    n_clips
        Clips with a burst of each class in turn.
    seed
        Of the clips.
    progress
        Called with (methods done, methods in all).
    """
    model = planted_model(kind)
    labels = np.arange(n_clips) % len(TARGETS_HZ)
    clips = planted_clips(n_clips, labels=labels, seed=seed)
    window, hop = display_frames(RATE)
    grid = relevance_grid(N_SAMPLES, window=window, hop=hop, sample_rate=RATE)
    truth = np.concatenate(
        [
            clips.boxes(
                grid.times, grid.frequencies, window=window, reach_hz=reach_hz(kind, int(label))
            )[clip, None]
            for clip, label in enumerate(labels)
        ]
    )
    generator = np.random.default_rng(seed)
    energy = np.stack([energy_of(one, RATE) for one in clips.waveforms])
    rows = [
        _measured(kind, "energy", energy, truth),
        _measured(kind, "random", np.abs(generator.normal(size=energy.shape)), truth),
    ]
    for name, method in methods.items():
        found = attribute(method, model, clips.waveforms, labels)
        planes = np.stack(
            [
                laid_on_plane(one, waveform, RATE)
                for one, waveform in zip(found.clips, clips.waveforms, strict=True)
            ]
        )
        errors = found.completeness_errors
        error = float("nan") if errors is None else float(np.median(errors))
        rows.append(_measured(kind, name, planes, truth, error=error, energy=rows[0]))
        if progress is not None:
            progress(len(rows) - 2, len(methods))
    return tuple(rows)


def _measured(
    kind: str,
    name: str,
    planes: np.ndarray,
    truth: np.ndarray,
    *,
    error: float = float("nan"),
    energy: Localisation | None = None,
) -> Localisation:
    """Means over clips of maps (clip, frequency, time)."""
    positive = np.maximum(planes, 0)

    def mean(measure: Callable[..., float], values: Sequence[np.ndarray] | np.ndarray) -> float:
        pairs = zip(values, truth, strict=True)
        return float(np.mean([measure(one, box) for one, box in pairs]))

    share = mean(mass_share, positive)
    return Localisation(
        network=kind,
        method=name,
        share=mean(mass_share, np.abs(planes)),
        positive_share=share,
        pointing=mean(hits, planes),
        rank_share=mean(rank_share, planes),
        ranking_area=mean(ranking_area, planes),
        completeness_error=error,
        is_useful=energy is not None and share >= energy.positive_share + USEFUL,
    )
