"""Axes in Hz and seconds, and exact receptive-field geometry.

The recursion over layers is the textbook one (Araujo, Norris and Sim, "Computing Receptive
Fields of Convolutional Neural Networks", Distill, 2019): with offset a, size R and jump J in
input samples,

    a <- a - padding * J,   R <- R + (kernel - 1) * dilation * J,   J <- J * stride.

Output m of a layer sees input samples a + m J ... a + m J + R - 1; its centre lies at
a + m J + (R - 1) / 2.
"""

from dataclasses import dataclass, replace

import numpy as np

from cnnviz.errors import ParameterError, ShapeError

EXACT, UPPER, UNKNOWN = "exact", "upper", "unknown"
_STATUSES = (EXACT, UPPER, UNKNOWN)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceptiveField:
    """Receptive field of one axis, in cells of the input axis.

    Parameters
    ----------
    offset
        First input cell seen by output 0; negative where padding is seen.
    jump
        Input cells between neighbouring outputs; 0 for a global reduction.
    size
        Input cells seen by one output.
    status
        ``"exact"``: first and last cell of the box are seen by some path (dilation and strides
        beyond the kernel can leave holes between them); ``"upper"``: the box holds what
        is seen; ``"unknown"``: nothing is claimed.
    """

    offset: float = 0.0
    jump: float = 1.0
    size: float = 1.0
    status: str = EXACT

    def __post_init__(self) -> None:
        if self.status not in _STATUSES:
            raise ParameterError(f"status={self.status!r}; allowed: {', '.join(_STATUSES)}")

    def through(
        self, kernel: int, *, stride: int = 1, dilation: int = 1, padding: int = 0
    ) -> "ReceptiveField":
        """Extend by one convolution or pooling; `padding` is that of the left side."""
        return replace(
            self,
            offset=self.offset - padding * self.jump,
            size=self.size + (kernel - 1) * dilation * self.jump,
            jump=self.jump * stride,
        )

    def joined(self, other: "ReceptiveField") -> "ReceptiveField":
        """Union with a parallel branch (residual sum, concatenation).

        The box is exact when one branch's box holds the other's, an upper bound otherwise,
        and unknown when the branches run at different jumps.
        """
        if UNKNOWN in (self.status, other.status) or self.jump != other.jump:
            return replace(self, status=UNKNOWN)
        start = min(self.offset, other.offset)
        stop = max(self.offset + self.size, other.offset + other.size)
        inside = stop - start in (self.size, other.size)
        exact = inside and self.status == other.status == EXACT
        return replace(self, offset=start, size=stop - start, status=EXACT if exact else UPPER)

    def centres(self, n_cells: int) -> np.ndarray:
        """Centres of `n_cells` outputs in input cells, float64 (n_cells,)."""
        return self.offset + np.arange(n_cells) * self.jump + (self.size - 1) / 2

    def span(self, index: int) -> tuple[int, int]:
        """First and one-past-last input cell seen by output `index` (may lie in the padding)."""
        start = self.offset + index * self.jump
        return int(np.floor(start)), int(np.ceil(start + self.size))

    def seconds_seen(
        self, cells: np.ndarray, n_samples: int, sample_rate: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Start and stop in s of what outputs see of a clip of `n_samples`, shaped as `cells`.

        Examples
        --------
        >>> ReceptiveField(offset=-10, jump=20, size=40).seconds_seen(np.array([0, 2]), 60, 10)
        (array([0., 3.]), array([3., 6.]))
        """
        starts = self.offset + cells * self.jump
        first, last = (np.clip(edge, 0, n_samples) for edge in (starts, starts + self.size))
        return first / sample_rate, last / sample_rate

    def on(self, frames: "ReceptiveField") -> "ReceptiveField":
        """Express a field counted in frames in the cells that the frames themselves see."""
        status = max(self.status, frames.status, key=_STATUSES.index)
        return ReceptiveField(
            offset=frames.offset + self.offset * frames.jump,
            jump=self.jump * frames.jump,
            size=frames.size + (self.size - 1) * frames.jump,
            status=status,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """Physical coordinates of the last axes of an array.

    Parameters
    ----------
    times
        Seconds of each cell of the time axis, (n_times,): centres of the receptive fields.
    frequencies
        Hz of each cell of the frequency axis, (n_frequencies,); empty when there is none.
    receptive_field
        Field of the time axis in audio samples, or None when it is not known.
    """

    times: np.ndarray
    frequencies: np.ndarray
    receptive_field: ReceptiveField | None = None

    def __post_init__(self) -> None:
        for name in ("times", "frequencies"):
            values = np.array(getattr(self, name), dtype=np.float64)
            if values.ndim != 1:
                raise ShapeError(f"{name} has shape {values.shape}; allowed: one axis")
            values.setflags(write=False)
            object.__setattr__(self, name, values)


def time_grid(field: ReceptiveField, n_cells: int, sample_rate: float) -> Grid:
    """Build the grid of a time axis from its receptive field.

    Parameters
    ----------
    field
        In audio samples.
    n_cells
        Cells along the axis.
    sample_rate
        Hz.
    """
    return Grid(
        times=field.centres(n_cells) / sample_rate, frequencies=np.empty(0), receptive_field=field
    )
