"""Untrained twins of a network: the same convolutions with weights that were never trained.

In this order: the weights that training began with, and networks built again from other seeds;
the same layers drawn again by their own ``reset_parameters``; taps as torch draws them. What a
factory builds again without change comes late: it may hold trained weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
from torch import nn

from cnnviz.dsp.null import FEWEST_UNTRAINED
from cnnviz.filterbanks.kernels import (
    lineage,
    narrowed,
    parameter_of,
    read_kernels,
    widened,
    with_kernels,
)
from cnnviz.filterbanks.sources import Source
from cnnviz.hooks import seeded
from cnnviz.model import AudioModel, WeightsOnly
from cnnviz.trace.weights import as_float64

LEAST_BANKS = 3
_REBUILT = 5
_MOST_REBUILT = 20
_KEPT_BYTES = 1 << 26  # of rebuilt weights, float32; wide networks are built again instead
Kernels = Mapping[str, np.ndarray]


@dataclass(frozen=True, kw_only=True, slots=True)
class Null:
    """One way to draw untrained kernels.

    Parameters
    ----------
    text
        How they are drawn, for sentences.
    is_own
        Whether that is how this network's weights were drawn.
    n_draws
        Draws there can be.
    draw
        Kernels of a source and of those before it, of the draw of a number; None: not to be had.
    """

    text: str
    is_own: bool
    n_draws: int
    draw: Callable[[Source, int], Kernels | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Twins:
    """The null of one layer, and its twins draw by draw."""

    null: Null
    source: Source

    def draw(self, n_filters: int) -> Iterator[Source]:
        """Give as many twins of the layer as have `n_filters` filters together, 3 at least.

        Each is drawn when it is asked for: of wide layers several would fill the memory.
        """
        n_banks = max(LEAST_BANKS, -(-n_filters // _n_filters(self.source)))
        return filter(None, map(self._twin, range(min(n_banks, self.null.n_draws))))

    def _twin(self, index: int) -> Source | None:
        kernels = self.null.draw(self.source, index)
        return None if kernels is None else with_kernels(self.source, kernels)


def find_nulls(
    model: AudioModel, sources: Sequence[Source], *, initial: Kernels, seed: int
) -> tuple[Null, ...]:
    """List the ways to draw untrained kernels of a model, the best first.

    Parameters
    ----------
    model
        Held by `hooks.borrowed`.
    sources
        All convolutions that will be asked for.
    initial
        Weights that training began with, by convolution; empty: not known.
    seed
        Of all draws.
    """
    built = _built_again(model, sources, initial, seed)
    changing = [] if built is None else [_if_changing(built)]
    unchanging = [] if built is None else [built]
    return (*changing, *_drawn_again(model, seed), *unchanging, _uniform(seed))


def choose(nulls: Sequence[Null], source: Source) -> Twins:
    """The first null that has enough draws of a layer and of those before it."""
    for null in nulls:
        is_enough = null.n_draws * _n_filters(source) >= FEWEST_UNTRAINED
        if is_enough and null.draw(source, 0) is not None:
            return Twins(null=null, source=source)
    return Twins(null=nulls[-1], source=source)


def _built_again(
    model: AudioModel, sources: Sequence[Source], initial: Kernels, seed: int
) -> Null | None:
    """The weights that training began with, then networks built again."""
    rebuild, n_kept = model.rebuild, int(bool(initial))
    if rebuild is None and not n_kept:
        return None
    smallest = min(map(_n_filters, sources))
    n_built = min(max(_REBUILT, -(-100 // smallest)), _MOST_REBUILT) if rebuild else 0
    n_bytes = 4 * sum(source.convolution.weight.size for source in sources)

    @lru_cache(maxsize=max(1, _KEPT_BYTES // n_bytes))
    def built(index: int) -> Kernels:
        assert rebuild is not None
        try:
            with seeded(_seed(seed, index)):
                found = read_kernels(rebuild().eval(), model, sources)
                return {name: narrowed(kernel) for name, kernel in found.items()}
        except Exception:  # the user's factory fails in any way it likes; another null is taken
            return {}

    def draw(source: Source, index: int) -> Kernels | None:
        return _fitting(initial if index < n_kept else built(index - n_kept), source)

    kept = ["the weights its training began with"] if n_kept else []
    again = [f"{n_built} networks built again"] if n_built else []
    return Null(
        text=" and ".join([*kept, *again]), is_own=True, n_draws=n_kept + n_built, draw=draw
    )


def _if_changing(null: Null) -> Null:
    """The same, of layers whose kernels are not those of the model each time."""

    def draw(source: Source, index: int) -> Kernels | None:
        last = null.draw(source, null.n_draws - 1)
        is_same = last is not None and _is_unchanged(last, source)
        return None if is_same else null.draw(source, index)

    return Null(text=null.text, is_own=True, n_draws=null.n_draws, draw=draw)


def _drawn_again(model: AudioModel, seed: int) -> tuple[Null, ...]:
    """Layers reset by their own method, in copies: one by one, or all of them before a pass."""
    if isinstance(model.network, WeightsOnly):
        return ()
    text = "its layers drawn again by their own reset_parameters"

    def one(source: Source, index: int) -> np.ndarray | None:
        parameter = parameter_of(source, model)
        if parameter is None:
            return None
        layer, _, name = parameter.rpartition(".")
        copy = deepcopy(model.network.get_submodule(layer)).cpu().float()
        _reset(copy, _seed(seed, index, layer))
        weight = as_float64(getattr(copy, name))
        return None if np.array_equal(weight, source.convolution.weight) else weight

    def alone(source: Source, index: int) -> Kernels | None:
        return _all_of({each.convolution.name: one(each, index) for each in lineage(source)})

    def together(source: Source, index: int) -> Kernels | None:
        copy = deepcopy(model.network)
        for name, module in copy.named_modules():
            _reset(module, _seed(seed, index, name))
        found = widened(read_kernels(copy, model, lineage(source)))
        kernels = _fitting(found, source)
        return None if kernels is None or _is_unchanged(kernels, source) else kernels

    many = 10_000
    return (
        Null(text=text, is_own=True, n_draws=many, draw=_safely(alone)),
        Null(text=text, is_own=True, n_draws=_REBUILT, draw=_safely(together)),
    )


def _uniform(seed: int) -> Null:
    """Taps as torch draws convolutions: uniform up to 1 / sqrt(taps of a filter)."""

    def draw(source: Source, index: int) -> Kernels:
        kernels = dict[str, np.ndarray]()
        for each in lineage(source):
            shape, name = each.convolution.weight.shape, each.convolution.name
            generator = np.random.default_rng(_seed(seed, index, name))
            limit = np.prod(shape[1:]) ** -0.5
            kernels[name] = np.empty(shape, np.float32)
            for taps in kernels[name]:
                taps[...] = generator.uniform(-limit, limit, shape[1:])
        return kernels

    return Null(
        text="uniform taps, as torch draws convolutions", is_own=False, n_draws=10_000, draw=draw
    )


def _safely(
    draw: Callable[[Source, int], Kernels | None],
) -> Callable[[Source, int], Kernels | None]:
    """Modules of others fail to be copied or reset in any way they like."""

    def attempt(source: Source, index: int) -> Kernels | None:
        try:
            return draw(source, index)
        except Exception:  # another null is taken
            return None

    return attempt


def _reset(module: nn.Module, seed: int) -> None:
    reset = getattr(module, "reset_parameters", None)
    if callable(reset):
        with seeded(seed):
            reset()


def _fitting(kernels: Kernels, source: Source) -> Kernels | None:
    """The kernels, where each convolution on the way has one of its shape."""
    layers = [each.convolution for each in lineage(source)]
    fits = all(
        layer.name in kernels and kernels[layer.name].shape == layer.weight.shape
        for layer in layers
    )
    return kernels if fits else None


def _all_of(kernels: Mapping[str, np.ndarray | None]) -> Kernels | None:
    found = {name: kernel for name, kernel in kernels.items() if kernel is not None}
    return found if len(found) == len(kernels) else None


def _is_unchanged(kernels: Kernels, source: Source) -> bool:
    """Whether a convolution on the way is the model's own."""
    return any(
        np.array_equal(kernels[each.convolution.name], each.convolution.weight)
        for each in lineage(source)
    )


def _n_filters(source: Source) -> int:
    convolution = source.convolution
    sizes = convolution.weight.shape
    return int(sizes[1] * convolution.groups if convolution.transposed else sizes[0])


def _seed(seed: int, index: int, name: str = "") -> int:
    """One seed per draw and layer, so that layers of one draw are independent."""
    entropy = [seed, index, crc32(name.encode())]
    return int(np.random.SeedSequence(entropy).generate_state(1)[0])
