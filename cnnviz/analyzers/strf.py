"""Spectro-temporal receptive fields of units on the clips of a run. Made on request.

The answers of a unit, as later layers see them, are regressed on the cells of a spectrogram of
the clips: those that the network hears, or of a network on the waveform those of a log-mel
spectrogram. What it predicts of clips that were held out stands beside what it would by chance.

References
----------
Theunissen, David, Singh, Hsu, Vinje and Gallant, "Estimating spatio-temporal receptive fields of
auditory and visual neurons from their responses to natural stimuli" (2001).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np

from cnnviz.analyzers._strf_cells import Rows, SpectrogramCells, rows_of, spectrogram_cells
from cnnviz.analyzers._strf_findings import layer_finding
from cnnviz.capture.selection import spread_over_classes
from cnnviz.dsp.strf import FEWEST_FOLDS, folds_of, lagged_ridge
from cnnviz.errors import ParameterError
from cnnviz.evaluation.groups import number_groups
from cnnviz.grid import UNKNOWN, ReceptiveField
from cnnviz.hooks import borrowed
from cnnviz.parameters import Range, check_parameters
from cnnviz.probing import UnitLayer, listening, unit_layers
from cnnviz.probing.cell_windows import loudest_bands, of_bands
from cnnviz.results.strf import SpectroTemporalFields, UnitFields
from cnnviz.trace import shared_traces
from cnnviz.untrained import untrained_twins

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.model import AudioModel
    from cnnviz.run import Run

_N_TWIN_UNITS = 32
_SHARE_OF_CLIP = 0.5  # frames of a row take no more of a clip, so that there are rows


@dataclass(frozen=True, kw_only=True, slots=True)
class _Plan:
    """A layer, the spectrogram that it is regressed on, and its rows."""

    layer: UnitLayer
    cells: SpectrogramCells
    rows: Rows
    field: ReceptiveField


@dataclass(frozen=True, kw_only=True, slots=True)
class LaggedRidge:
    """Regress the answers of units on the latest cells of a spectrogram that they see.

    Cells are averaged over neighbouring bands and frames where a unit would have more than 768
    weights otherwise. Where a layer has several cells in the time of a frame, their mean counts.

    Parameters
    ----------
    layers
        Names of layers; empty: the first four convolutions.
    n_clips
        Clips with sound to hear, spread over classes, at most.
    longest_seconds
        Frames about the middle of what a unit sees, at most, and no more than half a clip.
    n_twins
        Untrained twins that hear the same.
    seed
        Of the pairings with other clips, and of the twins.
    """

    layers: tuple[str, ...] = ()
    n_clips: Annotated[int, Range(2 * FEWEST_FOLDS)] = 96
    longest_seconds: Annotated[float, Range(0.001)] = 0.5
    n_twins: Annotated[int, Range(0)] = 3
    seed: Annotated[int, Range(0)] = 0

    def __post_init__(self) -> None:
        check_parameters(self)

    def run(self, run: Run) -> SpectroTemporalFields:
        """Regress on clips whose audio the capture keeps.

        Raises
        ------
        ParameterError
            If there is no capture or no model, or too few clips have sound.
        LayerNotFoundError
            If the network has no such layer.
        UnsupportedModelError
            If hooks cannot reach a layer.
        """
        clips, groups, held_out_by = self._clips(run)
        folds = folds_of(groups)
        assert folds is not None
        model = run.network.with_samples(clips.shape[1])
        with shared_traces(), borrowed(model.network):
            layers = unit_layers(model, self.layers)
            cells = spectrogram_cells(model, clips)
            plans, left_out = self._plans(layers, cells, model)
            twins = untrained_twins(model, n_twins=self.n_twins, seed=self.seed)
            n_steps = 1 + self.n_twins + len(plans)
            heard = [_answers(model, plans, clips)] if plans else []
            for twin in twins if plans else ():
                run.advance(len(heard), n_steps)
                heard.append([_few(one) for one in _answers(twin, plans, clips)])
        found = []
        for k, plan in enumerate(plans):
            run.advance(1 + self.n_twins + k, n_steps)
            found.append(self._fitted(plan, [one[k] for one in heard], groups, model.sample_rate))
        run.advance(n_steps, n_steps)
        return SpectroTemporalFields(
            spectrogram=cells.words,
            layers=tuple(found),
            left_out=left_out,
            n_clips=len(clips),
            held_out_by=held_out_by,
            n_folds=int(folds.max()) + 1,
            n_twins=max(len(heard) - 1, 0),
            findings=tuple(layer_finding(one) for one in found),
            provenance=run.provenance(self),
        )

    def _clips(self, run: Run) -> tuple[np.ndarray, np.ndarray, str]:
        """Waveforms, numbers of what is held out together, and what that is."""
        capture = run.capture
        index = np.asarray(capture.audio_index)
        index = index[spread_over_classes(capture.labels[index], self.n_clips)]
        if folds_of(index) is None:
            raise ParameterError(
                f"{len(index)} clips have sound; allowed: at least {2 * FEWEST_FOLDS}, to hold "
                "some out; capture a folder with more clips; see: cnnviz capture --help"
            )
        names = [capture.clips.groups[i] for i in index]
        groups = number_groups(names, len(index))
        is_grouped = len(set(groups)) < len(index) and folds_of(groups) is not None
        held_out_by = "speaker or recording" if is_grouped else "clip"
        return capture.waveforms(index), groups if is_grouped else index, held_out_by

    def _plans(
        self, layers: Sequence[UnitLayer], cells: SpectrogramCells, model: AudioModel
    ) -> tuple[list[_Plan], tuple[str, ...]]:
        """Layers that can be regressed, and why others cannot."""
        plans, left_out = [], []
        samples = cells.frames.jump * cells.values.shape[2]
        longest = min(self.longest_seconds * model.sample_rate, _SHARE_OF_CLIP * samples)
        for layer in layers:
            field, why_not = layer.call.time_field, _why_not(layer)
            if field is None or why_not:
                left_out.append(f"{layer.name}: {why_not}")
                continue
            reach = min(cells.reach(field), longest)
            coarse = cells.coarse(reach)
            rows = rows_of(field, _n_cells(layer), coarse, reach)
            if len(rows.starts):
                plans.append(_Plan(layer=layer, cells=coarse, rows=rows, field=field))
            else:
                left_out.append(f"{layer.name}: no cell lies inside a clip")
        return plans, tuple(left_out)

    def _fitted(
        self, plan: _Plan, heard: Sequence[np.ndarray], groups: np.ndarray, rate: int
    ) -> UnitFields:
        """Receptive fields of a layer's own units (first of `heard`) and of those of twins."""
        found = lagged_ridge(
            plan.cells.values,
            np.concatenate(heard),
            starts=plan.rows.starts,
            n_lags=plan.rows.n_lags,
            groups=groups,
            seed=self.seed,
        )
        own, p = slice(len(heard[0])), found.p()
        twins = (len(heard) - 1, len(heard[-1]) if len(heard) > 1 else 0)
        return UnitFields(
            layer=plan.layer.name,
            reading=plan.layer.reading,
            frequencies=plan.cells.frequencies,
            lags_seconds=plan.cells.frames.jump * np.arange(plan.rows.n_lags) / rate,
            cell_seconds=plan.field.size / rate,
            kernels=found.kernels[own].astype(np.float32),
            alphas=found.alphas[own],
            held_out_correlations=found.held_out_correlations[own],
            chance_95=np.quantile(found.chance[:, own], 0.95, axis=0),
            p=p[own],
            n_rows=len(plan.rows.starts) * heard[0].shape[1],
            twin_correlations=found.held_out_correlations[own.stop :].reshape(twins),
            twin_p=p[own.stop :].reshape(twins),
        )


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every analyzer takes)
    """No report makes it unasked."""
    return ()


