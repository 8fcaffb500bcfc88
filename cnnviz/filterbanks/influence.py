"""How much of each channel reaches the network's output: what later layers hear of a filter.

The output of a convolution is replaced by noise, and the gradient of what the network returns is
taken with respect to it. A channel that is normalised away, or that no later layer reads, has
none at any level; several levels open the gates of activation functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from cnnviz.dsp.shapes import find_dead
from cnnviz.filterbanks.sources import Source
from cnnviz.hooks import borrowed, named_tensors, split_call
from cnnviz.model import AudioModel
from cnnviz.trace import Convolution

_LEVELS = (0.1, 10.0, 1000.0)  # of each channel, re white noise of unit power
_NOT_REACHED = (RuntimeError, ValueError, IndexError, AssertionError, TypeError)
"""No gradient, other axes than those of a convolution, or another number of clips is asked for."""
LEAST_SHARE = 1e-3
LEAST_SHARE_ALONE = 1e-6  # of taps without a network: normalisation may lift the rest


def with_influence(model: AudioModel, sources: Sequence[Source]) -> tuple[Source, ...]:
    """Add to sources, and to those they read, how much of each channel is heard."""
    measured: dict[str, np.ndarray | None] = {}

    def heard(source: Source) -> Source:
        name = source.convolution.name
        if name not in measured:
            measured[name] = measure_influence(model, source.convolution)
        parent = None if source.parent is None else heard(source.parent)
        return replace(source, influence=measured[name], parent=parent)

    return tuple(heard(source) for source in sources)


def measure_influence(model: AudioModel, convolution: Convolution) -> np.ndarray | None:
    """Measure the gradient of a network's output with respect to channels of a convolution.

    Parameters
    ----------
    model
        Borrowed.
    convolution
        Of the network's trace.

    Returns
    -------
    np.ndarray or None
        Root mean square, float64 (level, channel); None where hooks or gradients do not reach
        the layer.
    """
    modules = dict(model.network.named_modules(remove_duplicate=False))
    name, mark = split_call(convolution.name, modules)
    module = modules.get(name)
    is_reachable = bool(name) and module is not None and convolution.stride
    if not is_reachable or model.batch_size or convolution.transposed:
        return None
    assert module is not None
    norms = np.sqrt(np.square(convolution.weight.reshape(len(convolution.weight), -1)).sum(1))
    network = model.network
    try:
        with torch.inference_mode(mode=False), borrowed(network):
            with torch.no_grad():
                inputs = _inputs(model)
            with torch.enable_grad(), _replaced(module, int(mark[1:] or 0), norms) as noise:
                outputs = [tensor for _, tensor in named_tensors(network(inputs))]
                return _gradients(outputs, noise)
    except _NOT_REACHED:
        return None


def find_unheard(taps: np.ndarray, influence: np.ndarray | None) -> np.ndarray:
    """Which filters give later layers less than a thousandth of the median, bool (filter,).

    Parameters
    ----------
    taps
        (filter, ...), without those on channels that are dead themselves.
    influence
        (level, filter) as `measure_influence` gives it; None: not known, and only filters are
        dead whose taps no normalisation can lift.
    """
    flat = taps.reshape(len(taps), -1)
    sizes = np.sqrt(np.einsum("ft,ft->f", flat, flat))
    if influence is None or not (influence * sizes).any():
        return find_dead(taps, LEAST_SHARE_ALONE)
    rows = [row for row in influence * sizes if row.any()]
    shares = np.stack([row / np.median(row[row > 0]) for row in rows])  # (level, filter)
    return np.asarray(shares.max(axis=0) <= LEAST_SHARE)


def _inputs(model: AudioModel) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    n_samples = model.n_samples or model.sample_rate
    return model.network_input(0.1 * torch.randn(len(_LEVELS), n_samples, generator=generator))


@contextmanager
def _replaced(module: nn.Module, index: int, norms: np.ndarray) -> Iterator[list[Tensor]]:
    """Replace the output of call `index` by noise, which is the only member of the list."""
    noise: list[Tensor] = []
    calls = 0

    def hook(module: nn.Module, inputs: object, output: Tensor) -> Tensor | None:  # noqa: ARG001 (signature of torch)
        nonlocal calls
        calls += 1
        if calls - 1 != index:
            return None
        generator = torch.Generator().manual_seed(1)
        drawn = torch.randn(output.shape, generator=generator, dtype=torch.float64)
        axes = (1,) * (output.ndim - 2)
        drawn *= torch.tensor(_LEVELS, dtype=torch.float64).reshape(-1, 1, *axes)
        drawn *= torch.from_numpy(norms).reshape(1, -1, *axes)
        noise.append(drawn.to(output).requires_grad_())
        return noise[0] * 1.0  # a layer behind may change it in place

    handle = module.register_forward_hook(hook)
    try:
        yield noise
    finally:
        handle.remove()


def _gradients(outputs: Sequence[Tensor], noise: Sequence[Tensor]) -> np.ndarray | None:
    """Root mean square per clip and channel of the gradient of a random mix of all outputs."""
    used = [tensor for tensor in outputs if tensor.requires_grad and tensor.is_floating_point()]
    if not used or not noise:
        return None
    generator = torch.Generator().manual_seed(2)
    weights = [torch.randn(tensor.shape, generator=generator).to(tensor) for tensor in used]
    mixed = torch.stack([(w * t).sum() for w, t in zip(weights, used, strict=True)]).sum()
    (gradient,) = torch.autograd.grad(mixed, noise[0], allow_unused=True)
    if gradient is None:
        return None
    squares = gradient.to("cpu", torch.float64).square().flatten(2).mean(2).numpy()
    return np.asarray(np.sqrt(np.nan_to_num(squares, posinf=0.0)))
