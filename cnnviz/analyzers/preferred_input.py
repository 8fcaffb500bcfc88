"""The sound of a fixed level that excites a unit most, by gradient ascent, as audio.

It lies in the receptive field of one cell; the unit is read before its activation function, so
that a unit which is silent has a gradient. What is reached is held against white noise and
against the best pure tone of the same root mean square. It is made on request.

References
----------
Erhan, Bengio, Courville and Vincent, "Visualizing Higher-Layer Features of a Deep Network" (2009).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import numpy as np
import torch

from cnnviz.analyzers._preferred_findings import excitation_findings
from cnnviz.dsp.preferred import restart_spectra
from cnnviz.dsp.scales import erb_spaced
from cnnviz.dsp.selectivity import class_selectivity
from cnnviz.parameters import Range, check_parameters
from cnnviz.probing import UnitLayer, stimuli, unit_layers
from cnnviz.probing.ascent import Climbed, Sphere, climb
from cnnviz.probing.one_cell import OneCell, before_activation, one_cell
from cnnviz.results.preferred_input import PreferredInput, PreferredSounds

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.run import Run

_N_NOISES, _N_TONES, _N_PHASES = 64, 64, 8
_LOWEST_HZ = 20.0
_FIRST, _SELECTIVE = "the first by number", "those of largest class selectivity (eta squared)"
_NAMED = "those that were asked for"


@dataclass(frozen=True, kw_only=True, slots=True)
class PreferredInputs:
    """Find the sounds that excite units of layers most.

    Parameters
    ----------
    layers
        Names of the layers; empty: the first convolutions.
    units
        Numbers of the units of each layer; empty: those whose mean over the run's clips tells
        classes apart best, else the first.
    n_units
        Units of each layer, at most.
    n_restarts
        Ascents of each unit, from white noise; of several the last from its best pure tone.
    n_steps
        Gradients of each ascent.
    level_db
        Root mean square of the sounds, in dB re a full-scale sine.
    highest_share
        Frequencies above this share of half the sample rate are taken out; 1: none.
    seed
        Of the noises and of the shifts.
    """

    layers: tuple[str, ...] = ()
    units: tuple[int, ...] = ()
    n_units: Annotated[int, Range(1)] = 16
    n_restarts: Annotated[int, Range(1)] = 4
    n_steps: Annotated[int, Range(1)] = 48
    level_db: float = -20.0
    highest_share: Annotated[float, Range(above=0, most=1)] = 1.0
    seed: Annotated[int, Range(0)] = 0

    def __post_init__(self) -> None:
        check_parameters(self)

    def run(self, run: Run) -> PreferredInput:
        """Climb for the chosen units, layer by layer.

        Raises
        ------
        ParameterError
            If there is no model.
        LayerNotFoundError
            If the network has no such layer.
        """
        model = run.network
        layers = unit_layers(model, self.layers)
        found = []
        for k, layer in enumerate(layers):
            with one_cell(model, before_activation(layer)) as cell:
                found.append(self._layer(run, cell))
            run.advance(k + 1, len(layers))
        return PreferredInput(
            layers=tuple(found),
            level_db=self.level_db,
            sample_rate=model.sample_rate,
            n_steps=self.n_steps,
            n_noises=_N_NOISES,
            findings=tuple(finding for one in found for finding in excitation_findings(one)),
            provenance=run.provenance(self),
        )

    def _layer(self, run: Run, cell: OneCell) -> PreferredSounds:
        """Preferred sounds of one layer, beside noises and tones."""
        unit, choice = self._choice(run, cell.layer)
        rate = run.model.sample_rate
        rms = float(stimuli.amplitude(self.level_db)) / np.sqrt(2)  # of a sine of that level
        sphere = Sphere(rms=rms, highest_share=self.highest_share)
        noise, tones = self._noise(cell, sphere)[:, unit], _tones(cell.size, rate)
        tone = cell.answers(_on(sphere, tones))[:, unit]  # (tone * phase, unit)
        climbed = self._climbed(cell, unit, sphere, tones[tone.argmax(0)])
        waveforms = climbed.sounds.reshape(len(unit), self.n_restarts, cell.size)
        activation = climbed.activations.reshape(len(unit), self.n_restarts)
        spectra = restart_spectra(waveforms, rate)
        field = cell.layer.call.time_field
        return PreferredSounds(
            layer=cell.layer.name,
            reading=cell.layer.reading,
            choice=choice,
            field_status="unknown" if field is None or cell.cell is None else field.status,
            unit=unit,
            waveform=waveforms[np.arange(len(unit)), activation.argmax(1)],
            activation=activation,
            noise_mean=noise.mean(0),
            noise_deviation=noise.std(0, ddof=1),
            tone_activation=tone.max(0),
            tone_hz=_tone_hz(rate)[tone.argmax(0) // _N_PHASES],
            frequencies_hz=spectra.frequencies_hz,
            power=spectra.power,
            power_deviation=spectra.spread,
            centre_hz=spectra.centre_hz,
            agreement=spectra.agreement,
        )

    def _choice(self, run: Run, layer: UnitLayer) -> tuple[np.ndarray, str]:
        """Which units, int64 ascending, and why these."""
        n_units = layer.n_units
        if self.units:
            named = np.unique([unit for unit in self.units if 0 <= unit < n_units])
            return named.astype(np.int64)[: self.n_units], _NAMED
        first = np.arange(min(self.n_units, n_units))
        capture = run.capture if run.has_capture else None
        if capture is None or layer.name not in getattr(capture, "layers", ()):
            return first, _FIRST
        means = capture.pooled(layer.name, "mean")
        selectivity = class_selectivity(means, np.asarray(capture.labels))
        if means.shape[1] != n_units or not np.isfinite(selectivity).any():
            return first, _FIRST
        ranking = np.argsort(-np.nan_to_num(selectivity, nan=-1.0), kind="stable")
        return np.sort(ranking[: self.n_units]), _SELECTIVE

    def _climbed(
        self, cell: OneCell, unit: np.ndarray, sphere: Sphere, tones: np.ndarray
    ) -> Climbed:
        """All restarts of all units in one batch, (unit * restart)."""
        owner = torch.from_numpy(np.repeat(unit, self.n_restarts))
        generator = np.random.default_rng(self.seed)
        start = generator.normal(size=(len(unit), self.n_restarts, cell.size))
        if self.n_restarts > 1:
            start[:, -1] = tones  # (unit, samples)
        return climb(
            lambda sounds, shift: cell.excite(sounds, owner, shift),
            start.reshape(len(owner), cell.size),
            sphere,
            n_steps=self.n_steps,
            jump=cell.jump,
            seed=self.seed,
        )

    def _noise(self, cell: OneCell, sphere: Sphere) -> np.ndarray:
        """Activations by white noises, (noise, unit)."""
        generator = np.random.default_rng([self.seed, 1])
        return cell.answers(_on(sphere, generator.normal(size=(_N_NOISES, cell.size))))


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every analyzer takes)
    """No report makes it unasked."""
    return ()


def in_probe(layers: tuple[str, ...]) -> tuple[Analyzer, ...]:
    """The instances that a probe of layers runs."""
    return (PreferredInputs(layers=layers),)


def _tone_hz(sample_rate: float) -> np.ndarray:
    """Frequencies of the tones, even on the ERB-rate scale, (tone,)."""
    return erb_spaced(_LOWEST_HZ, 0.98 * sample_rate / 2, _N_TONES)


def _tones(n_samples: int, sample_rate: float) -> np.ndarray:
    """Tones over the whole receptive field in all phases, (tone * phase, samples)."""
    turns = 2 * np.pi * np.outer(_tone_hz(sample_rate), stimuli.seconds(n_samples, sample_rate))
    phases = stimuli.even_phases(_N_PHASES)
    return np.asarray(np.sin(turns[:, None] + phases[:, None])).reshape(-1, n_samples)


def _on(sphere: Sphere, sounds: np.ndarray) -> np.ndarray:
    """Sounds (sound, samples) at the level of a sphere."""
    return sphere.nearest(torch.from_numpy(sounds)).numpy()
