"""Which convolutions to read as filters, and how each is reached from the network's input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cnnviz.dsp.composite import Kernel, Nonlinearity, Pad, Pool, Step, steps_without_gain
from cnnviz.errors import LayerNotFoundError, ModelLoadError
from cnnviz.grid import UNKNOWN, ReceptiveField
from cnnviz.model import AudioModel, WeightsOnly, check_finite
from cnnviz.trace import (
    INPUT,
    Convolution,
    NetworkTrace,
    measure_first_filter,
    trace,
    weight_convolutions,
)

_N_DEFAULT = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A convolution and where its input comes from.

    Parameters
    ----------
    convolution
        As traced, or as found among bare weights.
    chain
        Steps from the network's input up to and with this convolution, also those before the
        first convolution; None where what lies between is not a chain, or not known.
    parent
        The convolution whose channels this one reads; None for a first layer or branches.
    origin
        First convolution of `chain`.
    start
        First audio sample seen by cell 0 of the network's input; None where not known.
    influence
        Of each channel on the network's output, (level, channel); see `influence`. None where
        not known.
    reason
        Why there is no chain; empty where there is one.
    """

    convolution: Convolution
    chain: tuple[Step, ...] | None
    parent: Source | None
    origin: Convolution
    start: float | None = None
    influence: np.ndarray | None = None
    reason: str = ""

    @property
    def n_input_channels(self) -> int:
        """Channels of the network's input, as the first filter of the chain reads it."""
        filters = (step for step in self.chain or () if isinstance(step, Kernel))
        first = next(filters, kernel_of(self.origin))
        n_channels: int = first.taps.shape[1] * first.groups
        return n_channels


def find_sources(model: AudioModel) -> tuple[Source, ...]:
    """Find all convolutions of a model, in order, with the way from the input to each.

    Raises
    ------
    ModelLoadError
        If weights are NaN or infinite, or no tensor looks like a convolution.
    """
    check_finite(model.network, name=model.name)
    if isinstance(model.network, WeightsOnly):
        sources = _weight_sources(weight_convolutions(model.network))
    else:
        sources = _traced_sources(trace(model), model)
    if not sources:
        raise ModelLoadError(
            f"{model.name} has no convolution; allowed: a network with at least one; "
            "see: cnnviz layers MODEL"
        )
    return sources


def select(sources: Sequence[Source], layers: Sequence[str]) -> tuple[Source, ...]:
    """Pick convolutions by name, the first two when no name is given.

    Raises
    ------
    LayerNotFoundError
        If a name is not that of a convolution; the text lists the known ones.
    """
    if not layers:
        return tuple(sources[:_N_DEFAULT])
    by_name = {source.convolution.name: source for source in sources}
    for layer in layers:
        if layer not in by_name:
            raise LayerNotFoundError(
                f"layer {layer!r} is not a convolution of the model; convolutions: "
                f"{', '.join(by_name)}; see: cnnviz layers MODEL"
            )
    return tuple(by_name[layer] for layer in layers)


def along_time(chain: Sequence[Step]) -> tuple[Step, ...] | None:
    """Reduce a chain to the only spatial axis that is longer than one; None if there are two."""
    kernels = [step for step in chain if isinstance(step, Kernel)]
    sizes = np.array([kernel.taps.shape[2:] for kernel in kernels])  # (kernel, axis)
    long = np.flatnonzero((sizes > 1).any(axis=0))
    if len(long) > 1 or (sizes.shape[1] > 1 and not len(long)):
        return None
    axis = int(long[0]) if len(long) else 0
    return tuple(_on_axis(step, axis) for step in chain)


def kernel_of(convolution: Convolution) -> Kernel:
    """Turn a convolution into a step; unknown strides, dilations and paddings count as none."""
    n_axes = convolution.weight.ndim - 2
    return Kernel(
        taps=convolution.weight,
        bias=convolution.bias,
        stride=convolution.stride or (1,) * n_axes,
        dilation=convolution.dilation or (1,) * n_axes,
        padding=convolution.padding or (0,) * n_axes,
        groups=convolution.groups,
    )


