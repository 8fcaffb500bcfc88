"""Names of units: the sounds of a vocabulary that each tells from all others.

Every unit hears several exemplars of each word: tones, noises and chirps in bands, modulations,
harmonic complexes, vowels, clicks, onsets, offsets, silence. A unit has a name where its responses
tell a word apart, and better than those of untrained twins do; else it is unnamed. It is read by
the mean over the cells that see no ramp, for chirps, clicks, onsets and offsets by the peak. It is
made on request.

References
----------
Bau, Zhou, Khosla, Oliva and Torralba, "Network Dissection" (2017), for naming units by concepts;
Green and Swets, "Signal Detection Theory and Psychophysics" (1966).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

import numpy as np

from cnnviz.analyzers._naming import (
    Candidates,
    calibrate,
    count_named_twins,
    find_candidates,
    name_units,
)
from cnnviz.analyzers._naming_findings import naming_findings
from cnnviz.hooks import borrowed
from cnnviz.parameters import Range, check_parameters
from cnnviz.probing import UnitLayer, unit_layers
from cnnviz.probing.vocabulary import Word, vocabulary
from cnnviz.probing.word_responses import (
    WordResponses,
    hear_words,
    sound_length,
    steady_seconds,
)
from cnnviz.probing.word_sounds import N_EXEMPLARS
from cnnviz.results.unit_names import LayerNames, UnitNames
from cnnviz.untrained import untrained_twins

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.run import Run

_ENOUGH_UNTRAINED = 120
_MOST_TWINS = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitNaming:
    """Name the units of layers by the sounds they tell apart.

    Parameters
    ----------
    layers
        Names of layers; none: the first four convolutions.
    n_twins
        Untrained twins to hold units against; more where layers have so few units that 120
        untrained ones need more, up to 16.
    seed
        Of the exemplars and of the twins.
    """

    layers: tuple[str, ...] = ()
    n_twins: Annotated[int, Range(0)] = 8
    seed: Annotated[int, Range(0)] = 0

    def __post_init__(self) -> None:
        check_parameters(self)

    def run(self, run: Run) -> UnitNames:
        """Hear the vocabulary with the network and with its untrained twins.

        Raises
        ------
        ParameterError
            If there is no model.
        LayerNotFoundError
            If the network has no such layer.
        UnsupportedModelError
            If hooks cannot reach a layer.
        """
        model = run.network
        layers = unit_layers(model, self.layers)
        n_samples = sound_length(model, layers)
        words = vocabulary(model.sample_rate, steady_seconds(n_samples, model.sample_rate))
        own, twins = self._heard(run, layers, words, n_samples)
        named = tuple(
            _named(layer, words, own[layer.name], [twin[layer.name] for twin in twins])
            for layer in layers
        )
        return UnitNames(
            sample_rate=model.sample_rate,
            n_samples=n_samples,
            n_exemplars=N_EXEMPLARS,
            words=tuple(word.name for word in words),
            families=tuple(word.family for word in words),
            low_hz=np.array([word.low_hz or np.nan for word in words]),
            high_hz=np.array([word.high_hz or np.nan for word in words]),
            layers=named,
            findings=tuple(one for layer in named for one in naming_findings(layer, words)),
            provenance=run.provenance(self),
        )

    def _heard(
        self, run: Run, layers: Sequence[UnitLayer], words: Sequence[Word], n_samples: int
    ) -> tuple[Mapping[str, WordResponses], list[Mapping[str, Candidates]]]:
        """Responses of the network, and what its twins tell apart, by layer."""
        model, twins = run.network, list[Mapping[str, Candidates]]()
        n_twins = self.n_twins and twins_needed(layers, self.n_twins)
        hear = partial(hear_words, layers=layers, words=words, n_samples=n_samples, seed=self.seed)
        with borrowed(model.network):
            own = hear(model)
            run.advance(1, n_twins + 1)
            for twin in untrained_twins(model, n_twins=n_twins, seed=self.seed):
                heard = hear(twin)
                twins.append({name: find_candidates(one, words) for name, one in heard.items()})
                run.advance(len(twins) + 1, n_twins + 1)
        return own, twins


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every analyzer takes)
    """No report makes it unasked."""
    return ()


def in_probe(layers: tuple[str, ...]) -> tuple[Analyzer, ...]:
    """A probe names the units of its layers."""
    return (UnitNaming(layers=layers),)


def twins_needed(layers: Sequence[UnitLayer], n_twins: int) -> int:
    """So many that the smallest layer has enough untrained units, within bounds."""
    fewest = max(1, min(layer.n_units for layer in layers))
    return max(n_twins, min(-(-_ENOUGH_UNTRAINED // fewest), _MOST_TWINS))


def _named(
    layer: UnitLayer,
    words: Sequence[Word],
    own: WordResponses,
    twins: Sequence[Candidates],
) -> LayerNames:
    """Names of the units of a layer, and what they are held against."""
    families = np.unique([word.family for word in words], return_inverse=True)[1]
    directed = np.array(["chirp" in word.family for word in words])
    found, calibration = find_candidates(own, words), calibrate(twins, families)
    named = name_units(found, calibration, directed)
    scores = [calibration.scores(twin).max(axis=1) for twin in twins]
    return LayerNames(
        layer=layer.name,
        reading=layer.reading,
        has_interior=own.has_interior,
        word_index=named.best,
        runner_up_index=named.runner_up,
        auroc=found.auroc.astype(np.float32),
        d_prime=found.d_prime.astype(np.float32),
        q_value=found.q_value.astype(np.float32),
        score=named.score,
        limit=calibration.limit,
        twin_scores=np.reshape(scores, (len(twins), len(named.score))),
        twin_counts=count_named_twins(twins, families),
    )
