"""Over which time units integrate: cross-context correlation of segments of rising duration.

Segments are cut from the run's clips, else from mixtures of noise and a chord, and each is heard
between two sets of other segments. The window of a unit is the duration from which on its
response does not depend on the context, beside its receptive field and those of untrained twins.
It is made on request.

References
----------
Norman-Haignere and others, "Multiscale temporal integration organizes hierarchical computation in
human auditory cortex" (2022); Keshishian, Norman-Haignere and Mesgarani, "Understanding Adaptive,
Multiscale Temporal Integration in Deep Speech Recognition Systems" (2021).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np

from cnnviz.analyzers._integration_findings import window_findings
from cnnviz.dsp.integration import (
    DURATIONS_SECONDS,
    THRESHOLD,
    cross_context_correlation,
    integration_windows,
)
from cnnviz.errors import ParameterError
from cnnviz.grid import UNKNOWN
from cnnviz.parameters import Range, check_parameters
from cnnviz.probing import Listener, UnitLayer, listening, unit_layers
from cnnviz.probing.beside_twins import beside_twins
from cnnviz.probing.contexts import TwoContexts, two_contexts
from cnnviz.probing.excerpts import excerpts
from cnnviz.probing.listening import takes
from cnnviz.results.integration_windows import IntegrationWindows, LayerWindows

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.model import AudioModel
    from cnnviz.run import Run

_N_CLIPS, _N_LAGS = 16, 48
_MARGIN_SECONDS = 0.5  # of context, where no receptive field is known
_MADE_SECONDS = 2 * DURATIONS_SECONDS[-1]
Heard = dict[str, np.ndarray]
"""By layer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Plan:
    """Audio samples of each duration, of the context on a side, and the one length taken or 0."""

    segments: tuple[int, ...]
    margin: int
    whole: int

    def margin_of(self, n_segment: int) -> int:
        """Context on each side of a segment."""
        return (self.whole - n_segment) // 2 if self.whole else self.margin


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitWindows:
    """Measure the integration windows of the units of layers.

    Parameters
    ----------
    layers
        Names of the layers; empty: the first convolutions.
    n_segments
        Of each duration.
    n_twins
        Untrained twins that hear the same segments; 0: nothing is held against them.
    seed
        Of the clips, the segments and their neighbours, and of the twins.
    """

    layers: tuple[str, ...] = ()
    n_segments: Annotated[int, Range(4)] = 32
    n_twins: Annotated[int, Range(0)] = 3
    seed: Annotated[int, Range(0)] = 0

    def __post_init__(self) -> None:
        check_parameters(self)

    def run(self, run: Run) -> IntegrationWindows:
        """Let the network and its twins hear segments of each duration in two contexts.

        Raises
        ------
        ParameterError
            If there is no model, or the clips are too short for the shortest segments.
        LayerNotFoundError
            If the network has no such layer.
        """
        model = run.network
        layers = unit_layers(model, self.layers)
        rate = model.sample_rate
        sounds = excerpts(
            run, n_sounds=_N_CLIPS, n_samples=round(_MADE_SECONDS * rate), seed=self.seed
        )
        plan = _plan(model, layers, sounds.waveforms.shape[1])
        longest = plan.whole or plan.segments[-1] + 2 * plan.margin
        with beside_twins(
            model, layers, n_twins=self.n_twins, seed=self.seed, n_samples=longest
        ) as listeners:
            curves = self._curves(run, listeners, sounds.waveforms, plan)
        durations = np.array(plan.segments) / rate
        found = tuple(
            _windows(layer, [one[layer.name] for one in curves], durations, rate)
            for layer in layers
        )
        return IntegrationWindows(
            durations_seconds=durations,
            threshold=THRESHOLD,
            layers=found,
            source=sounds.source,
            n_segments=self.n_segments,
            sample_rate=rate,
            findings=window_findings(found, durations),
            provenance=run.provenance(self),
        )

    def _curves(
        self, run: Run, listeners: Sequence[Listener], clips: np.ndarray, plan: _Plan
    ) -> list[Heard]:
        """Correlation over durations of each network by layer, (unit, duration)."""
        columns: list[dict[str, list[np.ndarray]]] = [{} for _ in listeners]
        for k, n_segment in enumerate(plan.segments):
            made = two_contexts(
                clips,
                n_segment,
                n_segments=self.n_segments,
                n_margin=plan.margin_of(n_segment),
                generator=np.random.default_rng([self.seed, k]),
            )
            for column, listener in zip(columns, listeners, strict=True):
                one, other = (
                    _responses(listener, made, _filled(sounds, plan.whole))
                    for sounds in (made.one, made.other)
                )
                for name in one:
                    found = cross_context_correlation(one[name], other[name])
                    column.setdefault(name, []).append(found)
            run.advance(k + 1, len(plan.segments))
        return [{name: np.stack(rows, 1) for name, rows in one.items()} for one in columns]


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every analyzer takes)
    """No report makes it unasked."""
    return ()