def _n_cells(layer: UnitLayer) -> int:
    """Cells along time."""
    axis = layer.call.time_axis
    return 1 if axis is None else layer.call.output_shape[axis]


def _why_not(layer: UnitLayer) -> str:
    """Why the cells of a layer see no frames of their own; empty: they do."""
    field = layer.call.time_field
    if _n_cells(layer) == 1:
        return "it has no cells along time"
    if field is None or field.status == UNKNOWN:
        return "which part of a clip its cells see is not known"
    return "" if field.jump else "each of its cells sees the whole clip"


def _answers(model: AudioModel, plans: Sequence[_Plan], clips: np.ndarray) -> list[np.ndarray]:
    """Answers of each layer's units to all clips, float32 (unit, clip, row).

    Along frequency the cell is read that varies most over the first clips.
    """
    parts: list[list[np.ndarray]] = [[] for _ in plans]
    bands: list[np.ndarray | None] = [None] * len(plans)
    layers = [plan.layer for plan in plans]
    with listening(model, layers, n_samples=clips.shape[1]) as listener:
        for number, maps in enumerate(listener.answers(clips)):
            for k, plan in enumerate(plans):
                activations = maps[plan.layer.name]
                if number == 0:
                    bands[k] = loudest_bands(activations, plan.rows.cells)
                read = of_bands(activations, bands[k]).float().cpu().numpy()
                parts[k].append(plan.rows.means(read).transpose(1, 0, 2))
    return [np.concatenate(part, axis=1) for part in parts]


def _few(answers: np.ndarray) -> np.ndarray:
    """Units of a twin, evenly chosen: they are drawn alike."""
    n_units = len(answers)
    chosen = np.linspace(0, n_units - 1, min(n_units, _N_TWIN_UNITS)).round().astype(int)
    return np.asarray(answers[chosen])
