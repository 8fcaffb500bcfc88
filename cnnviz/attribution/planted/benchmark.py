"""Methods on networks whose evidence is known: how much of each map lies where it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.attribution.attribute import attribute
from cnnviz.attribution.differentiable_scores import differentiable_scores
from cnnviz.attribution.methods.integrated_gradients import IntegratedGradients
from cnnviz.attribution.planes import energy_of, laid_on_plane
from cnnviz.attribution.planted.dense_path import dense_error
from cnnviz.attribution.planted.networks import reach_hz
from cnnviz.attribution.planted.sounds import (
    HUM_HZ,
    HUMMING,
    MAIN_LOBE_HZ,
    N_SAMPLES,
    RATE,
    TARGETS_HZ,
    PlantedClips,
    planted_clips,
)
from cnnviz.dsp.localisation import hits, mass_share, rank_share, ranking_area
from cnnviz.dsp.stft import display_frames, relevance_grid
from cnnviz.errors import UnsupportedModelError
from cnnviz.results.clip_relevance import SampleRelevance

if TYPE_CHECKING:
    from cnnviz.attribution.attributions import Attributions
    from cnnviz.attribution.explanation import Explanation
    from cnnviz.model import AudioModel

USEFUL = 0.2
"""Least lead over energy, in the share of positive relevance, of a method that is called useful."""
_N_DENSE = len(TARGETS_HZ)  # clips held against a dense quadrature: one of each class


@dataclass(frozen=True, kw_only=True, slots=True)
class Localisation:
    """Means over clips of one method on one network.

    Parameters
    ----------
    network, method
        Kind, and published name; the controls are ``"energy"`` and ``"random"``.
    share, positive_share
        Of |R|, and of R where it is positive, in the box of the burst.
    shortcut_share
        Of R where it is positive, in the band of the shortcut; NaN where there is none.
    pointing
        Share of the clips whose highest cell lies in the box of the burst.
    rank_share, ranking_area
        As in `cnnviz.dsp.localisation`, of that box.
    completeness_error
        Median; NaN where a method promises nothing.
    path_error
        Largest relative L2 distance of the first four maps from those of a dense quadrature of
        their paths; NaN for methods that follow none.
    is_useful
        Whether the positive share, that of a shortcut counted in, leads that of energy by
        `USEFUL`.
    refusal
        Why the method has no map of this network; empty: it has.
    """

    network: str
    method: str
    share: float = float("nan")
    positive_share: float = float("nan")
    shortcut_share: float = float("nan")
    pointing: float = float("nan")
    rank_share: float = float("nan")
    ranking_area: float = float("nan")
    completeness_error: float = float("nan")
    path_error: float = float("nan")
    is_useful: bool = False
    refusal: str = ""

    @property
    def evidence_share(self) -> float:
        """Of R where it is positive, on all that the network was given to decide by."""
        return float(np.nansum([self.positive_share, self.shortcut_share]))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Evidence:
    """Clips for a network of a kind, and where in them its evidence lies.

    `truth` and `hum` are bool (clip, frequency, time); `hum` is None where there is none.
    """

    kind: str
    clips: PlantedClips
    truth: np.ndarray
    hum: np.ndarray | None


def localise(
    model: AudioModel,
    methods: Mapping[str, Explanation],
    *,
    n_clips: int = 12,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Localisation, ...]:
    """Rank methods on one network, with the energy of the clip and random cells beside them.

    Parameters
    ----------
    model
        Of `cnnviz.attribution.planted.networks.planted_model`.
    methods
        By name, with their parameters.
    n_clips
        Clips with a burst of each class in turn; of the network that learned a shortcut, all of
        the class that it gives away, with the shortcut in them.
    seed
        Of the clips.
    progress
        Called with (methods done, methods in all).
    """
    evidence = _evidence(model.name, n_clips, seed)
    waveforms = evidence.clips.waveforms
    energy = np.stack([energy_of(one, RATE) for one in waveforms])
    random = np.abs(np.random.default_rng(seed).normal(size=energy.shape))
    rows = [_measured(evidence, "energy", energy), _measured(evidence, "random", random)]
    for done, (name, method) in enumerate(methods.items(), 1):
        try:
            rows.append(_row(evidence, name, method, model, energy=rows[0]))
        except UnsupportedModelError as error:  # the other methods have their maps
            rows.append(Localisation(network=model.name, method=name, refusal=str(error)))
        if progress is not None:
            progress(done, len(methods))
    return tuple(rows)


def _row(
    evidence: _Evidence, name: str, method: Explanation, model: AudioModel, *, energy: Localisation
) -> Localisation:
    """One method, and whether it leads the energy of the clip."""
    waveforms, labels = evidence.clips.waveforms, evidence.clips.labels
    found = attribute(method, model, waveforms, labels)
    planes = np.stack(
        [laid_on_plane(*pair, RATE) for pair in zip(found.clips, waveforms, strict=True)]
    )
    errors = found.completeness_errors
    row = replace(
        _measured(evidence, name, planes),
        completeness_error=float("nan") if errors is None else float(np.median(errors)),
        path_error=_path_error(method, model, waveforms, labels, found),
    )
    return replace(row, is_useful=row.evidence_share >= energy.evidence_share + USEFUL)


def _evidence(kind: str, n_clips: int, seed: int) -> _Evidence:
    """Clips for a network of a kind, and where the bursts and the shortcut in them lie."""
    has_shortcut = kind == "shortcut"
    labels = np.full(n_clips, HUMMING) if has_shortcut else np.arange(n_clips) % len(TARGETS_HZ)
    clips = planted_clips(n_clips, labels=labels, seed=seed, has_hum=has_shortcut)
    window, hop = display_frames(RATE)
    grid = relevance_grid(N_SAMPLES, window=window, hop=hop, sample_rate=RATE)
    reach = np.array([reach_hz(kind, int(label)) for label in labels])
    truth = clips.boxes(grid.times, grid.frequencies, window=window, reach_hz=reach)
    is_hum = np.abs(grid.frequencies - HUM_HZ) <= MAIN_LOBE_HZ  # (frequency,)
    hum = np.broadcast_to(is_hum[:, None], truth.shape) if has_shortcut else None
    return _Evidence(kind=kind, clips=clips, truth=truth, hum=hum)


def _measured(evidence: _Evidence, name: str, planes: np.ndarray) -> Localisation:
    """Means over clips of maps (clip, frequency, time)."""
    positive = np.maximum(planes, 0)

    def mean(measure: Callable[..., float], values: np.ndarray, where: np.ndarray) -> float:
        pairs = zip(values, where, strict=True)
        return float(np.mean([measure(one, box) for one, box in pairs]))

    truth, hum = evidence.truth, evidence.hum
    return Localisation(
        network=evidence.kind,
        method=name,
        share=mean(mass_share, np.abs(planes), truth),
        positive_share=mean(mass_share, positive, truth),
        shortcut_share=float("nan") if hum is None else mean(mass_share, positive, hum),
        pointing=mean(hits, planes, truth),
        rank_share=mean(rank_share, planes, truth),
        ranking_area=mean(ranking_area, planes, truth),
    )


def _path_error(
    method: Explanation,
    model: AudioModel,
    waveforms: np.ndarray,
    labels: np.ndarray,
    found: Attributions,
) -> float:
    """Largest distance of the maps of a method from a dense quadrature; NaN without a path."""
    if not isinstance(method, IntegratedGradients):
        return float("nan")
    with differentiable_scores(model, waveforms, labels, score=method.score) as scores:
        return max(
            dense_error(scores, clip, one.differences[0], one.coefficients[0])
            for clip, one in enumerate(found.clips[:_N_DENSE])
            if isinstance(one, SampleRelevance)
        )
