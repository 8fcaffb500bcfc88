"""What units of a layer cause: accuracy, recall and scores of each class without them.

A unit is held at its mean over the clips, as later layers see it, and the network answers the
clips again. What moves then is caused by what the unit says of a clip, not merely correlated with
it; what other units could take over is not asked. Where the run holds the conductance of the
layer's channels, the two are compared. It is made on request.

References
----------
Morcos, Barrett, Rabinowitz and Botvinick, "On the importance of single directions for
generalization" (2018); Zhou, Sun, Bau and Torralba, "Revisiting the Importance of Individual Units
in CNNs via Ablation" (2018).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import numpy as np
import torch

from cnnviz.analyzers._ablation_findings import ablation_findings, conductance_findings
from cnnviz.analyzers._labelled_clips import LabelledClips, labelled_clips
from cnnviz.capture.pooling import arrange
from cnnviz.errors import ParameterError
from cnnviz.evaluation.ablation import Effect, effects_of_parts
from cnnviz.hooks import borrowed
from cnnviz.parameters import Range, check_parameters
from cnnviz.probing import UnitLayer, unit_layers
from cnnviz.probing.replacing import Replacement, RunningMeans, replacing
from cnnviz.results.channel_conductance import ChannelConductance
from cnnviz.results.unit_ablation import Change, UnitAblation

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.model import AudioModel
    from cnnviz.provenance import Provenance
    from cnnviz.run import Run

_LEVEL = 0.05
_BATCH_SAMPLES = 1 << 19


@dataclass(frozen=True, kw_only=True, slots=True)
class _Answers:
    """Scores of clips with all units, and without each; (clip, class), (unit, clip, class)."""

    whole: np.ndarray
    reduced: np.ndarray
    held_at: np.ndarray


@dataclass(frozen=True, kw_only=True, slots=True)
class AblatedUnits:
    """Hold units of a layer at their mean, and score the clips again.

    Parameters
    ----------
    layer
        Name of the layer; None: the last convolution of those that are probed.
    units
        Which units, by number; none: all.
    together
        Whether these are one cluster, held at their means all at once.
    n_clips
        Labelled clips with sound to score, spread over classes, at most.
    seed
        Of the resampled clips or groups.
    """

    layer: str | None = None
    units: tuple[int, ...] = ()
    together: bool = False
    n_clips: Annotated[int, Range(2)] = 128
    seed: Annotated[int, Range(0)] = 0

    def __post_init__(self) -> None:
        check_parameters(self)

    def run(self, run: Run) -> UnitAblation:
        """Score clips whose audio the capture keeps.

        Raises
        ------
        ParameterError
            If there is no capture or no model, its outputs are no classes, no clip with sound
            has one of them as label, or the layer has no such unit.
        LayerNotFoundError
            If the network has no such layer.
        UnsupportedModelError
            If the units of the layer cannot be replaced.
        """
        clips = labelled_clips(run, self.n_clips)
        waveforms = torch.from_numpy(run.capture.waveforms(clips.index))
        model = run.network.with_samples(waveforms.shape[1])
        layer = unit_layers(model, () if self.layer is None else (self.layer,))[-1]
        rows = self._rows(layer)
        answers = _answer(run, model, layer, rows, waveforms)
        result = _result(layer, rows, answers, clips, run.provenance(self))
        found = run.find(ChannelConductance)
        beside = conductance_findings(result, found, seed=self.seed)
        return replace(result, findings=(*ablation_findings(result), *beside))

    def _rows(self, layer: UnitLayer) -> np.ndarray:
        """Units that are held in each row, bool (row, unit)."""
        unknown = [unit for unit in self.units if not 0 <= unit < layer.n_units]
        if unknown:
            raise ParameterError(
                f"units={unknown} of layer {layer.name!r}; allowed: 0 to {layer.n_units - 1}"
            )
        each = np.eye(layer.n_units, dtype=bool)
        chosen = each[list(self.units)] if self.units else each
        return np.any(chosen, axis=0, keepdims=True) if self.together else chosen


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every analyzer takes)
    """No report makes it unasked."""
    return ()


def _answer(
    run: Run, model: AudioModel, layer: UnitLayer, rows: np.ndarray, waveforms: torch.Tensor
) -> _Answers:
    """Scores with all units, then without those of each row."""
    size = model.batch_size or max(1, _BATCH_SAMPLES // waveforms.shape[1])
    jobs = len(rows) * len(waveforms)
    means, held = RunningMeans(layer), torch.from_numpy(rows)
    with borrowed(model.network), torch.no_grad(), replacing(model.network, layer) as plan:
        whole = [
            _heard(model, plan, waveforms[start : start + size], layer, means)
            for start in range(0, len(waveforms), size)
        ]
        plan.values = torch.from_numpy(means.own_values())
        reduced = []
        for clips, row in _pairs(len(waveforms), len(rows), size):
            plan.mask = held[row]
            reduced.append(model.scores(waveforms[clips]).to("cpu", torch.float64).numpy())
            run.advance(min(sum(map(len, reduced)), jobs), jobs)
    scores = np.concatenate(reduced).reshape(len(waveforms), len(rows), -1)
    if scores.shape[-1] != len(model.class_names):
        raise ParameterError(
            f"model {model.name!r} gives {scores.shape[-1]} scores, but has "
            f"{len(model.class_names)} class names; allowed: one per score"
        )
    return _Answers(
        whole=np.concatenate(whole), reduced=scores.transpose(1, 0, 2), held_at=means.means
    )


def _heard(
    model: AudioModel,
    plan: Replacement,
    waveforms: torch.Tensor,
    layer: UnitLayer,
    means: RunningMeans,
) -> np.ndarray:
    """Scores of clips as they are; what the layer gave goes into the means."""
    scores = model.scores(waveforms).to("cpu", torch.float64).numpy()
    assert plan.output is not None
    call = layer.call
    means.add(arrange(plan.output[: len(waveforms)], call.time_axis, call.frequency_axis))
    return scores


def _pairs(n_clips: int, n_rows: int, size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Every clip with every row, clip by clip, in batches: clips and rows, (size,) each."""
    for start in range(0, n_clips * n_rows, size):
        pairs = np.arange(start, min(start + size, n_clips * n_rows))
        yield pairs // n_rows, pairs % n_rows


