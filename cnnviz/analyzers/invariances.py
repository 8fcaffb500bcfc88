"""How much units care about shift, polarity, level, pitch, speed and direction of a sound.

Sounds are excerpts of the run's clips, else mixtures of noise and a chord. The response of a unit
is its mean over all cells. What a change does to it is held against what another sound does, and
against untrained twins of the network. It is made on request.

References
----------
Goodfellow, Le, Saxe, Lee and Ng, "Measuring Invariances in Deep Networks" (2009); Zhang, "Making
Convolutional Networks Shift-Invariant Again" (2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import numpy as np

from cnnviz.analyzers._invariance_findings import aliasing_findings, count_findings
from cnnviz.dsp.invariance import aliasing_index, gain_exponents, gain_ratios, invariance_index
from cnnviz.parameters import Range, check_parameters
from cnnviz.probing import Listener, UnitLayer, listening, unit_layers
from cnnviz.probing.beside_twins import beside_twins
from cnnviz.probing.changes import CHANGES, GAINS_DB, SLACK, changed, in_silence, shifts_below
from cnnviz.probing.excerpts import excerpts
from cnnviz.probing.listening import takes
from cnnviz.results.invariances import Invariances, LayerInvariances

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.model import AudioModel
    from cnnviz.run import Run

_N_SHIFTS = 8
_SHIFT = "shift"
_IS_GAIN = [change.family == "gain" for change in CHANGES]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Lengths:
    """Audio samples of a sound, of the silence before it, and of both and that behind it."""

    sound: int
    margin: int
    whole: int


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitInvariances:
    """Measure what changes of a sound do to the units of layers.

    Parameters
    ----------
    layers
        Names of the layers; empty: the first convolutions.
    n_sounds
        Sounds that are changed, at most.
    sound_seconds
        Of each, at most; clips may be shorter.
    n_twins
        Untrained twins that hear the same sounds; 0: nothing is held against them.
    seed
        Of the choice of clips, and of the twins.
    """

    layers: tuple[str, ...] = ()
    n_sounds: Annotated[int, Range(2)] = 16
    sound_seconds: Annotated[float, Range(above=0)] = 1.0
    n_twins: Annotated[int, Range(0)] = 3
    seed: Annotated[int, Range(0)] = 0

    def __post_init__(self) -> None:
        check_parameters(self)

    def run(self, run: Run) -> Invariances:
        """Let the network and its twins hear each sound and its changes.

        Raises
        ------
        ParameterError
            If there is no model.
        LayerNotFoundError
            If the network has no such layer.
        """
        model = run.network
        layers = unit_layers(model, self.layers)
        lengths = _lengths(model, layers, self.sound_seconds, _clip_samples(run))
        sounds = excerpts(
            run,
            n_sounds=self.n_sounds,
            n_samples=int(np.ceil(SLACK * lengths.sound)),
            seed=self.seed,
        )
        with beside_twins(
            model, layers, n_twins=self.n_twins, seed=self.seed, n_samples=lengths.whole
        ) as listeners:
            heard = self._heard(run, listeners, sounds.waveforms, lengths)
        shifts = _all_shifts(layers)
        found = tuple(
            _measure(layer, [one[layer.name] for one in heard], shifts) for layer in layers
        )
        result = Invariances(
            families=(_SHIFT, *(change.family for change in CHANGES)),
            amounts=np.array([np.nan, *(change.amount for change in CHANGES)]),
            layers=found,
            source=sounds.source,
            n_sounds=len(sounds.waveforms),
            n_samples=lengths.sound,
            sample_rate=model.sample_rate,
            provenance=run.provenance(self),
        )
        findings = (*count_findings(result), *aliasing_findings(result))
        return replace(result, findings=findings)

    def _heard(
        self,
        run: Run,
        listeners: Sequence[Listener],
        sounds: np.ndarray,
        lengths: _Lengths,
    ) -> list[dict[str, np.ndarray]]:
        """Responses of each network by layer, (sound, 1 + change + shift, unit)."""
        rate = listeners[0].model.sample_rate
        shifts = _all_shifts(listeners[0].layers)
        heard: list[dict[str, list[np.ndarray]]] = [{} for _ in listeners]
        for k, excerpt in enumerate(sounds):
            made = changed(excerpt, CHANGES, n_samples=lengths.sound, sample_rate=rate)
            made = in_silence(made, n_samples=lengths.whole, start=lengths.margin)
            shifted = [np.roll(made[0], shift) for shift in shifts]
            every = np.concatenate([made, np.reshape(shifted, (len(shifts), -1))])
            for answers, listener in zip(heard, listeners, strict=True):
                for name, values in _responses(listener, every).items():
                    answers.setdefault(name, []).append(values)
            run.advance(k + 1, len(sounds))
        return [{name: np.stack(rows) for name, rows in one.items()} for one in heard]


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every analyzer takes)
    """No report makes it unasked."""
    return ()


def in_probe(layers: tuple[str, ...]) -> tuple[Analyzer, ...]:
    """The instances that a probe of layers runs."""
    return (UnitInvariances(layers=layers),)


def _clip_samples(run: Run) -> int | None:
    """Audio samples of the run's clips; None without any."""
    return getattr(run.capture, "n_samples", None) if run.has_capture else None


