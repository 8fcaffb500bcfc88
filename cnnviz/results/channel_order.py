"""The order in which kernels over input channels are drawn."""

from dataclasses import dataclass

import numpy as np

from cnnviz.results._freeze import freeze


@dataclass(frozen=True, kw_only=True, slots=True)
class ChannelOrder:
    """Input channels sorted by centre frequency.

    Parameters
    ----------
    index
        The channels, lowest first, (channel,).
    centre_hz
        Their centres in that order: of the filters of the layer before, or of the frontend's
        bands; NaN, at the end, for channels without one, (channel,).
    row
        The row that each of them has in a picture, from 0 on, (channel,): the two channels of a
        quadrature pair share one, the one that leads first. None: a row each, as in files of
        earlier versions.
    """

    index: np.ndarray
    centre_hz: np.ndarray
    row: np.ndarray | None = None

    def __post_init__(self) -> None:
        freeze(self, index=("channel",), centre_hz=("channel",), row=("channel",))

    @property
    def rows(self) -> np.ndarray:
        """Row of each channel, (channel,)."""
        return np.arange(len(self.index)) if self.row is None else self.row

    @property
    def n_pairs(self) -> int:
        """Quadrature pairs that share a row."""
        return len(self.index) - int(self.rows[-1]) - 1 if len(self.index) else 0

    @property
    def row_centre_hz(self) -> np.ndarray:
        """Mean centre of the channels of each row, (row,)."""
        return np.asarray(self._sums(self.centre_hz[:, None])[:, 0] / np.bincount(self.rows))

    def arranged(self, weights: np.ndarray) -> np.ndarray:
        """Weights (channel, time) as rows by centre frequency, (row, time).

        A pair has the root of its summed energy, with the sign of its stronger weight.

        Examples
        --------
        >>> order = ChannelOrder(
        ...     index=np.array([2, 0, 1]), centre_hz=np.array([1.0, 5, 5]), row=np.array([0, 1, 1])
        ... )
        >>> order.arranged(np.array([[3.0], [-4.0], [7.0]])).tolist()
        [[7.0], [-5.0]]
        """
        sorted_weights = weights[self.index]
        if not self.n_pairs:
            return np.asarray(sorted_weights)
        ends = np.flatnonzero(np.diff(self.rows, append=-1))
        first, last = sorted_weights[self._starts()], sorted_weights[ends]
        stronger = np.where(np.abs(last) > np.abs(first), last, first)
        return np.asarray(np.copysign(np.sqrt(self._sums(np.square(sorted_weights))), stronger))

    def _starts(self) -> np.ndarray:
        return np.flatnonzero(np.diff(self.rows, prepend=-1))

    def _sums(self, values: np.ndarray) -> np.ndarray:
        return np.asarray(np.add.reduceat(values, self._starts(), axis=0))
