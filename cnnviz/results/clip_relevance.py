"""What a method gives for one clip: relevance of its audio samples, or of other cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnviz.dsp.stretches import spread_over_samples
from cnnviz.grid import Grid


@dataclass(frozen=True, kw_only=True, slots=True)
class SampleRelevance:
    """R = sum over terms of d c: differences from baselines, times coefficients.

    It is the product that the time-frequency plane needs, term by term: nothing has to be
    divided by the signal later.

    Parameters
    ----------
    differences
        d = x - x', (term, samples); a row for each baseline.
    coefficients
        c, of the same shape.
    expected
        What the relevance should sum to, with `absorbed`; None: nothing can be said.
    absorbed
        Relevance that constants of the network kept, biases above all, of methods without a
        baseline; None: the method has one, from which constants do not differ.
    map_error
        Relative L2 distance of the time-frequency map of half the effort from that of all;
        None: the method has no steps.
    n_steps
        Gradients or passes taken; None: one.
    """

    differences: np.ndarray
    coefficients: np.ndarray
    expected: float | None = None
    absorbed: float | None = None
    map_error: float | None = None
    n_steps: int | None = None

    @property
    def values(self) -> np.ndarray:
        """R of each audio sample, float64 (samples,)."""
        values: np.ndarray = np.einsum(
            "ts,ts->s", self.differences, self.coefficients, dtype=np.float64
        )
        return values

    @property
    def is_finite(self) -> bool:
        """Whether every coefficient is a finite number."""
        return bool(np.isfinite(self.coefficients).all())

    def over_time(self, n_samples: int) -> np.ndarray:
        """R of each audio sample, float64 (samples,)."""
        assert n_samples == self.differences.shape[1]
        return self.values


@dataclass(frozen=True, kw_only=True, slots=True)
class CellRelevance:
    """Relevance of cells that are not audio samples: windows, patches, cells of a layer.

    Parameters
    ----------
    domain
        One of `cnnviz.results.attribution.DOMAINS`.
    values
        (frequency, time), without the axes that `grid` has not.
    grid
        Axes in Hz and s.
    layer
        Whose cells these are; None: of the input.
    expected, map_error, n_steps
        As in `SampleRelevance`.
    fit
        R^2 of a model that these are the coefficients of, on draws it has not seen; None: they
        are of none.
    """

    domain: str
    values: np.ndarray
    grid: Grid
    layer: str | None = None
    expected: float | None = None
    map_error: float | None = None
    n_steps: int | None = None
    fit: float | None = None

    @property
    def is_on_grid(self) -> bool:
        """Whether there is a value for each cell of the axes."""
        axes = (self.grid.frequencies, self.grid.times)
        return self.values.shape == tuple(len(axis) for axis in axes if len(axis))

    @property
    def is_finite(self) -> bool:
        """Whether every value is a finite number."""
        return bool(np.isfinite(self.values).all())

    def over_time(self, n_samples: int) -> np.ndarray:
        """Relevance of each audio sample: that of each cell spread to half-way to the next ones."""
        times = self.grid.times
        if not len(times):
            return np.full(n_samples, self.values.sum(dtype=np.float64) / n_samples)
        cells = self.values.reshape(-1, len(times)).sum(0, dtype=np.float64)  # (time,)
        field = self.grid.receptive_field
        assert field is not None, "cells over time come with their field"
        return spread_over_samples(cells, field.centres(len(times)), n_samples)


ClipRelevance = SampleRelevance | CellRelevance
