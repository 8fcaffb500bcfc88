"""Clicks, harmonics and two tones: how units answer, and how far from linear they are.

Click responses show a linear unit's taps turned around. Harmonics of each unit's best tone give its
total harmonic distortion, an exponential sweep the impulse responses of harmonic orders where a
layer has a cell per audio sample, and a second tone beside the best one what it suppresses, and
which difference tones the two make. It is made on request.

References
----------
Farina, "Simultaneous measurement of impulse response and distortion with a swept-sine technique"
(2000). Sachs and Kiang, "Two-tone inhibition in auditory-nerve fibers" (1968).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np

from cnnviz.analyzers._distortion_findings import distortion_findings
from cnnviz.dsp.clicks import even_shares, peak_lags
from cnnviz.dsp.composite import Affine, Kernel, Pad
from cnnviz.hooks import borrowed
from cnnviz.model import AudioModel
from cnnviz.parameters import Range, check_parameters
from cnnviz.probing import UnitLayer, listening, unit_layers
from cnnviz.probing.best_tones import BestTones, best_tones, tone_grid
from cnnviz.probing.clicks import ClickResponse, hear_clicks
from cnnviz.probing.held_level import with_held_level
from cnnviz.probing.intermodulation import hear_intermodulation
from cnnviz.probing.periodic import why_not
from cnnviz.probing.steady_tones import (
    Harmonics,
    Suppression,
    hear_harmonics,
    hear_two_tones,
    no_harmonics,
)
from cnnviz.probing.sweeps import SweptResponse, hear_sweep, why_no_sweep
from cnnviz.probing.white_noise import noise_rms
from cnnviz.results.distortion import Distortion, SweepOrders, UnitDistortion
from cnnviz.trace import INPUT, trace
from cnnviz.untrained import untrained_twins

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.run import Run

_RATIOS = tuple(2.0 ** (k / 2) for k in range(-4, 5) if k)
_SUPPRESSED_DB = -1.0
_LINEAR = (Affine, Kernel, Pad)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Heard:
    """All answers of one network, by layer."""

    sample_rate: int
    best: Mapping[str, BestTones]
    harmonics: Mapping[str, Harmonics]
    suppression: Mapping[str, Suppression]
    clicks: Mapping[str, ClickResponse]
    sweeps: Mapping[str, SweptResponse]
    intermodulation: Mapping[str, np.ndarray]


@dataclass(frozen=True, kw_only=True, slots=True)
class DistortionOfUnits:
    """Play clicks, best tones, pairs of tones and sweeps to the units of some layers.

    A frontend that levels clips is held at the gain that it gives to noise of the tones' level:
    else a second tone would lower the first before the network hears it.

    Parameters
    ----------
    layers
        Layers whose channels are the units; empty: the first four convolutions.
    level_db
        Level of tones and sweeps in dB re a full-scale sine.
    click_level_db
        Level of clicks in dB re a sample of 1.
    second_levels_db
        Levels of the second tone re the first.
    n_tones
        Tones to choose the best from, 50 Hz to 0.89 of Nyquist in equal ratios.
    n_twins
        Untrained twins that are measured too.
    seed
        Of the twins' weights.
    """

    layers: tuple[str, ...] = ()
    level_db: float = -15.0
    click_level_db: float = 0.0
    second_levels_db: tuple[float, ...] = (-10.0, 0.0, 10.0)
    n_tones: Annotated[int, Range(1)] = 24
    n_twins: Annotated[int, Range(0)] = 3
    seed: Annotated[int, Range(0)] = 0

    def __post_init__(self) -> None:
        check_parameters(self)

    def run(self, run: Run) -> Distortion:
        """Measure the network and its untrained twins.

        Raises
        ------
        ParameterError
            If there is no model.
        LayerNotFoundError
            If the network has no such layer.
        UnsupportedModelError
            If hooks cannot reach a layer, or there is no convolution.
        """
        model = with_held_level(run.network, noise_rms(self.level_db))
        every = unit_layers(model, self.layers)
        layers = tuple(layer for layer in every if not why_not(layer))
        measured: tuple[UnitDistortion, ...] = ()
        twins: list[_Heard] = []
        if layers:
            total = 1 + self.n_twins
            own = self._hear(model, layers)
            run.advance(1, total)
            names = [layer.name for layer in layers]
            with borrowed(model.network):
                for twin in untrained_twins(model, n_twins=self.n_twins, seed=self.seed):
                    twins.append(self._hear(twin, unit_layers(twin, names), is_twin=True))
                    run.advance(1 + len(twins), total)
            measured = tuple(
                self._layer(one, own, is_linear=_is_linear(model, one), twins=twins)
                for one in layers
            )
            run.advance(total, total)
        return Distortion(
            layers=measured,
            left_out=tuple(f"{one.name}: {why_not(one)}" for one in every if why_not(one)),
            sample_rate=model.sample_rate,
            level_db=self.level_db,
            click_level_db=self.click_level_db,
            n_twins=len(twins),
            held_level_db=None if model is run.network else self.level_db,
            findings=tuple(
                finding
                for layer in measured
                for finding in distortion_findings(layer, self.level_db)
            ),
            provenance=run.provenance(self),
        )

    def _hear(
        self, model: AudioModel, layers: Sequence[UnitLayer], *, is_twin: bool = False
    ) -> _Heard:
        """Best tones, their harmonics, and pairs; clicks and sweeps of the network alone."""
        grid = tone_grid(model.sample_rate, self.n_tones)
        swept = [layer for layer in layers if not (is_twin or why_no_sweep(layer))]
        with listening(model, layers) as listener:
            best = best_tones(listener, grid, level_db=self.level_db)
            harmonics = hear_harmonics(listener, layers, best, grid, level_db=self.level_db)
            pairs = hear_two_tones(
                listener,
                layers,
                best,
                grid,
                level_db=self.level_db,
                ratios=np.array(_RATIOS),
                second_levels_db=np.array(self.second_levels_db),
            )
            return _Heard(
                sample_rate=model.sample_rate,
                best=best,
                harmonics=harmonics,
                suppression=pairs,
                clicks={}
                if is_twin
                else hear_clicks(listener, layers, level_db=self.click_level_db),
                intermodulation={}
                if is_twin
                else hear_intermodulation(listener, layers, best, grid, level_db=self.level_db),
                sweeps=hear_sweep(listener, swept, best, level_db=self.level_db) if swept else {},
            )

    def _layer(
        self, layer: UnitLayer, own: _Heard, *, is_linear: bool, twins: Sequence[_Heard]
    ) -> UnitDistortion:
        """What was heard of one layer, beside its twins."""
        name, rate = layer.name, own.sample_rate
        clicks, best = own.clicks[name], own.best[name]
        harmonics, pairs = self._harmonics(layer, own), self._pairs(layer, own)
        swept, why = own.sweeps.get(name), why_no_sweep(layer)
        left_out = [f"exponential sweep: {why or 'the network takes no sound that long'}"]
        if name not in own.harmonics:
            left_out.append("harmonics: too few cells in a period of the sounds it takes")
        if name not in own.suppression:
            left_out.append("two tones: too few cells in a period of the sounds it takes")
        field = layer.call.time_field
        assert field is not None
        grid = tone_grid(rate, self.n_tones)
        return UnitDistortion(
            layer=name,
            reading=layer.reading,
            is_linear=is_linear,
            field_seconds=float(field.size / rate),
            tone_hz=np.where(best.is_driven, grid[best.index], np.nan),
            click_seconds=clicks.lags / rate,
            click_responses=clicks.responses.astype(np.float32),
            peak_latency_seconds=peak_lags(clicks.responses, clicks.lags) / rate,
            even_share=even_shares(clicks.responses),
            beyond_field=clicks.beyond,
            harmonics=harmonics.amplitudes,
            distortion=harmonics.distortion,
            sweep=None if swept is None else _orders(swept),
            ratios=np.array(_RATIOS),
            second_levels_db=np.array(self.second_levels_db, dtype=np.float64),
            suppression_db=pairs.levels_db,
            suppressed_area=suppressed_areas(pairs.levels_db),
            reads_mean=pairs.reads_mean,
            left_out=tuple(left_out[swept is not None :]),
            intermodulation_db=own.intermodulation.get(name, np.full((layer.n_units, 2), np.nan)),
            twin_distortion=_stack([self._followed(layer, one) for one in twins], layer),
            twin_suppressed_area=_stack(
                [suppressed_areas(self._pairs(layer, one).levels_db) for one in twins], layer
            ),
        )

    def _harmonics(self, layer: UnitLayer, heard: _Heard) -> Harmonics:
        """Those of a layer; NaN where none were measured."""
        return heard.harmonics.get(layer.name) or no_harmonics(layer.n_units)

    def _followed(self, layer: UnitLayer, heard: _Heard) -> np.ndarray:
        """Distortion of the units that follow the tone more than they raise their mean, (unit,)."""
        reads_mean = self._pairs(layer, heard).reads_mean
        return np.where(reads_mean, np.nan, self._harmonics(layer, heard).distortion)

    def _pairs(self, layer: UnitLayer, heard: _Heard) -> Suppression:
        """Those of a layer; NaN where none were measured."""
        shape = (layer.n_units, len(_RATIOS), len(self.second_levels_db))
        nothing = Suppression(
            levels_db=np.full(shape, np.nan), reads_mean=np.zeros(layer.n_units, bool)
        )
        return heard.suppression.get(layer.name, nothing)


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every analyzer takes)
    """No report makes it unasked."""
    return ()


def in_probe(layers: tuple[str, ...]) -> tuple[Analyzer, ...]:
    """One measurement of all layers."""
    return (DistortionOfUnits(layers=layers),)


def suppressed_areas(levels_db: np.ndarray) -> np.ndarray:
    """Share of the measured grid that is 1 dB or more below, (unit,); NaN where nothing was."""
    known = np.isfinite(levels_db)
    n_known = known.sum(axis=(1, 2))
    n_low = (known & (np.where(known, levels_db, 0.0) <= _SUPPRESSED_DB)).sum(axis=(1, 2))
    return np.asarray(np.where(n_known > 0, n_low / np.maximum(n_known, 1), np.nan))


def _is_linear(model: AudioModel, layer: UnitLayer) -> bool:
    """Whether all steps from the waveform to what is read of a convolution are known and linear."""
    path = trace(model).path(INPUT, layer.name)
    steps = None if path is None else (*path, *layer.followers)
    return steps is not None and all(isinstance(step, _LINEAR) for step in steps)


def _orders(swept: SweptResponse) -> SweepOrders:
    sweep = swept.sweep
    n_orders = swept.responses.shape[1]
    return SweepOrders(
        lowest_hz=sweep.lowest_hz,
        highest_hz=sweep.highest_hz,
        lead_seconds=np.array([sweep.lead_seconds(n) for n in range(1, 1 + n_orders)]),
        seconds=swept.lags / sweep.sample_rate,
        responses=swept.responses.astype(np.float32),
    )


def _stack(rows: list[np.ndarray], layer: UnitLayer) -> np.ndarray:
    """(twin, unit), also of no twins."""
    return np.array(rows, dtype=np.float64).reshape(-1, layer.n_units)
