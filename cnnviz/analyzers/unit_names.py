"""Names of units: the sounds of a vocabulary that each tells from all others.

Every unit hears twelve exemplars of each word: tones, noises and chirps in bands, modulations,
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
from typing import TYPE_CHECKING, Annotated

import numpy as np
from scipy import stats

from cnnviz.analyzers import _naming
from cnnviz.analyzers._naming_findings import naming_findings
from cnnviz.dsp.detection import Detection
from cnnviz.hooks import borrowed
from cnnviz.parameters import Range, check_parameters
from cnnviz.probing import UnitLayer, unit_layers
from cnnviz.probing.vocabulary import Word, vocabulary
from cnnviz.probing.word_responses import (
    WordResponses,
    hear_words,
    prefers_direction,
    sound_length,
    steady_seconds,
    tell_words,
)
from cnnviz.probing.word_sounds import N_EXEMPLARS
from cnnviz.results.unit_names import LayerNames, UnitNames
from cnnviz.untrained import untrained_twins

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.model import AudioModel
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
    n_twins: Annotated[int, Range(0)] = 3
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
        own, *twins = self._heard(run, model, layers, words, n_samples)
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
        self,
        run: Run,
        model: AudioModel,
        layers: Sequence[UnitLayer],
        words: Sequence[Word],
        n_samples: int,
    ) -> list[Mapping[str, WordResponses]]:
        """Responses of the network, then of its twins, by layer."""
        n_twins = self.n_twins and _twins_needed(layers, self.n_twins)
        heard = []
        with borrowed(model.network):
            for network in (model, *untrained_twins(model, n_twins=n_twins, seed=self.seed)):
                heard.append(
                    hear_words(network, layers, words, n_samples=n_samples, seed=self.seed)
                )
                run.advance(len(heard), n_twins + 1)
        return heard


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every analyzer takes)
    """No report makes it unasked."""
    return ()


def in_probe(layers: tuple[str, ...]) -> tuple[Analyzer, ...]:
    """A probe names the units of its layers."""
    return (UnitNaming(layers=layers),)


def _twins_needed(layers: Sequence[UnitLayer], n_twins: int) -> int:
    """So many that the smallest layer has enough untrained units, within bounds."""
    fewest = max(1, min(layer.n_units for layer in layers))
    return max(n_twins, min(-(-_ENOUGH_UNTRAINED // fewest), _MOST_TWINS))


def _named(
    layer: UnitLayer,
    words: Sequence[Word],
    own: WordResponses,
    twins: Sequence[WordResponses],
) -> LayerNames:
    """Names of the units of a layer, and what they are held against."""
    kinds = list(dict.fromkeys(word.family for word in words))
    families = np.array([kinds.index(word.family) for word in words])
    found = tell_words(own, words)
    untrained = [_candidates(one, words) for one in twins]
    calibration = _naming.calibrate(untrained, families)
    directed = np.array(["chirp" in word.family for word in words])
    named = _naming.name_units(_candidates(own, words, found), calibration, directed)
    return LayerNames(
        layer=layer.name,
        reading=layer.reading,
        has_interior=own.has_interior,
        word_index=named.best,
        runner_up_index=named.runner_up,
        auroc=found.auroc.astype(np.float32),
        d_prime=found.d_prime.astype(np.float32),
        q_value=_rates(found).astype(np.float32),
        score=named.score,
        limit=calibration.limit,
        twin_scores=np.stack([_naming.name_units(one, calibration).score for one in untrained])
        if untrained
        else np.empty((0, len(named.score))),
        twin_counts=_naming.count_named_twins(untrained, families),
    )


def _candidates(
    responses: WordResponses, words: Sequence[Word], found: Detection | None = None
) -> _naming.Candidates:
    """Words that units tell apart."""
    found = found or tell_words(responses, words)
    is_told = (found.auroc > _naming.LEAST_AUROC) & (_rates(found) < _naming.LEVEL)
    return _naming.Candidates(
        auroc=found.auroc,
        d_prime=found.d_prime,
        allowed=is_told & prefers_direction(responses, words),
    )


def _rates(found: Detection) -> np.ndarray:
    """False discovery rates over units and words (Benjamini and Hochberg, 1995)."""
    rates = stats.false_discovery_control(found.p_value.ravel())
    return np.asarray(rates).reshape(found.p_value.shape)
