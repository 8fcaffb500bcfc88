"""Networks of the tests of traces, and what their outputs really depend on.

The oracle is independent of weights and of the tracer: a NaN in one input cell reaches every
output cell that reads it, and no other.
"""

from collections.abc import Callable
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn

from cnnviz.frontend import FrontendSpec
from cnnviz.grid import EXACT, UNKNOWN, Grid, ReceptiveField
from cnnviz.model import AudioModel, ModelSpec, assemble
from cnnviz.trace import NetworkTrace, trace


class Function(nn.Module):
    """A function as a network of double precision."""

    def __init__(self, function: Callable[[Tensor], Tensor], **modules: nn.Module) -> None:
        super().__init__()
        self.function = function
        self.unused = nn.Parameter(torch.zeros(1, dtype=torch.float64))
        for name, module in modules.items():
            self.add_module(name, module.double())

    def forward(self, inputs: Tensor) -> Tensor:
        return self.function(inputs, **dict(self.named_children()))


class Cells:
    """A frontend that lays audio samples out as (frequency, time), one sample per cell."""

    spec = FrontendSpec()

    def __init__(self, n_frequencies: int) -> None:
        self.n_frequencies = n_frequencies

    def __call__(self, waveforms: Tensor) -> Tensor:
        return waveforms.reshape(len(waveforms), 1, self.n_frequencies, -1)

    def to(self, device: torch.device) -> Self:
        return self

    def grid(self, n_samples: int) -> Grid:
        n_frames = n_samples // self.n_frequencies
        frequencies = np.arange(self.n_frequencies)
        return Grid(
            times=np.arange(n_frames), frequencies=frequencies, receptive_field=ReceptiveField()
        )


def model_of(network: nn.Module, **spec: object) -> AudioModel:
    return assemble(network, ModelSpec(sample_rate=16000, **spec), name="m", reference="m")


def traced(function: Callable[..., Tensor], n_samples: int, **modules: nn.Module) -> NetworkTrace:
    return trace(model_of(Function(function, **modules)), n_samples)


def dependence(network: nn.Module, *shape: int) -> np.ndarray:
    """Whether an output cell reads an input cell: bool (input cell, *output without clip)."""
    n_cells = int(np.prod(shape))
    inputs = torch.rand(n_cells, n_cells, dtype=torch.float64) + 0.1
    inputs[range(n_cells), range(n_cells)] = float("nan")
    with torch.no_grad():
        outputs = network.eval()(inputs.reshape(n_cells, 1, *shape))
    return torch.isnan(outputs).numpy()


def assert_true_claim(
    field: ReceptiveField, read: np.ndarray, *, slack: float = 0.0, n_inner: int = 1
) -> None:
    """A field holds what is read, is exactly it where it says so, and is not idly wide.

    `read` is bool (input cell, output cell); `slack` is by how many cells an upper bound may
    be wider than what an inner cell reads, of which there must be `n_inner`.
    """
    n_found = 0
    assert field.status != UNKNOWN
    for index in read.any(axis=0).nonzero()[0]:
        cells = read[:, index].nonzero()[0]
        (start, stop), (first, last) = field.span(index), (cells[0], cells[-1] + 1)
        assert start <= first
        assert last <= stop
        if start >= 0 and stop <= len(read):
            n_found += 1
            assert (stop - start) - (last - first) <= (0 if field.status == EXACT else slack)
    assert n_found >= n_inner
