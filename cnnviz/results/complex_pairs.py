"""Filters read two by two as the real and the imaginary part of complex ones."""

from dataclasses import dataclass

import numpy as np

from cnnviz.results._freeze import freeze


@dataclass(frozen=True, kw_only=True, slots=True)
class ComplexPairs:
    """Complex filters at the waveform: the parts of complex weights, or quadrature pairs.

    Parameters
    ----------
    source
        What the pairs are, such as ``"real and imaginary part, conv:real and conv:imag"``.
    first, second
        Filters of the bank that are the real and the imaginary part, (pair,); equal where the
        other part lies in another layer.
    frequencies
        Hz (n,), from minus half the sample rate on.
    magnitudes_db
        Of the transform of the taps as drawn, re unit gain, float32 (pair, n); NaN of pairs
        without any energy.
    analyticity
        Share of the energy above 0 Hz, in [0, 1]: 1/2 for a real filter, (pair,); NaN likewise.
    """

    source: str
    first: np.ndarray
    second: np.ndarray
    frequencies: np.ndarray
    magnitudes_db: np.ndarray
    analyticity: np.ndarray

    def __post_init__(self) -> None:
        freeze(
            self,
            first=("pair",),
            second=("pair",),
            frequencies=("n",),
            magnitudes_db=("pair", "n"),
            analyticity=("pair",),
        )

    def of_filters(self, n_filters: int) -> np.ndarray:
        """Analyticity of the pair of each filter, (filter,); NaN for those in none."""
        column = np.full(n_filters, np.nan)
        column[self.first] = column[self.second] = self.analyticity
        return column
