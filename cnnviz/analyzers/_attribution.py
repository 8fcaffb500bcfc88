"""What attribution methods share: the clips to explain, and the result from coefficients c."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from cnnviz.dsp.stft import (
    display_window,
    energy_correlation,
    relevance_grid,
    time_frequency_relevance,
)
from cnnviz.errors import ParameterError
from cnnviz.evaluation.labels import match_labels
from cnnviz.gradients import BASELINE, PathGradients
from cnnviz.results import Attribution

if TYPE_CHECKING:
    from cnnviz.provenance import Provenance
    from cnnviz.run import Run

Target = Literal["predicted", "label"]
_OVERLAP = 4
_WRONG_SHARE = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """Clips to explain: place in the run, waveform (clip, samples), class explained."""

    clip_index: np.ndarray
    waveforms: np.ndarray
    targets: np.ndarray
    target_names: tuple[str, ...]
    sample_rate: int


def choose(run: Run, *, n_clips: int, target: Target) -> Chosen:
    """Choose the clips to explain among those whose audio the capture keeps.

    Raises
    ------
    ParameterError
        If there is no capture or no model.
    UnsupportedModelError
        If the model is weights alone.
    """
    model, capture = run.network, run.capture
    scores = np.asarray(capture.logits, dtype=np.float64)  # (clip, class)
    labels = match_labels(capture.labels, capture.class_names, model.class_names)
    chosen = spread_clips(scores, labels, np.asarray(capture.audio_index), n_clips=n_clips)
    targets = scores[chosen].argmax(-1)
    if target == "label":
        targets = np.where(labels[chosen] >= 0, labels[chosen], targets)
    names = model.class_names or tuple(str(index) for index in range(scores.shape[-1]))
    return Chosen(
        clip_index=chosen,
        waveforms=np.asarray(capture.waveforms(chosen), dtype=np.float32),
        targets=targets,
        target_names=tuple(names[index] for index in targets),
        sample_rate=capture.sample_rate,
    )


def spread_clips(
    scores: np.ndarray, labels: np.ndarray, available: np.ndarray, *, n_clips: int
) -> np.ndarray:
    """Spread a choice over classes: the most confident right clips and wrong ones.

    Up to a third are clips that the model puts in a wrong class; clips without a label count
    as right. Confidence is the distance from the largest score to the next.

    Parameters
    ----------
    scores
        (clip, class) of all clips.
    labels
        Class index, (clip,); -1 where not known.
    available
        Clips to choose among.
    n_clips
        How many at most.

    Returns
    -------
    np.ndarray
        Clips in rising order.

    Raises
    ------
    ParameterError
        If there is none to choose from.
    """
    if not len(available):
        raise ParameterError("the capture keeps no audio to explain; allowed: one clip or more")
    ranked = np.sort(scores[available], axis=-1)
    margins = ranked[:, -1] - ranked[:, -2] if ranked.shape[1] > 1 else ranked[:, -1]
    predicted, known = scores[available].argmax(-1), labels[available]
    wrong = (known >= 0) & (known != predicted)
    n_wrong = min(int(wrong.sum()), max(n_clips // _WRONG_SHARE, n_clips - int((~wrong).sum())))
    best_right = _one_of_each(np.flatnonzero(~wrong), predicted, margins)[: n_clips - n_wrong]
    best_wrong = _one_of_each(np.flatnonzero(wrong), known, margins)[:n_wrong]
    chosen: np.ndarray = np.sort(available[np.concatenate([best_right, best_wrong])])
    return chosen


def _one_of_each(index: np.ndarray, groups: np.ndarray, margins: np.ndarray) -> np.ndarray:
    """Order: first the most confident of each group, then the second of each, and so on."""
    by_margin = index[np.argsort(-margins[index], kind="stable")]
    seen: dict[int, int] = {}
    ranks = np.empty(len(by_margin), dtype=np.int64)
    for place, group in enumerate(groups[by_margin]):
        ranks[place] = seen.get(int(group), 0)
        seen[int(group)] = int(ranks[place]) + 1
    return by_margin[np.argsort(ranks, kind="stable")]


def attribution(
    method: str,
    chosen: Chosen,
    gradients: PathGradients,
    *,
    tolerance: float,
    provenance: Provenance,
) -> Attribution:
    """Put coefficients c on the waveform and, exactly, on the time-frequency plane.

    Parameters
    ----------
    method
        Published name.
    chosen, gradients
        Clips, and c for each.
    tolerance
        Completeness error of a converged clip; infinite where nothing is promised.
    provenance
        What ran on what.
    """
    rate, n_samples = chosen.sample_rate, chosen.waveforms.shape[-1]
    window = display_window(rate)
    hop = window // _OVERLAP
    relevance = gradients.inputs * gradients.coefficients  # (clip, samples)
    plane = [
        time_frequency_relevance(clip[None], c[None], window=window, hop=hop)[0].astype(np.float32)
        for clip, c in zip(gradients.inputs, gradients.coefficients, strict=True)
    ]
    energies = [
        energy_correlation(r, clip, sample_rate=rate)
        for r, clip in zip(relevance, chosen.waveforms, strict=True)
    ]
    return Attribution(
        method=method,
        clip_index=chosen.clip_index,
        targets=chosen.targets,
        target_names=chosen.target_names,
        waveform=relevance.astype(np.float32),
        time_frequency=np.stack(plane),  # (clip, frequency, time)
        grid=relevance_grid(n_samples, window=window, hop=hop, sample_rate=rate),
        baseline=BASELINE,
        output=gradients.output,
        scores=gradients.scores,
        baseline_scores=gradients.baseline_scores,
        completeness_errors=gradients.completeness_errors,
        converged=gradients.completeness_errors <= tolerance,
        energy_correlations=np.array(energies),
        n_steps=int(gradients.n_steps.max()),
        provenance=provenance,
    )