def _on_axis(step: Step, axis: int) -> Step:
    axes = slice(axis, axis + 1)
    if isinstance(step, Kernel):
        taps = step.taps.reshape(*step.taps.shape[:2], -1)
        return replace(
            step,
            taps=taps,
            stride=step.stride[axes],
            dilation=step.dilation[axes],
            padding=step.padding[axes],
        )
    if isinstance(step, Pool):
        return replace(
            step,
            kernel=step.kernel[axes],
            stride=step.stride[axes],
            padding=step.padding[axes],
            dilation=step.dilation[axes],
        )
    if isinstance(step, Pad):
        return replace(step, left=step.left[axes], right=step.right[axes])
    return step


def _first_field(model: AudioModel) -> ReceptiveField:
    """Field of one cell of the network's input, in audio samples."""
    grid = model.frontend.grid(model.n_samples or model.sample_rate)
    return grid.receptive_field or ReceptiveField(status=UNKNOWN)


def _traced_sources(traced: NetworkTrace, model: AudioModel) -> tuple[Source, ...]:
    sources: list[Source] = []
    for convolution in traced.convolutions:
        sources.append(_traced_source(convolution, sources, traced, model))
    return tuple(sources)


def _traced_source(
    convolution: Convolution, before: Sequence[Source], traced: NetworkTrace, model: AudioModel
) -> Source:
    plain = Source(convolution=convolution, chain=None, parent=None, origin=convolution)
    if convolution.transposed:
        return replace(plain, reason="a transposed convolution spreads its input")
    for source in reversed(before):
        steps = traced.path(source.convolution.name, convolution.name)
        if steps is None:
            continue
        return _behind(source, steps, plain)
    first = _first_field(model)
    start = None if first.status == UNKNOWN else first.offset
    head = _steps_before(convolution, len(before), traced, model)
    if head is not None:
        return replace(plain, chain=(*head, kernel_of(convolution)), start=start)
    return replace(plain, reason="no single chain of known steps leads to it from the input")


def _behind(parent: Source, steps: tuple[Step, ...], plain: Source) -> Source:
    """A convolution that reads another one through steps."""
    linked = replace(plain, parent=parent, origin=parent.origin, start=parent.start)
    if parent.chain is None:
        return replace(linked, reason=parent.reason)
    broken = steps_without_gain(steps)
    if broken:
        names = f"{parent.convolution.name} and {plain.convolution.name}"
        reason = f"no linear path leads through {', '.join(broken)} between {names}: no composite"
        return replace(linked, reason=reason)
    return replace(linked, chain=(*parent.chain, *steps, kernel_of(plain.convolution)))


def _steps_before(
    convolution: Convolution, index: int, traced: NetworkTrace, model: AudioModel
) -> tuple[Step, ...] | None:
    """Steps from the network's input to a convolution that reads no other one, or None.

    They are those of the graph, else a filter as it is measured; what is neither known nor
    linear is one step that carries its operations as its name.
    """
    steps = traced.path(INPUT, convolution.name)
    if steps is not None:
        return steps
    first, field = _first_field(model), convolution.input_field
    operations = traced.operations(convolution.name)
    is_first = operations is None or not any("convolution" in name for name in operations)
    is_at_rate = field.status == UNKNOWN or field.jump == first.jump
    if first.jump == 1 and first.status != UNKNOWN and is_first and is_at_rate and operations != ():
        measured = measure_first_filter(model, index, convolution.weight.ndim - 2)
        if measured is not None:
            return (measured,)
    if field.status == UNKNOWN or (field.size, field.jump) != (first.size, first.jump):
        return None
    return tuple(Nonlinearity(name=name) for name in operations or ())


def _weight_sources(convolutions: Sequence[Convolution]) -> tuple[Source, ...]:
    """The first is read from the input; the others follow each other when channels fit."""
    reason = (
        "no graph: stride and what lies between the layers are not known; for the composite "
        "response give the network as package.module:factory with --weights"
    )
    sources: list[Source] = []
    for convolution in convolutions:
        plain = Source(convolution=convolution, chain=None, parent=None, origin=convolution)
        if not sources:
            sources.append(replace(plain, chain=(kernel_of(convolution),)))
            continue
        previous = sources[-1]
        fits = convolution.weight.shape[1] == len(previous.convolution.weight)
        sources.append(replace(plain, parent=previous if fits else None, reason=reason))
    return tuple(sources)
