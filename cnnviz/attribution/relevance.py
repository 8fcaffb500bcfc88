"""The result of a gradient method: relevance on the waveform and on the STFT plane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.attribution.input_gradients import InputGradients
from cnnviz.attribution.selection import ChosenClips
from cnnviz.attribution.target_scores import SILENCE
from cnnviz.dsp.stft import (
    display_window,
    energy_correlation,
    relevance_grid,
    time_frequency_relevance,
)
from cnnviz.results import Attribution

if TYPE_CHECKING:
    from cnnviz.provenance import Provenance

_OVERLAP = 4


def attribution(
    method: str,
    chosen: ChosenClips,
    gradients: InputGradients,
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
        baseline=SILENCE,
        output=gradients.output,
        scores=gradients.scores,
        baseline_scores=gradients.baseline_scores,
        completeness_errors=gradients.completeness_errors,
        converged=gradients.completeness_errors <= tolerance,
        energy_correlations=np.array(energies),
        n_steps=1 if gradients.n_steps is None else int(gradients.n_steps.max()),
        provenance=provenance,
    )
