"""Filters at the waveform as Gabor, gammatone, windowed sinc, moving average or derivative.

Each filter is fitted by every family, and called by the one of least AIC among those that fit it
better than shuffled filters of the same length and concentration. How many are called so stands
beside the count of untrained twins. Made on request: it takes seconds.

References
----------
Gabor, "Theory of communication" (1946); Patterson, Nimmo-Smith, Holdsworth and Rice, "An efficient
auditory filterbank based on the gammatone function" (1987); Akaike, "A new look at the
statistical model identification" (1974).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

import numpy as np

from cnnviz.analyzers import _fit_findings
from cnnviz.dsp import fits
from cnnviz.dsp.fits import chance
from cnnviz.dsp.null import LEVEL
from cnnviz.filterbanks.own_parameters import read_own_parameters
from cnnviz.filterbanks.waveform_layer import read_waveform_layer
from cnnviz.parameters import Range, check_parameters
from cnnviz.results import TwinRange
from cnnviz.results.filter_fits import NONE, FamilyFit, FilterFits

if TYPE_CHECKING:
    from cnnviz.analyzer import Analyzer
    from cnnviz.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class ParametricFits:
    """Fit the filters of a layer at the waveform by families of a few parameters.

    Parameters
    ----------
    layer
        Name of a convolution; None: the first that is no front end.
    n_filters
        The most energetic filters are fitted, so many at most.
    n_untrained
        Untrained filters to fit beside them at least, and three banks.
    seed
        Of untrained and shuffled filters.
    init
        File of the weights that training began with; empty: those that are kept, if any.
    """

    layer: str | None = None
    n_filters: Annotated[int, Range(1)] = 64
    n_untrained: Annotated[int, Range(1)] = 100
    seed: Annotated[int, Range(0)] = 0
    init: str = ""

    def __post_init__(self) -> None:
        check_parameters(self)

    def run(self, run: Run) -> FilterFits:
        """Fit filters; the capture is needed for nothing but provenance.

        Raises
        ------
        ParameterError
            If no model is given.
        ModelLoadError
            If weights are not finite, there is no convolution, or `init` does not fit.
        LayerNotFoundError
            If the name is not that of a convolution.
        UnsupportedModelError
            If the layer cannot be brought to the waveform, or has fewer than ten taps there.
        """
        layer = read_waveform_layer(
            run.model, self.layer, least_untrained=self.n_untrained, seed=self.seed, init=self.init
        )
        index = _most_energetic(layer.taps, self.n_filters)
        taps = layer.taps[index]
        twins = [bank[_most_energetic(bank, self.n_filters)] for bank in layer.twins]
        found = fits.fit_families(taps)
        shuffled = chance.fit_shuffled(np.concatenate([taps, *twins]), seed=self.seed)
        limits = chance.limits(taps, shuffled)
        chosen = fits.choose(chance.stacked(found), limits, taps.shape[1])
        of_twins = [
            _choose_twin(bank, shuffled, (k + 1) * len(taps)) for k, bank in enumerate(twins)
        ]
        of_families = _family_fits(found, limits, (chosen, *of_twins), layer.sample_rate)
        return FilterFits(
            layer=layer.layer,
            sample_rate=layer.sample_rate,
            n_filters=len(layer.taps),
            filter_index=index,
            taps=taps.astype(np.float32),
            fitted=_best_taps(found, chosen),
            chosen=tuple(NONE if k < 0 else of_families[k].family for k in chosen),
            fits=of_families,
            null=layer.null,
            is_own=layer.is_own,
            n_untrained=sum(map(len, twins)),
            own=tuple(
                replace(each, values=each.values[index])
                for each in read_own_parameters(run.model, layer.layer, layer.taps)
            ),
            findings=_fit_findings.describe(layer, of_families, chosen),
            provenance=run.provenance(self),
        )


def in_report(run: Run) -> tuple[Analyzer, ...]:  # noqa: ARG001 (what every analyzer's file has)
    """Fitting takes seconds: on request."""
    return ()


def _most_energetic(taps: np.ndarray, n_filters: int) -> np.ndarray:
    """The filters of the most energy, in rising order of their number."""
    order = np.argsort(-np.square(taps).sum(axis=1), kind="stable")
    return np.sort(order[:n_filters])


def _choose_twin(bank: np.ndarray, shuffled: chance.Shuffled, first: int) -> np.ndarray:
    """Families of an untrained bank's filters, by the same rule, (filter,)."""
    limits = chance.limits(bank, shuffled, first=first)
    return fits.choose(chance.stacked(fits.fit_families(bank)), limits, bank.shape[1])


def _family_fits(
    found: tuple[fits.Fit, ...],
    limits: np.ndarray,
    chosen: Sequence[np.ndarray],
    sample_rate: float,
) -> tuple[FamilyFit, ...]:
    """Fits with their limits, and parameters in Hz and seconds; the first choice is the bank's."""
    n_filters, made = limits.shape[1], []
    for k, (name, family) in enumerate(fits.FAMILIES.items()):
        fit = found[k]
        own, *of_twins = (int((index == k).sum()) for index in chosen)
        low, high = chance.expect_count(np.array(of_twins), n_filters, n_filters)
        units = [_in_units(each.unit, sample_rate) for each in family.parameters]
        made.append(
            FamilyFit(
                family=name,
                r2=fit.r2,
                limit=limits[k],
                aic=fits.aic(fit.r2, fit.fitted.shape[1], len(family.parameters)),
                names=tuple(each.name for each in family.parameters),
                units=tuple(unit for _, unit in units),
                values=fit.values * np.array([factor for factor, _ in units]),
                count=TwinRange(name=name, value=own, low=low, high=high, chance=LEVEL),
            )
        )
    return tuple(made)


def _in_units(unit: str, sample_rate: float) -> tuple[float, str]:
    """Factor from taps to Hz or seconds, and the unit."""
    units = {fits.CYCLES: (sample_rate, "Hz"), fits.TAPS: (1 / sample_rate, "s")}
    return units.get(unit, (1.0, unit))


def _best_taps(found: tuple[fits.Fit, ...], chosen: np.ndarray) -> np.ndarray:
    """Taps of the chosen family, or of the best R2 where none is chosen, float32."""
    r2 = np.nan_to_num(chance.stacked(found), nan=-1.0)
    index = np.where(chosen >= 0, chosen, r2.argmax(axis=0))
    rows = [found[family].fitted[k] for k, family in enumerate(index)]
    return np.stack(rows).astype(np.float32)
