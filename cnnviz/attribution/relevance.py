"""The result of a method: relevance on the waveform, on the STFT plane or on other cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cnnviz.attribution.attributions import Attributions
from cnnviz.attribution.checks.faithfulness import faithfulness_findings
from cnnviz.attribution.checks.randomisation_findings import randomisation_findings
from cnnviz.attribution.findings import (
    completeness_findings,
    flat_findings,
    map_findings,
    stretch_findings,
)
from cnnviz.attribution.selection import ChosenClips
from cnnviz.dsp.stft import (
    display_frames,
    energy_correlation,
    joint_relevance,
    relevance_grid,
)
from cnnviz.grid import ReceptiveField, time_grid
from cnnviz.results import Checks, Finding, Relevance, RelevanceMap, Target
from cnnviz.results.clip_relevance import CellRelevance, SampleRelevance

if TYPE_CHECKING:
    from cnnviz.provenance import Provenance


def relevance_of(
    found: Attributions,
    clips: ChosenClips,
    *,
    method: str,
    baseline: str | None,
    tolerance: float | None = None,
    map_tolerance: float | None = None,
    provenance: Provenance,
) -> Relevance:
    """Put what a method gave on the waveform and, exactly, on the time-frequency plane.

    Parameters
    ----------
    found, clips
        Relevance of each clip, and the clips.
    method
        Published name.
    baseline
        What the clip was compared with, in words; None: nothing.
    tolerance, map_tolerance
        Completeness and map error of a converged clip; None where no completeness is promised.
    provenance
        What ran on what.
    """
    return Relevance(
        method=method,
        clip_index=clips.clip_index,
        target=target_of(clips, found.rivals, has_odds=found.has_odds),
        output=found.output,
        scores=found.scores,
        baseline_scores=None if baseline is None else found.baseline_scores,
        baseline=baseline,
        sample_rate=clips.sample_rate,
        maps=_maps(found, clips.sample_rate),
        promises_completeness=tolerance is not None,
        silencing=found.silencing,
        proof=found.proof,
        listening=found.listening,
        sanity=found.sanity,
        checks=_checks(found, clips, tolerance, map_tolerance),
        n_steps=None if found.n_steps is None else int(found.n_steps.max()),
        true_classes=clips.names_of(clips.labels),
        predicted_classes=clips.names_of(clips.predictions),
        findings=_findings(found, clips, method, tolerance, map_tolerance)
        + stretch_findings(method, clips.clip_index, found.silencing)
        + faithfulness_findings(method, found.proof)
        + randomisation_findings(method, found.sanity),
        provenance=provenance,
    )


def target_of(clips: ChosenClips, rivals: np.ndarray | None, *, has_odds: bool) -> Target:
    """The class of each clip alone, or against another one (clip,) or all others."""
    if clips.is_function:
        return Target(kind="callable", words=clips.target_names)
    if rivals is None:
        return Target(
            kind="log_odds" if has_odds else "class",
            words=clips.target_names,
            class_index=clips.targets,
        )
    names = [clips.name_of(int(rival)) for rival in rivals]
    pairs = zip(clips.target_names, names, strict=True)
    return Target(
        kind="contrast",
        words=tuple(f"{own} rather than {rival}" for own, rival in pairs),
        class_index=clips.targets,
        rival_index=rivals,
    )


def _checks(
    found: Attributions,
    clips: ChosenClips,
    tolerance: float | None,
    map_tolerance: float | None,
) -> Checks:
    errors, map_errors = found.completeness_errors, found.map_errors
    is_flat = found.masses <= found.floor
    converged = None
    if tolerance is not None and errors is not None:
        converged = (errors <= tolerance) & ~is_flat
        if map_errors is not None and map_tolerance is not None:
            converged &= map_errors <= map_tolerance
    return Checks(
        completeness_errors=errors,
        map_errors=map_errors,
        is_flat=is_flat,
        converged=converged,
        absorbed=found.absorbed,
        n_steps=found.n_steps,
        energy_correlations=_energy_correlations(found, clips),
        fits=found.fits,
        tolerance=tolerance,
        map_tolerance=map_tolerance,
    )


def _findings(
    found: Attributions,
    clips: ChosenClips,
    method: str,
    tolerance: float | None,
    map_tolerance: float | None,
) -> tuple[Finding, ...]:
    """What is said of single clips: flat maps, and errors above what the method promises."""
    index, errors, map_errors = clips.clip_index, found.completeness_errors, found.map_errors
    findings = flat_findings(method, index, found.masses, floor=found.floor)
    if tolerance is not None and errors is not None:
        findings += completeness_findings(method, index, errors, tolerance=tolerance)
    if map_tolerance is not None and map_errors is not None:
        findings += map_findings(method, index, map_errors, tolerance=map_tolerance)
    return findings


def _maps(found: Attributions, sample_rate: int) -> tuple[RelevanceMap, ...]:
    """The maps of all clips, which are of one kind."""
    samples = found.samples
    if samples is not None:
        return (_sample_map(samples, sample_rate), _stft_map(found, sample_rate))
    cells = [clip for clip in found.clips if isinstance(clip, CellRelevance)]
    values = np.stack([clip.values for clip in cells]).astype(np.float32)
    first = cells[0]
    return (RelevanceMap(domain=first.domain, values=values, grid=first.grid, layer=first.layer),)


def _sample_map(relevance: np.ndarray, sample_rate: int) -> RelevanceMap:
    """Relevance of each audio sample."""
    grid = time_grid(ReceptiveField(), relevance.shape[-1], sample_rate)
    return RelevanceMap(domain="samples", values=relevance.astype(np.float32), grid=grid)


def _stft_map(found: Attributions, sample_rate: int) -> RelevanceMap:
    """Relevance of each cell of the STFT; one clip at a time, to keep little in memory."""
    window, hop = display_frames(sample_rate)
    planes = [
        joint_relevance(clip.differences, clip.coefficients, window=window, hop=hop).astype(
            np.float32
        )
        for clip in found.clips
        if isinstance(clip, SampleRelevance)
    ]
    n_samples = found.inputs.shape[-1]
    grid = relevance_grid(n_samples, window=window, hop=hop, sample_rate=sample_rate)
    return RelevanceMap(domain="stft", values=np.stack(planes), grid=grid)


def _energy_correlations(found: Attributions, clips: ChosenClips) -> np.ndarray:
    """How far each clip's relevance only repeats its envelope, (clip,)."""
    return np.array(
        [
            energy_correlation(
                clip.over_time(len(waveform)), waveform, sample_rate=clips.sample_rate
            )
            for clip, waveform in zip(found.clips, clips.waveforms, strict=True)
        ]
    )