def _result(
    layer: UnitLayer,
    rows: np.ndarray,
    answers: _Answers,
    clips: LabelledClips,
    provenance: Provenance,
) -> UnitAblation:
    """Effects of units, without findings."""
    labels = clips.labels
    effects = effects_of_parts(
        labels, answers.whole, answers.reduced, clips.groups, seed=provenance.seed or 0
    )
    right = answers.whole.argmax(-1) == labels  # (clip,)
    support = np.bincount(labels, minlength=answers.whole.shape[1])
    hits = np.bincount(labels, right, minlength=len(support))
    return UnitAblation(
        layer=layer.name,
        reading=layer.reading,
        units=tuple(", ".join(map(str, np.flatnonzero(row))) for row in rows),
        held_at=np.where(rows.sum(1) == 1, answers.held_at[rows.argmax(1)], np.nan),
        class_names=clips.class_names,
        clip_index=clips.index,
        support=support,
        n_groups=int(clips.groups.max()) + 1,
        level=_LEVEL,
        base_accuracy=float(right.mean()),
        base_recall=hits / np.where(support, support, np.nan),
        accuracy=_change(effects.accuracy),
        recall=_change(effects.recall),
        score=_change(effects.score),
        score_rms=effects.score_rms,
        provenance=provenance,
    )


def _change(effect: Effect) -> Change:
    return Change(value=effect.value, low=effect.low, high=effect.high, q_value=effect.q_value)
