"""Conductance of a layer's channels by their centre frequency: which frequencies a score uses.

The conductance of a channel is how much of f(x) - f(x') flows through it along the path from
silence x' to the clip x; over all channels it sums to that difference. Channels are filters whose
centre frequency is known, or bands of a spectral layer. It is made on request.

References
----------
Dhamdhere, Sundararajan and Yan, "How Important Is a Neuron?" (2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np

from cnnviz.analyzers import _conductance_findings
from cnnviz.attribution.clip_choice import ClipChoice
from cnnviz.attribution.conductance import Conductance, conduct
from cnnviz.attribution.differentiable_scores import differentiable_scores
from cnnviz.attribution.layer_cells import find_layer
from cnnviz.attribution.relevance import target_of
from cnnviz.attribution.target_scores import TargetScores
from cnnviz.errors import UnsupportedModelError
from cnnviz.evaluation.groups import number_groups
from cnnviz.evaluation.means import mean_intervals
from cnnviz.filterbanks import channel_centres
from cnnviz.parameters import Range
from cnnviz.results import Checks
from cnnviz.results.channel_conductance import ChannelConductance
from cnnviz.trace import LayerCall, layer_grid, shared_traces, trace

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.model import AudioModel
    from cnnviz.run import Run

_N_CONVOLUTIONS = 2  # composites of deeper ones take hundreds of MB


@dataclass(frozen=True, kw_only=True, slots=True)
class _Tuned:
    """A layer call whose channels or bands have frequencies, (channel,) in Hz."""

    call: LayerCall
    cell: str
    centre_hz: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerConductance(ClipChoice):
    """Follow the explained score of a few clips through the channels of one layer.

    Parameters
    ----------
    layer
        Layer whose channels have centre frequencies, or with bands; None: the first there is.
    tolerance
        Completeness error to reach: the share of f(x) - f(x') that the sum misses.
    map_tolerance
        Relative L2 distance to reach between the channels of half the steps and of all.
    n_max
        Gradients per clip at most, but for those of the first pass.
    seed
        Of the resampled clips and of the permutations.
    """

    layer: str | None = None
    tolerance: Annotated[float, Range(above=0)] = 0.01
    map_tolerance: Annotated[float, Range(above=0)] = 0.05
    n_max: Annotated[int, Range(1)] = 1024
    seed: Annotated[int, Range(0)] = 0

    def run(self, run: Run) -> ChannelConductance:
        """Explain clips whose audio the capture keeps.

        Raises
        ------
        ParameterError
            If there is no capture or no model.
        LayerNotFoundError
            If the network has no such layer.
        UnsupportedModelError
            If no frequency is known of its channels, or the scores have no gradient.
        """
        clips = self.chosen(run)
        model = run.network.with_samples(clips.waveforms.shape[1])
        with shared_traces():
            tuned = _tuned(model, self.layer)
            with differentiable_scores(
                model, clips.waveforms, clips.targets, rivals=clips.rivals, score=self.score
            ) as scores:
                found = [
                    self._conduct(run, scores, tuned.call, k) for k in range(len(clips.targets))
                ]
        values = np.stack([_per_channel(one, tuned.cell) for one in found])  # (clip, channel)
        checks = self._checks(scores, found)
        groups = number_groups(clips.groups, len(values))
        low, high = mean_intervals(values, groups, seed=self.seed)
        name, cell = tuned.call.name, tuned.cell
        rivals = None if scores.rivals is None else scores.rivals.cpu().numpy()
        return ChannelConductance(
            layer=name,
            cell=cell,
            centre_hz=tuned.centre_hz,
            clip_index=clips.clip_index,
            target=target_of(clips, rivals, has_odds=scores.has_odds),
            output=scores.output,
            scores=scores.clip_scores.cpu().numpy(),
            baseline_scores=scores.baseline_scores.cpu().numpy(),
            conductance=values,
            mean=values.mean(0),
            low=low,
            high=high,
            checks=checks,
            n_steps=max(one.n_steps for one in found),
            findings=_conductance_findings.convergence_findings(name, checks)
            + _conductance_findings.frequency_findings(
                name, cell, values[checks.converged], tuned.centre_hz, seed=self.seed
            ),
            provenance=run.provenance(self),
        )

    def _conduct(self, run: Run, scores: TargetScores, call: LayerCall, clip: int) -> Conductance:
        found = conduct(
            scores,
            clip,
            call,
            n_max=self.n_max,
            tolerance=self.tolerance,
            map_tolerance=self.map_tolerance,
        )
        run.advance(clip + 1, len(scores.clips))
        return found

    def _checks(self, scores: TargetScores, found: Sequence[Conductance]) -> Checks:
        """Whether each clip adds up and stays."""
        differences = scores.differences.cpu().numpy()
        missed = np.abs([one.values.sum() for one in found] - differences)
        errors = missed / np.maximum(np.abs(differences), scores.floor)
        map_errors = np.array([one.map_error for one in found])
        return Checks(
            completeness_errors=errors,
            map_errors=map_errors,
            converged=(errors <= self.tolerance) & (map_errors <= self.map_tolerance),
            tolerance=self.tolerance,
            map_tolerance=self.map_tolerance,
        )


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every analyzer takes)
    """No report makes it unasked."""
    return ()


def _per_channel(found: Conductance, cell: str) -> np.ndarray:
    """Conductance of each channel, or of each band, (channel,)."""
    return np.asarray(found.values.sum(0 if cell == "channel" else 1))


def _tuned(model: AudioModel, layer: str | None) -> _Tuned:
    """The layer of a name, or the first whose channels or bands have frequencies."""
    traced = trace(model)
    n_samples = traced.n_samples
    names = tuple(one.name for one in traced.convolutions[:_N_CONVOLUTIONS])
    centres = channel_centres(model, names if layer is None else (layer,))
    calls = traced.calls if layer is None else (find_layer(model, n_samples, layer),)
    for call in calls:
        bands = layer_grid(call, model, n_samples).frequencies
        if call.is_module and np.isfinite(centres.get(call.name, np.nan)).any():
            return _Tuned(call=call, cell="channel", centre_hz=centres[call.name])
        if call.is_module and call.time_axis is not None and len(bands) > 1:
            return _Tuned(call=call, cell="band", centre_hz=bands)
    raise UnsupportedModelError(
        f"{'no layer' if layer is None else f'layer {layer!r}'} of model {model.name!r} has "
        "channels or bands of known frequency; allowed: convolutions with known steps from the "
        f"waveform ({', '.join(channel_centres(model, names)) or 'none here'}), and layers over "
        "the bands of a frontend; see: cnnviz filters MODEL"
    )
