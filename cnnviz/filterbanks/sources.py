"""Which convolutions to read as filters, and how each is reached from the network's input."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cnnviz.dsp.composite import (
    CLIP_GAIN,
    Kernel,
    Nonlinearity,
    Step,
    steps_without_gain,
)
from cnnviz.errors import LayerNotFoundError, ModelLoadError
from cnnviz.filterbanks.chains import frontend_steps, is_time_first, kernel_of, turned
from cnnviz.filterbanks.front_ends import FrontEnd, bare_front_end, front_end_of, sinc_edges
from cnnviz.grid import UNKNOWN, ReceptiveField
from cnnviz.model import AudioModel, WeightsOnly, check_finite
from cnnviz.trace import (
    INPUT,
    Convolution,
    NetworkTrace,
    measure_clip_gain,
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
    followers
        Normalisation, pooling and activation that all readers of its output see it through, in
        order; empty where not known.
    front_end
        What lies before `origin` inside the network, where `chain` begins at its bands; None
        where it begins at the network's input.
    """

    convolution: Convolution
    chain: tuple[Step, ...] | None
    parent: Source | None
    origin: Convolution
    start: float | None = None
    influence: np.ndarray | None = None
    reason: str = ""
    followers: tuple[Step, ...] = ()
    front_end: FrontEnd | None = None

    @property
    def n_input_channels(self) -> int:
        """Channels of the network's input, as the first filter of the chain reads it."""
        filters = (step for step in self.chain or () if isinstance(step, Kernel))
        first = next(filters, kernel_of(self.origin))
        n_channels: int = first.taps.shape[1] * first.groups
        return n_channels


def find_sources(model: AudioModel, layers: Sequence[str] | None = None) -> tuple[Source, ...]:
    """Find the convolutions of a model, in order, with the way from the input to each.

    Parameters
    ----------
    model
        With finite weights.
    layers
        What `select` will be asked for; convolutions behind them may be missing. None: all.

    Raises
    ------
    ModelLoadError
        If weights are NaN or infinite, or no tensor looks like a convolution.
    """
    check_finite(model.network, name=model.name)
    if isinstance(model.network, WeightsOnly):
        sources = _weight_sources(model.network, model.sample_rate, layers)
    else:
        sources = _traced_sources(trace(model), model, layers)
    if not sources:
        raise ModelLoadError(
            f"{model.name} has no convolution; allowed: a network with at least one; "
            "see: cnnviz layers MODEL"
        )
    outside = frontend_steps(model.frontend.spec)
    return tuple(
        replace(source, chain=(*outside, *source.chain))
        if outside and source.chain is not None and source.front_end is None
        else source
        for source in sources
    )


def select(sources: Sequence[Source], layers: Sequence[str]) -> tuple[Source, ...]:
    """Pick convolutions by name, the first two that are no front end when no name is given.

    Raises
    ------
    LayerNotFoundError
        If a name is not that of a convolution; the text lists the known ones.
    """
    if not layers:
        learned = [source for source in sources if not source.convolution.is_fourier]
        return tuple((learned or sources)[:_N_DEFAULT])
    by_name = {source.convolution.name: source for source in sources}
    for layer in layers:
        if layer not in by_name:
            raise LayerNotFoundError(
                f"layer {layer!r} is not a convolution of the model; convolutions: "
                f"{', '.join(by_name)}; see: cnnviz layers MODEL"
            )
    return tuple(by_name[layer] for layer in layers)


def _first_field(model: AudioModel) -> ReceptiveField:
    """Field of one cell of the network's input, in audio samples."""
    grid = model.frontend.grid(model.n_samples or model.sample_rate)
    return grid.receptive_field or ReceptiveField(status=UNKNOWN)


def _read(
    convolutions: Sequence[Convolution], layers: Sequence[str] | None
) -> tuple[Convolution, ...]:
    """The convolutions up to the last one asked for, in float64: of large networks all fill GB."""
    n_read = len(convolutions)
    places = {each.name: place for place, each in enumerate(convolutions)}
    if layers is not None and not layers:
        learned = [place for place, each in enumerate(convolutions) if not each.is_fourier]
        n_read = learned[_N_DEFAULT - 1] + 1 if len(learned) >= _N_DEFAULT else n_read
    elif layers is not None and all(layer in places for layer in layers):
        n_read = 1 + max(places[layer] for layer in layers)
    return tuple(
        replace(each, weight=each.weight.astype(np.float64)) for each in convolutions[:n_read]
    )


def _traced_sources(
    traced: NetworkTrace, model: AudioModel, layers: Sequence[str] | None
) -> tuple[Source, ...]:
    sources: list[Source] = []
    convolutions = _read(traced.convolutions, layers)
    for index, convolution in enumerate(convolutions):
        before = convolutions[:index]
        front_end = front_end_of(convolution, before, float(model.sample_rate))
        source = (
            _traced_source(convolution, sources, traced, model)
            if front_end is None
            else _read_from(front_end, convolution)
        )
        sources.append(replace(source, followers=traced.followers(convolution.name)))
    return tuple(sources)


def _read_from(front_end: FrontEnd, convolution: Convolution) -> Source:
    return Source(
        convolution=convolution,
        chain=(kernel_of(convolution),),
        parent=None,
        origin=convolution,
        front_end=front_end,
    )


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
    linked = replace(
        plain,
        parent=parent,
        origin=parent.origin,
        start=parent.start,
        front_end=parent.front_end,
    )
    if is_time_first(plain.convolution):
        steps = tuple(turned(step) for step in steps)
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
    is_at_rate = field.status == UNKNOWN or field.jump in (0, first.jump)  # 0: all samples
    if first.jump == 1 and first.status != UNKNOWN and is_first and is_at_rate and operations != ():
        measured = measure_first_filter(model, index, convolution.weight.ndim - 2)
        if measured is not None:
            return (measured,)
        if measure_clip_gain(model, index):
            return (Nonlinearity(name=CLIP_GAIN),)
    if field.status == UNKNOWN or (field.size, field.jump) != (first.size, first.jump):
        return None
    return tuple(Nonlinearity(name=name) for name in operations or ())


def _weight_sources(
    network: WeightsOnly, sample_rate: float, layers: Sequence[str] | None
) -> tuple[Source, ...]:
    """The first is read from the input; the others follow each other when channels fit.

    Filters given by band edges stand before the first: no tensor then reads the input.
    """
    convolutions = _read(weight_convolutions(network), layers)
    edges = sinc_edges(network.tensors)
    if edges:
        reason = (
            f"reads a front end inside the network ({edges}: band edges of sinc filters, whose "
            "taps their code makes); for Hz give the network as package.module:factory with "
            "--weights"
        )
        return tuple(
            Source(convolution=each, chain=None, parent=None, origin=each, reason=reason)
            for each in convolutions
        )
    reason = (
        "no graph: stride and what lies between the layers are not known; for the composite "
        "response give the network as package.module:factory with --weights"
    )
    sources: list[Source] = []
    for index, convolution in enumerate(convolutions):
        plain = Source(convolution=convolution, chain=None, parent=None, origin=convolution)
        front_end = bare_front_end(network, convolution, convolutions[:index], sample_rate)
        if front_end is not None:
            sources.append(_read_from(front_end, convolution))
            continue
        if not sources:
            sources.append(replace(plain, chain=(kernel_of(convolution),)))
            continue
        previous = sources[-1]
        fits = convolution.weight.shape[1] == len(previous.convolution.weight)
        sources.append(replace(plain, parent=previous if fits else None, reason=reason))
    return tuple(sources)
