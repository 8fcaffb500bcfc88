"""What a trace finds: layer calls, convolutions, and the order of operations."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np

from cnnviz.dsp.composite import Step
from cnnviz.errors import LayerNotFoundError
from cnnviz.grid import UNKNOWN, ReceptiveField

INPUT = ""
"""Name of the network's input as the start of a path."""
UNKNOWN_FIELD = ReceptiveField(status=UNKNOWN)


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerCall:
    """One call of a leaf module, or of a functional operation outside of any.

    Parameters
    ----------
    name
        Dotted name; ``#k`` marks the k-th further call, ``module:conv1d`` a function called
        in the body of a module.
    kind
        Class of the module, or name of the function.
    detail
        One line such as ``"1->32, 5 taps, stride 2"``.
    output_shape
        Without the clip axis.
    n_parameters
        Numbers the module can learn.
    time_field
        Receptive field along time in audio samples; None without a time axis.
    frequency_field
        Receptive field along frequency in cells of the frontend; None without such an axis.
    is_module
        Whether a hook can be registered on it.
    time_axis, frequency_axis
        Positions in `output_shape`; None where no axis carries it alone.
    """

    name: str
    kind: str
    detail: str
    output_shape: tuple[int, ...]
    n_parameters: int
    time_field: ReceptiveField | None
    frequency_field: ReceptiveField | None
    is_module: bool = True
    time_axis: int | None = None
    frequency_axis: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Convolution:
    """One call of a convolution, with its weights as they were used.

    Parameters
    ----------
    name
        As in `LayerCall`; that of the tensor for weights without a graph.
    weight
        (filter, channel / groups, axes ...), float32 where that holds all digits, else float64;
        of a transposed convolution as torch has it, (channel, filter / groups, axes ...).
    bias
        float64 (filter,) or None.
    stride, dilation, padding
        Cells per axis, padding of the left side; empty where no graph is known.
    groups
        Groups of channels that do not see each other.
    transposed
        Whether it spreads instead of gathering.
    registered
        Whether the weight is a parameter or buffer of the network.
    time_axis_jump
        Audio samples per cell of its input along time; NaN where not known.
    input_field
        Receptive field of its input along time in audio samples; status ``"unknown"`` where
        it is not.
    axes
        What the kernel's axes run along: ``"time"``, ``"frequency"`` or ``"plain"``; empty
        where no graph is known.
    band_cycles
        Frequencies of the bands of its input in cycles per audio sample, where a front end
        inside the network makes them, NaN for an empty band; else empty.
    is_fourier
        Whether its taps are Fourier kernels on the waveform: a front end, nothing learned.
    """

    name: str
    weight: np.ndarray
    bias: np.ndarray | None
    stride: tuple[int, ...] = ()
    dilation: tuple[int, ...] = ()
    padding: tuple[int, ...] = ()
    groups: int = 1
    transposed: bool = False
    registered: bool = True
    time_axis_jump: float = float("nan")
    input_field: ReceptiveField = UNKNOWN_FIELD
    axes: tuple[str, ...] = ()
    band_cycles: np.ndarray = field(default_factory=lambda: np.empty(0))
    is_fourier: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputAxes:
    """Where time is in one tensor that a network returns.

    Parameters
    ----------
    shape
        Without the clip axis.
    time_axis
        Position in `shape`; None where no axis carries time alone.
    is_known
        Whether every step to it was followed.
    """

    shape: tuple[int, ...]
    time_axis: int | None
    is_known: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class NetworkTrace:
    """All that one forward pass on a small input shows about a network.

    Parameters
    ----------
    n_samples
        Audio samples of the clip that was traced.
    calls
        In order of execution.
    convolutions
        In order of execution.
    covered
        First and one-past-last audio sample that the network's output can see; None where
        the fields are not known.
    output_field, output_cells
        Receptive field of the network's output along time in audio samples, and its cells;
        None and 0 where there is none.
    outputs
        The tensors that the network returned, in order.
    find_path, find_operations, find_followers
        What `path`, `operations` and `followers` ask.
    """

    n_samples: int
    calls: tuple[LayerCall, ...]
    convolutions: tuple[Convolution, ...]
    covered: tuple[int, int] | None
    output_field: ReceptiveField | None
    output_cells: int
    outputs: tuple[OutputAxes, ...]
    find_path: Callable[[str, str], tuple[Step, ...] | None]
    find_operations: Callable[[str], tuple[str, ...] | None]
    find_followers: Callable[[str], tuple[Step, ...]]

    def call(self, name: str) -> LayerCall:
        """The layer call of a name.

        Raises
        ------
        LayerNotFoundError
            If there is none; the text lists the known ones.
        """
        return _named(self.calls, name, "in", "layers")

    def convolution(self, name: str) -> Convolution:
        """The convolution of a name.

        Raises
        ------
        LayerNotFoundError
            If there is none; the text lists the known ones.
        """
        return _named(self.convolutions, name, "a convolution of", "convolutions")

    def path(self, first: str, second: str) -> tuple[Step, ...] | None:
        """Steps between the output of one convolution, or `INPUT`, and the input of another.

        None when what lies between is not a chain of known steps.
        """
        return self.find_path(first, second)

    def operations(self, name: str) -> tuple[str, ...] | None:
        """Tensor operations between the network's input and that of a convolution, each once.

        Operations that only rename or reorder axes are left out; None where what lies between
        is not known.
        """
        return self.find_operations(name)

    def followers(self, name: str) -> tuple[Step, ...]:
        """Normalisation, pooling and activation that all readers of a layer call's output share."""
        return self.find_followers(name)


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_Item = TypeVar("_Item", bound=_Named)


def _named(items: tuple[_Item, ...], name: str, what: str, plural: str) -> _Item:
    """The item of a name, or the error that lists all."""
    for item in items:
        if item.name == name:
            return item
    raise LayerNotFoundError(
        f"layer {name!r} is not {what} the network; {plural}: "
        f"{', '.join(item.name for item in items)}; see: cnnviz layers MODEL"
    )
