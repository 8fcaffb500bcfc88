"""Additive surrogate: what each part adds to the score, by switching parts on and off at random.

The parts are bands within stretches of time: cells of the STFT (Hann window of about 32 ms,
frames that overlap by three quarters) with edges of 10 ms and of half a band, which sum to the
clip. Those that are on are resynthesised with the dual window, and a linear model is fitted to
the scores. Its R^2 on further draws says how far the score is a sum over the parts at all; the
map error is the distance from the map of half the draws, about as large as the standard error
of the whole map. A report does not run it by itself: it is made on request.

References
----------
Ribeiro, Singh and Guestrin, "Why Should I Trust You? Explaining the Predictions of Any
Classifier" (2016). Mishra, Sturm and Dixon, "Local Interpretable Model-Agnostic Explanations for
Music Content Analysis" (2017). Haunschmid, Manilow and Widmer, "audioLIME: Listenable
Explanations Using Source Separation" (2020). Lundberg and Lee, "A Unified Approach to
Interpreting Model Predictions" (2017).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np

from cnnviz.attribution.additive import (
    Additive,
    explained_share,
    fair_draws,
    fit_shapley,
    fit_weighted,
    proximity,
    shapley_draws,
)
from cnnviz.attribution.explanation import Explanation
from cnnviz.attribution.perturbed import Patches, audio_samples, falls, half_distance, sound_of
from cnnviz.parameters import Range
from cnnviz.results.clip_relevance import CellRelevance

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.attribution.target_scores import TargetScores
    from cnnviz.run import Run

_TESTED, _FEWEST_TESTED, _WIDTH = 5, 20, 0.25


@dataclass(frozen=True, kw_only=True, slots=True)
class Surrogate(Explanation):
    """Explain a few clips by a linear model of which of their parts are on.

    Parameters
    ----------
    n_perturbations
        Sounds that the model is fitted to; a fifth as many more, 20 at least, test it.
    segment_ms
        Length of a part in ms; the last one may be cut by the end of the clip.
    n_bands
        Bands of frequency, equally wide in ERBs from 0 Hz to half the sample rate.
    weighting
        ``"kernel_shap"``: the coefficients estimate Shapley values and sum to the score less
        that of silence; ``"proximity"``: LIME's, sounds count as they are near to the clip,
        exp(-d^2 / 0.25^2) of the cosine distance d of parts that are on.
    ridge
        Penalty on squared coefficients, relative to the summed weights of the sounds.
    seed
        Of what is on; each clip gets the same draws.
    """

    n_perturbations: Annotated[int, Range(20)] = 1000
    segment_ms: Annotated[float, Range(above=0)] = 100.0
    n_bands: Annotated[int, Range(2)] = 6
    weighting: Literal["kernel_shap", "proximity"] = "kernel_shap"
    ridge: Annotated[float, Range(0)] = 1e-4
    seed: int = 0

    def coarser(self) -> Surrogate | None:
        """A quarter of the perturbations."""
        n = self.n_perturbations // 4
        return None if n < 20 else replace(self, n_perturbations=n)

    def relevance(self, scores: TargetScores, clip: int) -> CellRelevance:
        """What each part adds."""
        sound = sound_of(scores, clip)
        segment = audio_samples(self.segment_ms, scores.sample_rate)
        patches = Patches(
            n_samples=len(sound),
            sample_rate=scores.sample_rate,
            length=segment,
            hop=segment,
            n_bands=self.n_bands,
        )
        ends = {
            "off": float(scores.baseline_scores[clip]),
            "on": float(scores.clip_scores[clip]),
        }
        draws = self._draws(int(np.prod(patches.shape)))
        sounds = patches.mixed(sound, draws.reshape(len(draws), *patches.shape))
        values = ends["on"] - falls(scores, clip, sounds)
        fitted, tested = (slice(0, 2 * (self.n_perturbations // 2)), slice(-self._n_tested, None))
        models = [
            self._fit(draws[fitted][rows], values[fitted][rows], **ends)
            for rows in _halves(len(draws[fitted]))
        ]
        model = self._fit(draws[fitted], values[fitted], **ends)
        is_shapley = self.weighting == "kernel_shap"
        return CellRelevance(
            domain="patches",
            values=model.coefficients.reshape(patches.shape),
            grid=patches.grid,
            expected=ends["on"] - ends["off"] if is_shapley else None,
            map_error=half_distance(*(half.coefficients for half in models)),
            fit=explained_share(model, draws[tested], values[tested], self._weights(draws[tested])),
            n_steps=len(draws),
        )

    @property
    def _n_tested(self) -> int:
        """Draws that the model is tested on."""
        return 2 * (max(_FEWEST_TESTED, self.n_perturbations // _TESTED) // 2)

    def _draws(self, n_cells: int) -> np.ndarray:
        """What is on, (draw, cell): to fit, then to test."""
        generator = np.random.default_rng(self.seed)
        draw = shapley_draws if self.weighting == "kernel_shap" else fair_draws
        return np.concatenate(
            [draw(n, n_cells, generator) for n in (self.n_perturbations, self._n_tested)]
        )

    def _weights(self, draws: np.ndarray) -> np.ndarray:
        """What each draw counts; those of KernelSHAP are drawn as often as they count."""
        if self.weighting == "kernel_shap":
            return np.ones(len(draws))
        return proximity(draws, _WIDTH)

    def _fit(self, draws: np.ndarray, values: np.ndarray, *, off: float, on: float) -> Additive:
        if self.weighting == "kernel_shap":
            return fit_shapley(draws, values, off=off, on=on, ridge=self.ridge)
        return fit_weighted(draws, values, self._weights(draws), ridge=self.ridge)


def _halves(n_draws: int) -> tuple[np.ndarray, np.ndarray]:
    """Every other pair of draws, and the rest; bool (draw,) each."""
    is_first = np.arange(n_draws) // 2 % 2 == 0
    return is_first, ~is_first


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (one signature)
    """Nothing: it is made on request."""
    return ()
