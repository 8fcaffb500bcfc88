"""Pure-tone tuning of units, measured, beside the response that their weights give.

Made on request: `cnnviz probe`. Frequency by level, over all phases (frequency response areas:
Kiang, Watanabe, Thomas and Clark, "Discharge Patterns of Single Fibers in the Cat's Auditory
Nerve", 1965).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np

from cnnviz.analyzers._computed_tuning import Computed, compare, computed_curves
from cnnviz.analyzers._tuning_findings import describe_layer
from cnnviz.dsp import tuning
from cnnviz.dsp.null import LEVEL, beyond_untrained, central_range
from cnnviz.dsp.outside import chance_outside
from cnnviz.errors import ParameterError
from cnnviz.hooks import borrowed
from cnnviz.parameters import Range, check_parameters
from cnnviz.probing import UnitLayer, unit_layers
from cnnviz.probing.held_level import with_held_level
from cnnviz.probing.tones import ToneResponses, hear_tones, tone_frequencies
from cnnviz.probing.white_noise import noise_rms
from cnnviz.results import TwinRange
from cnnviz.results.tone_tuning import LayerTuning, ToneTuning
from cnnviz.trace import shared_traces
from cnnviz.untrained import untrained_twins

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.model import AudioModel
    from cnnviz.run import Run

_CRITERION = 0.1  # of the largest response, at which a unit's threshold lies


@dataclass(frozen=True, kw_only=True, slots=True)
class PureToneTuning:
    """Responses to tones over frequency and level, thresholds, sharpness, growth.

    A frontend that levels clips is held at the gain that it gives to noise of the reference level:
    else every level would be one.

    Parameters
    ----------
    layers
        Names of layers; empty: the first four convolutions.
    n_frequencies
        In even steps on the ERB-rate scale.
    low_hz
        Lowest of them.
    levels_db
        Of the tones, dB re a full-scale sine, rising.
    reference_db
        The level at which frequencies are compared, one of `levels_db`.
    n_phases
        Of each tone, in even steps.
    n_twins
        Untrained twins that units are held against.
    seed
        Of the twins.
    """

    layers: tuple[str, ...] = ()
    n_frequencies: Annotated[int, Range(8)] = 64
    low_hz: Annotated[float, Range(1.0)] = 50.0
    levels_db: tuple[float, ...] = (-70.0, -60.0, -50.0, -40.0, -30.0, -20.0, -10.0, 0.0)
    reference_db: float = -20.0
    n_phases: Annotated[int, Range(2)] = 8
    n_twins: Annotated[int, Range(0)] = 3
    seed: int = 0

    def __post_init__(self) -> None:
        check_parameters(self)
        if self.reference_db not in self.levels_db or list(self.levels_db) != sorted(
            set(self.levels_db)
        ):
            raise ParameterError(
                f"levels_db={self.levels_db}, reference_db={self.reference_db}; allowed: rising "
                "levels, and one of them"
            )

    def run(self, run: Run) -> ToneTuning:
        """Measure units of a model, and of its untrained twins.

        Raises
        ------
        LayerNotFoundError
            If a layer is not in the network.
        UnsupportedModelError
            If there is nothing to run, or hooks cannot reach a layer.
        ParameterError
            If the lowest tone is not below the highest.
        """
        model = with_held_level(run.network, noise_rms(self.reference_db))
        frequencies = self._frequencies(model.sample_rate)
        with shared_traces(), borrowed(model.network):
            layers = unit_layers(model, self.layers)
            twins = list(untrained_twins(model, n_twins=self.n_twins, seed=self.seed))
            names, models = [layer.name for layer in layers], (model, *twins)
            own, *of_twins = (
                self._hear(run, one, names, place=k, n_models=len(models))
                for k, one in enumerate(models)
            )
            computed = computed_curves(
                model, layers, frequencies, level_db=self.reference_db, seed=self.seed
            )
        found = tuple(
            self._layer(
                layer,
                own[layer.name],
                [twin[layer.name] for twin in of_twins],
                frequencies,
                computed.get(layer.name),
            )
            for layer in layers
        )
        return ToneTuning(
            frequencies=frequencies,
            levels_db=np.array(self.levels_db),
            reference_db=self.reference_db,
            n_phases=self.n_phases,
            sample_rate=model.sample_rate,
            layers=found,
            held_level_db=None if model is run.network else self.reference_db,
            findings=tuple(f for one in found for f in describe_layer(one)),
            provenance=run.provenance(self),
        )

    def _frequencies(self, sample_rate: int) -> np.ndarray:
        return tone_frequencies(self.low_hz, sample_rate, self.n_frequencies)

    def _hear(
        self, run: Run, model: AudioModel, layers: Sequence[str], *, place: int, n_models: int
    ) -> dict[str, ToneResponses]:
        """Responses of the model or of a twin, whose layers have normalisation of their own."""
        n = self.n_frequencies
        return hear_tones(
            model,
            unit_layers(model, layers),
            frequencies=self._frequencies(model.sample_rate),
            levels_db=np.array(self.levels_db),
            n_phases=self.n_phases,
            progress=lambda done: run.advance(place * n + done, n_models * n),
        )

    def _layer(
        self,
        layer: UnitLayer,
        own: ToneResponses,
        twins: Sequence[ToneResponses],
        frequencies: np.ndarray,
        computed: Computed | None,
    ) -> LayerTuning:
        column = self.levels_db.index(self.reference_db)
        responses = np.maximum(own.peaks, 0.0)
        at_reference = responses[:, :, column]
        levels = np.array(self.levels_db)
        thresholds = _thresholds(responses, levels)
        peak = tuning.best(at_reference, frequencies)
        lowest = tuning.characteristic(thresholds, frequencies)
        top = np.argmax(at_reference, axis=1)
        growth = tuning.growth(responses[np.arange(len(top)), top], levels)
        sharpness = tuning.peak_to_mean_db(at_reference)
        of_twins = [
            tuning.peak_to_mean_db(np.maximum(one.peaks[:, :, column], 0.0)) for one in twins
        ]
        judged = beyond_untrained(sharpness, of_twins)
        heard = np.isfinite(sharpness)
        return LayerTuning(
            layer=layer.name,
            reading=layer.reading,
            is_steady=own.is_steady,
            responses=responses.astype(np.float32),
            thresholds_db=thresholds.astype(np.float32),
            best_hz=np.where(heard, peak.place, np.nan),
            width_hz=np.where(heard, peak.width, np.nan),
            characteristic_hz=lowest.place,
            threshold_db=np.where(
                np.isnan(lowest.place), np.nan, np.nanmin(_filled(thresholds), axis=1)
            ),
            q10=lowest.place / np.where(lowest.width > 0, lowest.width, np.nan),
            slope_db_per_db=growth.slope,
            range_db=growth.range_db,
            monotonicity=growth.monotonicity,
            silence=own.silence,
            peak_to_mean_db=sharpness,
            is_sharper=None if judged is None else judged[0],
            computed=compare(computed, at_reference),
            twins=_ranges(sharpness, of_twins, judged),
        )


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every analyzer's file has)
    """Sounds made for the purpose are played on request: cnnviz probe."""
    return ()


def in_probe(layers: tuple[str, ...]) -> tuple[Analyzer, ...]:
    """Every probe begins with tones."""
    return (PureToneTuning(layers=layers),)


def _thresholds(responses: np.ndarray, levels_db: np.ndarray) -> np.ndarray:
    """Iso-response contours at a share of each unit's largest response, (unit, frequency)."""
    largest = responses.max(axis=(1, 2))
    criterion = _CRITERION * np.where(largest > 0, largest, 1.0)
    return tuning.threshold_levels(responses, levels_db, criterion)


def _filled(thresholds: np.ndarray) -> np.ndarray:
    """Thresholds with something in every row, for minima without a warning."""
    empty = np.isnan(thresholds).all(axis=1, keepdims=True)
    return np.where(empty, 0.0, thresholds)


def _ranges(
    sharpness: np.ndarray, of_twins: Sequence[np.ndarray], judged: object
) -> tuple[TwinRange, ...]:
    """Numbers of the layer beside those of its twins."""
    if not of_twins or not isinstance(judged, tuple):
        return ()
    mask, expected = judged
    medians = np.array(
        [np.nanmedian(one) if np.isfinite(one).any() else np.nan for one in of_twins]
    )
    low, high = central_range(medians)
    chance = chance_outside(int(np.isfinite(medians).sum()))
    median = float(np.nanmedian(sharpness)) if np.isfinite(sharpness).any() else np.nan
    return (
        TwinRange(
            name="sharper units",
            value=float(np.count_nonzero(mask)),
            low=expected.low,
            high=expected.high,
            chance=LEVEL if len(of_twins) > 1 else None,
        ),
        TwinRange(name="median peak over mean", value=median, low=low, high=high, chance=chance),
    )
