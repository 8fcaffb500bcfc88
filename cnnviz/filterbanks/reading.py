"""One layer read as near to the network's input as its taps can be brought, with its twins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cnnviz.dsp.composite import CLIP_GAIN, Step, nonlinear_steps
from cnnviz.filterbanks import modulation as planes
from cnnviz.filterbanks.axes import InputAxes, input_axes, spectrogram_chain, waveform_chain
from cnnviz.filterbanks.cepstra import CepstralInput, cepstral_input
from cnnviz.filterbanks.comparison import TwinReading, read_waveform_twins
from cnnviz.filterbanks.drift import read_initial
from cnnviz.filterbanks.kernels import ancestry
from cnnviz.filterbanks.layer import Layer, read_layer
from cnnviz.filterbanks.sources import Source
from cnnviz.filterbanks.twins import Kernels, Null, Twins, find_nulls
from cnnviz.filterbanks.waveform import Settings, read_responses, read_twins
from cnnviz.memory import give_back
from cnnviz.model import AudioModel
from cnnviz.results import Bank, ChannelOrder, FilterDetails, Modulation, Responses

UNKNOWN_AXES = (
    "what the axes of this layer's input stand for is not known: frequency before time is taken "
    "for granted, in cycles per channel and per frame; for Hz give --frontend"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelFacts:
    """What the banks of a model share.

    Parameters
    ----------
    axes
        Of the network's input.
    settings
        Parameters of the analyzer.
    nulls
        Ways to draw untrained kernels, the best first.
    initial
        Weights that training began with, by convolution; empty: not known.
    cepstral
        What the network's input is made of where that is cepstral coefficients.
    """

    axes: InputAxes
    settings: Settings
    nulls: tuple[Null, ...]
    initial: Kernels
    cepstral: CepstralInput | None = None


def read_facts(model: AudioModel, sources: Sequence[Source], settings: Settings) -> ModelFacts:
    """Find the axes of a model's input, its initial weights and its untrained twins.

    Raises
    ------
    ModelLoadError
        If the file of initial weights does not fit the network.
    """
    needed = tuple({one.convolution.name: one for s in sources for one in ancestry(s)}.values())
    initial = read_initial(model, needed, settings.init)
    return ModelFacts(
        axes=input_axes(model),
        settings=settings,
        nulls=find_nulls(model, needed, initial=initial, seed=settings.seed),
        initial=initial,
        cepstral=cepstral_input(model),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A layer where its taps could be brought to; `columns` hold columns of the table.

    `untrained_taps` are those of its twins at the waveform, (filter, tap) each; else empty.
    """

    policy: str
    twins: TwinReading
    responses: Responses | None = None
    details: FilterDetails | None = None
    modulation: Modulation | None = None
    columns: tuple[object, ...]
    untrained_taps: tuple[np.ndarray, ...] = ()


def read(
    layer: Layer,
    channels: ChannelOrder | None,
    parent: Bank | None,
    twins: Twins,
    model: ModelFacts,
) -> Measured:
    """Read a layer as near to the network's input as its taps can be brought."""
    axes = model.axes

    def own_plane(source: Source) -> planes.Plane:
        return planes.layer_plane(read_layer(source, parent, axes), channels, axes)

    def spectrogram(source: Source) -> planes.Plane:
        steps = spectrogram_chain(source, axes)
        assert steps is not None
        return planes.spectrogram_plane(read_layer(source, parent, axes), steps, axes)

    chain = waveform_chain(layer.source, axes)
    if chain is not None:
        plane = None if channels is None else own_plane
        return _read_at_waveform(layer, chain, twins, model, plane=plane)
    chain = spectrogram_chain(layer.source, axes)
    if chain is not None and not layer.is_temporal:
        measured = _read_plane(layer, twins, model, plane=spectrogram)
        return replace(measured, policy=_policy(layer.source, chain))
    measured = _read_plane(layer, twins, model, plane=own_plane)
    return replace(
        measured,
        policy=layer.source.reason or ("" if channels is not None else UNKNOWN_AXES),
        columns=(*measured.columns, planes.channel_energy(layer, channels)),
    )


def _read_at_waveform(
    layer: Layer,
    chain: tuple[Step, ...],
    twins: Twins,
    model: ModelFacts,
    *,
    plane: Callable[[Source], planes.Plane] | None,
) -> Measured:
    untrained = read_twins(twins, chain, model.axes, model.settings)
    random = Twins(null=model.nulls[-1], source=layer.source)
    filters = read_responses(
        layer.source,
        chain,
        model.axes.sample_rate,
        settings=model.settings,
        untrained=untrained,
        noise=read_twins(random, chain, model.axes, model.settings),
        dead=layer.dead,
    )
    reading = read_waveform_twins(untrained, filters.analysis.verdict, filters.stride)
    ripples = None
    if plane is not None:
        ripples = planes.read_ripples(plane(layer.source))
        drawn = map(plane, twins.draw(1))
        reading = replace(reading, modulation=planes.mean_modulation(drawn, ripples.measured))
    return Measured(
        policy=_policy(layer.source, chain),
        twins=reading,
        responses=filters.responses,
        details=filters.details,
        modulation=None if ripples is None else ripples.modulation,
        columns=(filters.analysis, ripples),
        untrained_taps=untrained,
    )


def _read_plane(
    layer: Layer, twins: Twins, model: ModelFacts, *, plane: Callable[[Source], planes.Plane]
) -> Measured:
    ripples = planes.read_ripples(plane(layer.source))
    give_back()
    n_draws = planes.count_draws(ripples.measured, model.settings.null_draws)
    drawn = map(plane, twins.draw(n_draws))
    shapes = planes.label_plane(ripples.measured, drawn, dead=layer.dead)
    give_back()
    return Measured(
        policy="", twins=shapes.twins, modulation=ripples.modulation, columns=(ripples, shapes)
    )


def _policy(source: Source, chain: Sequence[Step]) -> str:
    """Say how the steps of a chain were joined; empty for a layer that reads the input."""
    names = []
    current: Source | None = source
    while current is not None:
        names.append(current.convolution.name)
        current = current.parent
    if len(chain) == 1:
        return ""
    replaced = tuple(dict.fromkeys(nonlinear_steps(chain)))
    place = "network's input" if source.front_end is None else "bands of the front end"
    joined = f"composite of {', '.join(reversed(names))} at the {place}"
    if len(names) == 1:
        joined = f"response of {names[0]} and the steps before it at the {place}"
    if not replaced:
        where = "before" if len(names) == 1 else "between"
        return f"{joined}; exact, all steps {where} are linear"
    return f"{joined} under the policy identity: {', '.join(map(_replacement, replaced))}"


def _replacement(name: str) -> str:
    if name == CLIP_GAIN:
        return f"{name} as gain 1 (levels in dB are not known, Hz are)"
    if name.endswith("-norm"):
        return f"{name} as gain 1 (it depends on the clip)"
    return "max-pool as average" if name == "max-pool" else f"{name} as gain 1"
