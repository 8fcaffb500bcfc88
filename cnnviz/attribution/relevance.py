"""The result of a gradient method: relevance on the waveform and on the STFT plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.attribution.findings import (
    completeness_findings,
    flat_findings,
    map_findings,
    stretch_findings,
)
from cnnviz.attribution.input_gradients import InputGradients
from cnnviz.attribution.selection import ChosenClips
from cnnviz.attribution.target_scores import SILENCE
from cnnviz.dsp.stft import (
    display_window,
    energy_correlation,
    relevance_grid,
    time_frequency_relevance,
)
from cnnviz.grid import ReceptiveField, time_grid
from cnnviz.results import Checks, Finding, Relevance, RelevanceMap, Silencing, Target

if TYPE_CHECKING:
    from cnnviz.provenance import Provenance

_OVERLAP = 4


def relevance_of(
    gradients: InputGradients,
    clips: ChosenClips,
    *,
    method: str,
    silencing: Silencing,
    tolerance: float | None = None,
    map_tolerance: float | None = None,
    provenance: Provenance,
) -> Relevance:
    """Put coefficients c on the waveform and, exactly, on the time-frequency plane.

    Parameters
    ----------
    gradients, chosen
        c for each clip, and the clips.
    method
        Published name.
    silencing
        What became of the scores without the stretches that were marked.
    tolerance, map_tolerance
        Completeness and map error of a converged clip; None where no completeness is promised.
    provenance
        What ran on what.
    """
    samples = gradients.inputs * gradients.coefficients  # (clip, samples)
    return Relevance(
        method=method,
        clip_index=clips.clip_index,
        target=_target(gradients, clips),
        output=gradients.output,
        scores=gradients.scores,
        baseline_scores=gradients.baseline_scores,
        baseline=SILENCE,
        sample_rate=clips.sample_rate,
        maps=(_sample_map(samples, clips.sample_rate), _stft_map(gradients, clips.sample_rate)),
        promises_completeness=tolerance is not None,
        silencing=silencing,
        checks=_checks(gradients, clips, tolerance, map_tolerance),
        n_steps=None if gradients.n_steps is None else int(gradients.n_steps.max()),
        true_classes=clips.names_of(clips.labels),
        predicted_classes=clips.names_of(clips.predictions),
        findings=_findings(gradients, clips, method, tolerance, map_tolerance)
        + stretch_findings(method, clips.clip_index, silencing),
        provenance=provenance,
    )


def _target(gradients: InputGradients, clips: ChosenClips) -> Target:
    """The class alone, or against the runner-up."""
    if gradients.rivals is None:
        return Target(words=clips.target_names, class_index=clips.targets)
    rivals = [clips.name_of(int(rival)) for rival in gradients.rivals]
    pairs = zip(clips.target_names, rivals, strict=True)
    return Target(
        kind="contrast",
        words=tuple(f"{own} rather than {rival}" for own, rival in pairs),
        class_index=clips.targets,
        rival_index=gradients.rivals,
    )


def _checks(
    gradients: InputGradients,
    clips: ChosenClips,
    tolerance: float | None,
    map_tolerance: float | None,
) -> Checks:
    errors, map_errors = gradients.completeness_errors, gradients.map_errors
    is_flat = gradients.masses <= gradients.floor
    converged = None if tolerance is None else (errors <= tolerance) & ~is_flat
    if converged is not None and map_errors is not None and map_tolerance is not None:
        converged &= map_errors <= map_tolerance
    return Checks(
        completeness_errors=errors,
        map_errors=map_errors,
        is_flat=is_flat,
        converged=converged,
        energy_correlations=_energy_correlations(gradients.inputs * gradients.coefficients, clips),
        tolerance=tolerance,
        map_tolerance=map_tolerance,
    )


def _findings(
    gradients: InputGradients,
    clips: ChosenClips,
    method: str,
    tolerance: float | None,
    map_tolerance: float | None,
) -> tuple[Finding, ...]:
    """What is said of single clips: flat maps, and errors above what the method promises."""
    index, errors, map_errors = (
        clips.clip_index,
        gradients.completeness_errors,
        gradients.map_errors,
    )
    found = flat_findings(method, index, gradients.masses, floor=gradients.floor)
    if tolerance is not None:
        found += completeness_findings(method, index, errors, tolerance=tolerance)
    if map_tolerance is not None and map_errors is not None:
        found += map_findings(method, index, map_errors, tolerance=map_tolerance)
    return found


def _sample_map(relevance: np.ndarray, sample_rate: int) -> RelevanceMap:
    """Relevance of each audio sample."""
    grid = time_grid(ReceptiveField(), relevance.shape[-1], sample_rate)
    return RelevanceMap(domain="samples", values=relevance.astype(np.float32), grid=grid)


def _stft_map(gradients: InputGradients, sample_rate: int) -> RelevanceMap:
    """Relevance of each cell of the STFT; one clip at a time, to keep little in memory."""
    window = display_window(sample_rate)
    hop = window // _OVERLAP
    planes = [
        time_frequency_relevance(clip[None], c[None], window=window, hop=hop)[0].astype(np.float32)
        for clip, c in zip(gradients.inputs, gradients.coefficients, strict=True)
    ]
    n_samples = gradients.inputs.shape[-1]
    grid = relevance_grid(n_samples, window=window, hop=hop, sample_rate=sample_rate)
    return RelevanceMap(domain="stft", values=np.stack(planes), grid=grid)


def _energy_correlations(relevance: np.ndarray, clips: ChosenClips) -> np.ndarray:
    """How far each clip's relevance only repeats its envelope, (clip,)."""
    return np.array(
        [
            energy_correlation(r, waveform, sample_rate=clips.sample_rate)
            for r, waveform in zip(relevance, clips.waveforms, strict=True)
        ]
    )
