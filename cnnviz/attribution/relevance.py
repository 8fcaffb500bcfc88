"""The result of a gradient method: relevance on the waveform and on the STFT plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.attribution.findings import completeness_findings
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
from cnnviz.results import Checks, Relevance, RelevanceMap, Target

if TYPE_CHECKING:
    from cnnviz.provenance import Provenance

_OVERLAP = 4


def relevance_of(
    gradients: InputGradients,
    clips: ChosenClips,
    *,
    method: str,
    tolerance: float | None,
    provenance: Provenance,
) -> Relevance:
    """Put coefficients c on the waveform and, exactly, on the time-frequency plane.

    Parameters
    ----------
    gradients, chosen
        c for each clip, and the clips.
    method
        Published name.
    tolerance
        Completeness error of a converged clip; None where no completeness is promised.
    provenance
        What ran on what.
    """
    samples = gradients.inputs * gradients.coefficients  # (clip, samples)
    errors = gradients.completeness_errors
    return Relevance(
        method=method,
        clip_index=clips.clip_index,
        target=Target(words=clips.target_names, class_index=clips.targets),
        output=gradients.output,
        scores=gradients.scores,
        baseline_scores=gradients.baseline_scores,
        baseline=SILENCE,
        sample_rate=clips.sample_rate,
        maps=(_sample_map(samples, clips.sample_rate), _stft_map(gradients, clips.sample_rate)),
        promises_completeness=tolerance is not None,
        checks=Checks(
            completeness_errors=errors,
            converged=None if tolerance is None else errors <= tolerance,
            energy_correlations=_energy_correlations(samples, clips),
        ),
        n_steps=None if gradients.n_steps is None else int(gradients.n_steps.max()),
        findings=()
        if tolerance is None
        else completeness_findings(method, clips.clip_index, errors, tolerance=tolerance),
        provenance=provenance,
    )


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