def in_probe(layers: tuple[str, ...]) -> tuple[Analyzer, ...]:
    """The instances that a probe of layers runs."""
    return (UnitWindows(layers=layers),)


def _plan(model: AudioModel, layers: Sequence[UnitLayer], n_clip: int) -> _Plan:
    """Durations up to twice the largest receptive field and half a clip, and their context."""
    fields = [layer.known_field for layer in layers]
    known = [int(np.ceil(field.size)) for field in fields if field is not None]
    largest = max(known) if len(known) == len(fields) else None
    margin = largest or round(_MARGIN_SECONDS * model.sample_rate)
    asked = [round(seconds * model.sample_rate) for seconds in DURATIONS_SECONDS]
    enough = sum(n < 2 * largest for n in asked) + 1 if largest else len(asked)
    segments = tuple(n for n in asked[: max(enough, 3)] if n <= n_clip // 2)
    whole = model.n_samples or model.sample_rate
    has_time = all(layer.call.time_axis is not None for layer in layers)
    if segments and has_time:  # without a time axis the number of units depends on the length
        longest = segments[-1] + 2 * margin
        with listening(model, layers, n_samples=longest) as listener:
            if all(takes(listener, n + 2 * margin) for n in (segments[0], segments[-1])):
                return _Plan(segments=segments, margin=margin, whole=0)
    segments = tuple(n for n in segments if n <= whole // 2)
    if not segments:
        raise ParameterError(
            f"clips of n_samples={min(n_clip, whole)} at {model.sample_rate} Hz; allowed: twice "
            f"{DURATIONS_SECONDS[0]:g} s, the shortest segment, or more; capture longer clips"
        )
    return _Plan(segments=segments, margin=margin, whole=whole)


def _responses(listener: Listener, made: TwoContexts, sounds: np.ndarray) -> Heard:
    """Responses of the cells that see the segment, by layer, (segment, unit, lag)."""
    parts: dict[str, list[np.ndarray]] = {}
    for batch in listener.answers(sounds):
        for layer in listener.layers:
            maps = batch[layer.name]  # (segment, channel, [frequency,] time)
            cells = _cells(layer, maps.shape[-1], made.start, made.stop)
            seen = maps[..., cells]
            seen = seen if seen.ndim == 3 else seen.flatten(2, -2).amax(2)
            parts.setdefault(layer.name, []).append(seen.cpu().numpy())
    return {name: np.concatenate(values) for name, values in parts.items()}


def _filled(sounds: np.ndarray, whole: int) -> np.ndarray:
    """Sounds (sound, samples) of the one length taken, where halves of it were a sample short."""
    return np.pad(sounds, ((0, 0), (0, max(0, whole - sounds.shape[1]))))


def _cells(layer: UnitLayer, n_cells: int, start: int, stop: int) -> np.ndarray:
    """Cells whose field overlaps the segment, thinned to `_N_LAGS`; all where it is not known."""
    field = layer.known_field
    cells = np.arange(n_cells)
    if field is not None:
        first = field.offset + cells * field.jump
        cells = cells[(first < stop) & (first + field.size > start)]
    chosen = np.linspace(0, len(cells) - 1, min(len(cells), _N_LAGS)).round().astype(int)
    return np.asarray(cells[chosen])


def _windows(
    layer: UnitLayer, curves: Sequence[np.ndarray], durations: np.ndarray, rate: int
) -> LayerWindows:
    """Windows of the network, and of its twins."""
    windows = [integration_windows(curve, durations) for curve in curves]
    field = layer.known_field
    return LayerWindows(
        layer=layer.name,
        reading=layer.reading,
        field_seconds=float("nan") if field is None else field.size / rate,
        field_status=UNKNOWN if field is None else field.status,
        window_seconds=windows[0],
        correlation=curves[0],
        twin_window_seconds=np.reshape(windows[1:], (len(curves) - 1, len(windows[0]))),
    )
