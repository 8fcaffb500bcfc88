"""Reverse correlation: what of white noise the units of layers answer to. Made on request.

Spike-triggered average and covariance ask the units from outside; the Jacobian with respect to
the waveform asks their gradients. By Stein's lemma the mean Jacobian of a unit over white Gaussian
noise is its spike-triggered average, whatever ReLU or max pooling lies between.

References
----------
Chichilnisky, "A simple white noise analysis of neuronal light responses" (2001).
Schwartz, Pillow, Rust and Simoncelli, "Spike-triggered neural characterization" (2006).
Keshishian and others, "Estimating and interpreting nonlinear receptive field of sensory neural
responses with deep neural network models" (2020).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from cnnviz.analyzers._reverse_findings import layer_findings
from cnnviz.analyzers._reverse_measures import measure, of_twins
from cnnviz.hooks import borrowed
from cnnviz.parameters import Range, check_parameters
from cnnviz.probing import unit_layers
from cnnviz.probing.held_level import with_held_level
from cnnviz.probing.noise_answers import N_BLOCKS, NoisePlan
from cnnviz.probing.white_noise import noise_rms
from cnnviz.results.reverse_correlation import ReverseCorrelation, ReverseLayer
from cnnviz.untrained import untrained_twins

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.model import AudioModel
    from cnnviz.run import Run

_N_TWIN_UNITS = 32
"""Units of a twin's layer that are differentiated: they are drawn alike."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NoiseCorrelation:
    """Let units hear pairs of white Gaussian noise and its negative.

    Parameters
    ----------
    layers
        Names of layers; empty: the first four convolutions.
    level_db
        Of the noise in dBFS rms: 0 is the level of a full-scale sine.
    n_pairs
        Pairs of noise for averages and covariances.
    n_jacobians
        Sounds of noise at which each unit is differentiated.
    n_twins
        Untrained twins that hear the same.
    seed
        Of the noise, the shuffled pairings and the twins.
    """

    layers: tuple[str, ...] = ()
    level_db: Annotated[float, Range(-120, 20)] = -20.0
    n_pairs: Annotated[int, Range(2 * N_BLOCKS)] = 240
    n_jacobians: Annotated[int, Range(2 * N_BLOCKS)] = 48
    n_twins: Annotated[int, Range(0)] = 3
    seed: Annotated[int, Range(0)] = 0

    def __post_init__(self) -> None:
        check_parameters(self)

    def run(self, run: Run) -> ReverseCorrelation:
        """Measure the units of a model and of its untrained twins.

        Raises
        ------
        ParameterError
            If there is no model.
        LayerNotFoundError
            If the network has no such layer.
        UnsupportedModelError
            If hooks cannot reach a layer.
        """
        model = with_held_level(run.network, noise_rms(self.level_db))
        names = tuple(layer.name for layer in unit_layers(model, self.layers))
        n_steps, done = len(names) * (1 + self.n_twins), 0

        def measured(one: AudioModel, plan: NoisePlan) -> list[ReverseLayer]:
            nonlocal done
            found = []
            for layer in measure(one, names, plan):
                found.append(layer)
                done += 1
                run.advance(done, n_steps)
            return found

        own = measured(model, self._plan)
        with borrowed(model.network):
            twins = [
                measured(twin, replace(self._plan, n_jacobian_units=_N_TWIN_UNITS))
                for twin in untrained_twins(model, n_twins=self.n_twins, seed=self.seed)
            ]
        layers = tuple(
            replace(one, twins=of_twins([twin[k] for twin in twins])) for k, one in enumerate(own)
        )
        run.advance(n_steps, n_steps)
        return ReverseCorrelation(
            sample_rate=model.sample_rate,
            level_db=self.level_db,
            layers=layers,
            findings=tuple(
                finding for one in layers for finding in layer_findings(one, model.sample_rate)
            ),
            provenance=run.provenance(self),
        )

    @property
    def _plan(self) -> NoisePlan:
        return NoisePlan(
            rms=noise_rms(self.level_db),
            n_pairs=self.n_pairs,
            n_jacobians=self.n_jacobians,
            seed=self.seed,
        )


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every analyzer takes)
    """No report makes it unasked."""
    return ()


def in_probe(layers: tuple[str, ...]) -> tuple[Analyzer, ...]:
    """What a probe of layers runs."""
    return (NoiseCorrelation(layers=layers),)