def _lengths(
    model: AudioModel, layers: Sequence[UnitLayer], sound_seconds: float, clip: int | None
) -> _Lengths:
    """Room for a sound and a receptive field before and behind it, as far as the network allows."""
    sound = max(2, round(sound_seconds * model.sample_rate))
    sound = sound if clip is None else min(sound, int(clip / SLACK))
    known = [field for layer in layers if (field := layer.known_field)]
    margin = min(int(max((f.size + f.jump for f in known), default=0)), sound)
    whole = sound + 2 * margin
    with listening(model, layers, n_samples=whole) as listener:
        if takes(listener, whole):
            return _Lengths(sound=sound, margin=margin, whole=whole)
    whole = model.n_samples or model.sample_rate
    margin = min(margin, whole // 4)
    return _Lengths(sound=min(sound, whole - 2 * margin), margin=margin, whole=whole)


def _responses(listener: Listener, sounds: np.ndarray) -> dict[str, np.ndarray]:
    """Mean of each unit over its cells, by layer, float64 (sound, unit)."""
    parts: dict[str, list[np.ndarray]] = {}
    for batch in listener.answers(sounds):
        for name, maps in batch.items():
            means = maps.double().flatten(2).mean(2)  # (sound, unit)
            parts.setdefault(name, []).append(means.cpu().numpy())
    return {name: np.concatenate(values) for name, values in parts.items()}


def _own_shifts(layer: UnitLayer) -> np.ndarray:
    """Shifts below the jump of a layer; none where it is not known."""
    field = layer.known_field
    if field is None:
        return np.empty(0, dtype=np.int64)
    return shifts_below(field.jump, _N_SHIFTS)


def _all_shifts(layers: Sequence[UnitLayer]) -> np.ndarray:
    return np.unique(np.concatenate([_own_shifts(layer) for layer in layers])).astype(np.int64)


def _measure(layer: UnitLayer, heard: Sequence[np.ndarray], shifts: np.ndarray) -> LayerInvariances:
    """Indices of one layer from the responses of the network, and then of each twin."""
    own = np.flatnonzero(np.isin(shifts, _own_shifts(layer))) + 1 + len(CHANGES)
    indices = [_index(one, own) for one in heard]
    aliasing = [_aliasing(one, own) for one in heard]
    first, n_units = heard[0], heard[0].shape[2]
    ratios = gain_ratios(first[:, 0], first[:, 1 : 1 + len(CHANGES)][:, _IS_GAIN])
    field = layer.known_field
    return LayerInvariances(
        layer=layer.name,
        reading=layer.reading,
        jump=float("nan") if field is None or not len(own) else float(field.jump),
        index=indices[0],
        aliasing=aliasing[0],
        gain_ratio=ratios,
        gain_exponent=gain_exponents(ratios, np.array(GAINS_DB)),
        twin_index=np.reshape(indices[1:], (len(heard) - 1, *indices[0].shape)),
        twin_aliasing=np.reshape(aliasing[1:], (len(heard) - 1, n_units)),
    )


def _index(responses: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Index of shifts as one change, then of each other change, (unit, 1 + change)."""
    own = responses[:, 0]  # (sound, unit)
    others = invariance_index(own, responses[:, 1 : 1 + len(CHANGES)])
    if len(shifts) < 2:
        return np.column_stack([np.full(len(others), np.nan), others])
    shifted = invariance_index(own, responses[:, shifts[1:]]).mean(1)  # the first is no shift
    return np.column_stack([shifted, others])


def _aliasing(responses: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Spread over shifts, (unit,); NaN where the jump is not known."""
    if not len(shifts):
        return np.full(responses.shape[2], np.nan)
    return aliasing_index(responses[:, shifts])
