"""Composite responses of units under every policy for nonlinear steps, beside measured tuning.

Made on request: `cnnviz probe`. On a linear path all policies agree; where they differ, the
measurement says which describes the layer.

References
----------
Bussgang, "Crosscorrelation functions of amplitude-distorted Gaussian signals" (1952).
Gelb and Vander Velde, "Multiple-Input Describing Functions and Nonlinear System Design" (1968).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np

from cnnviz.analyzers._computed_tuning import against_others
from cnnviz.analyzers._path_findings import layer_findings
from cnnviz.analyzers._path_policies import Found, PathPlan, of_layers
from cnnviz.dsp import tuning
from cnnviz.hooks import borrowed
from cnnviz.parameters import Range, check_parameters
from cnnviz.probing import UnitLayer, unit_layers
from cnnviz.probing.held_level import with_held_level
from cnnviz.probing.stimuli import amplitude
from cnnviz.probing.tones import hear_tones, tone_frequencies
from cnnviz.probing.white_noise import noise_rms
from cnnviz.results.path_responses import (
    POLICIES,
    AbsentPolicy,
    LayerPaths,
    PathResponses,
    PolicyCurves,
)
from cnnviz.trace import shared_traces

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.model import AudioModel
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class PathPolicies:
    """Compute responses over frequency under every policy, and measure them.

    A frontend that levels clips is held at the gain that it gives to noise of this level.

    Parameters
    ----------
    layers
        Names of layers; empty: the first four convolutions.
    n_frequencies
        In even steps on the ERB-rate scale.
    low_hz
        Lowest of them.
    level_db
        Of the tones in dB re a full-scale sine, and of the noise in dBFS rms.
    n_phases
        Of each tone, in even steps.
    n_jacobians
        Sounds of noise at which each unit is differentiated.
    seed
        Of the noise.
    """

    layers: tuple[str, ...] = ()
    n_frequencies: Annotated[int, Range(8)] = 64
    low_hz: Annotated[float, Range(1.0)] = 50.0
    level_db: Annotated[float, Range(-120, 20)] = -20.0
    n_phases: Annotated[int, Range(2)] = 8
    n_jacobians: Annotated[int, Range(2)] = 24
    seed: Annotated[int, Range(0)] = 0

    def __post_init__(self) -> None:
        check_parameters(self)

    def run(self, run: Run) -> PathResponses:
        """Compute and measure the units of a model.

        Raises
        ------
        LayerNotFoundError
            If a layer is not in the network.
        UnsupportedModelError
            If there is nothing to run, or hooks cannot reach a layer.
        ParameterError
            If the lowest tone is not below the highest.
        """
        model = with_held_level(run.network, noise_rms(self.level_db))
        plan = self._plan(model)
        with shared_traces(), borrowed(model.network):
            layers = unit_layers(model, self.layers)
            heard = hear_tones(
                model,
                layers,
                frequencies=plan.frequencies,
                levels_db=np.array([self.level_db]),
                n_phases=self.n_phases,
            )
            n_steps = len(layers) + 1
            run.advance(1, n_steps)
            computed = of_layers(model, layers, plan, done=lambda n: run.advance(1 + n, n_steps))
        found = tuple(
            _layer(one, np.maximum(heard[one.name].peaks[:, :, 0], 0.0), computed[one.name])
            for one in layers
        )
        return PathResponses(
            frequencies=plan.frequencies,
            level_db=self.level_db,
            sample_rate=model.sample_rate,
            layers=found,
            findings=tuple(f for one in found for f in layer_findings(one, len(found))),
            provenance=run.provenance(self),
        )

    def _plan(self, model: AudioModel) -> PathPlan:
        return PathPlan(
            frequencies=tone_frequencies(self.low_hz, model.sample_rate, self.n_frequencies),
            amplitude=float(amplitude(self.level_db)),
            rms=noise_rms(self.level_db),
            n_jacobians=self.n_jacobians,
            seed=self.seed,
        )


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every analyzer's file has)
    """Sounds made for the purpose are played on request: cnnviz probe."""
    return ()


def in_probe(layers: tuple[str, ...]) -> tuple[Analyzer, ...]:
    """Part of every probe."""
    return (PathPolicies(layers=layers),)


def _layer(layer: UnitLayer, measured: np.ndarray, computed: Found) -> LayerPaths:
    told = {name: computed[name] for name in POLICIES}
    return LayerPaths(
        layer=layer.name,
        reading=layer.reading,
        measured=measured.astype(np.float32),
        policies=tuple(
            _curves(name, gains, measured)
            for name, gains in told.items()
            if isinstance(gains, np.ndarray)
        ),
        absent=tuple(
            AbsentPolicy(policy=name, reason=reason)
            for name, reason in told.items()
            if isinstance(reason, str)
        ),
    )


def _curves(policy: str, gains: np.ndarray, measured: np.ndarray) -> PolicyCurves:
    """A policy's curves beside the measured ones of units that both have a response of."""
    known = np.asarray((measured > 0).any(axis=1) & (gains > 0).any(axis=1))
    levels, heard = tuning.decibels(gains), tuning.decibels(measured)
    own = tuning.curve_differences(heard, levels)
    return PolicyCurves(
        policy=policy,
        levels_db=levels.astype(np.float32),
        difference_db=np.where(known, own, np.nan),
        other_difference_db=against_others(heard, levels, known),
    )
