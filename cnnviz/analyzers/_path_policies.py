"""Responses of layers under each policy, or why there are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from cnnviz.analyzers._tone_paths import sources_by_layer, tone_path
from cnnviz.dsp.composite_policies import detectors, envelope_levels, incoherent_gains
from cnnviz.filterbanks.sources import Source
from cnnviz.model import AudioModel
from cnnviz.probing import UnitLayer, listening
from cnnviz.probing.cell_windows import loudest_bands, windows_of
from cnnviz.probing.linear_paths import NotLinearError
from cnnviz.probing.linear_responses import LinearResponses, linear_responses, measure_gains
from cnnviz.probing.unit_jacobians import NoGradientError, unit_jacobians
from cnnviz.probing.white_noise import white_noise

_LINEAR = "no step on the way that is not linear: as under identity"
_N_NOISES = 4
_REFUSALS = (RuntimeError, ValueError, IndexError, TypeError, NotImplementedError)
"""What networks raise where a step in them is replaced."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PathPlan:
    """What responses are computed at; `amplitude` of tones, `rms` of noise."""

    frequencies: np.ndarray
    amplitude: float
    rms: float
    n_jacobians: int
    seed: int


Found = dict[str, "np.ndarray | str"]
"""Of each policy the gains (unit, frequency), or why there are none."""


def of_layers(
    model: AudioModel,
    layers: Sequence[UnitLayer],
    plan: PathPlan,
    *,
    done: Callable[[int], None],
) -> dict[str, Found]:
    """Every policy of every layer.

    Parameters
    ----------
    model
        Borrowed; its frontend levels no clips.
    layers
        In order of execution.
    plan
        What responses are computed at.
    done
        Called with the number of layers that are done.
    """
    identity, gated = _of_graph(model, layers, plan)
    sources = sources_by_layer(model)
    found: dict[str, Found] = {}
    for k, layer in enumerate(layers):
        one: Found = {"identity": identity[layer.name], "gated": gated[layer.name]}
        if _equal(one["identity"], one["gated"]):
            one["gated"] = _LINEAR
        one |= _jacobians(model, layer, plan)
        one |= _detected(model, sources.get(layer.name), layer, plan)
        found[layer.name] = one
        done(k + 1)
    return found


def _equal(first: np.ndarray | str, second: np.ndarray | str) -> bool:
    both = isinstance(first, np.ndarray) and isinstance(second, np.ndarray)
    return both and np.array_equal(first, second)


def _of_graph(
    model: AudioModel, layers: Sequence[UnitLayer], plan: PathPlan
) -> tuple[dict[str, np.ndarray | str], dict[str, np.ndarray | str]]:
    """`identity` and `gated`, whatever the graph."""
    names = [layer.name for layer in layers]

    def told(ask: Callable[[], LinearResponses]) -> dict[str, np.ndarray | str]:
        try:
            answer = ask()
        except NotLinearError as error:
            return dict.fromkeys(names, str(error))
        except _REFUSALS:
            return dict.fromkeys(names, "the network does not run without its functions")
        return {**answer.gains, **answer.absent}

    def gated() -> LinearResponses:
        gains = measure_gains(model, layers, rms=plan.rms, seed=plan.seed)
        return linear_responses(model, layers, plan.frequencies, gains)

    return told(lambda: linear_responses(model, layers, plan.frequencies)), told(gated)


def _jacobians(model: AudioModel, layer: UnitLayer, plan: PathPlan) -> Found:
    """Root mean power of the Jacobians' spectra, and spectrum of their mean."""
    generator = np.random.default_rng((plan.seed, 1))
    every = unit_jacobians(
        model,
        layer,
        _bands(model, layer, plan, generator),
        units=range(layer.n_units),
        n_sounds=plan.n_jacobians,
        rms=plan.rms,
        generator=generator,
    )
    powers, means, waves = [], [], np.zeros((0, len(plan.frequencies)))
    try:
        for jacobians in every:  # (input, tap)
            if len(waves) != jacobians.shape[1]:
                times = np.arange(jacobians.shape[1]) / model.sample_rate
                waves = np.exp(-2j * np.pi * np.outer(times, plan.frequencies))
            spectra = jacobians @ waves
            powers.append(np.sqrt(np.square(np.abs(spectra)).mean(axis=0)))
            means.append(np.abs(spectra.mean(axis=0)))
    except NoGradientError:
        reason = "no gradient of the layer reaches the waveform"
        return {"jacobian": reason, "mean jacobian": reason}
    return {"jacobian": np.stack(powers), "mean jacobian": np.stack(means)}


def _bands(
    model: AudioModel, layer: UnitLayer, plan: PathPlan, generator: np.random.Generator
) -> np.ndarray | None:
    """Cell along frequency that varies most of each unit; None without such an axis."""
    with listening(model, [layer]) as listener:
        n_samples = listener.n_samples
        noise = white_noise(_N_NOISES, n_samples, rms=plan.rms, generator=generator)
        maps = listener.hear(torch.from_numpy(noise))[layer.name]
        return loudest_bands(maps, windows_of(layer, maps.shape[-1], n_samples).cells)


def _detected(model: AudioModel, source: Source | None, layer: UnitLayer, plan: PathPlan) -> Found:
    """Policies that follow a tone, along a single chain from the waveform."""
    path = tone_path(model, source)
    if isinstance(path, str):
        return dict.fromkeys(("incoherent", "envelope", "describing function"), path)
    unknown = f"{', '.join(path.unknown)}: not known by name alone" if path.unknown else ""
    described = path.describing(layer, plan.frequencies, plan.amplitude)
    describing = unknown if described is None else described
    if not detectors(path.chain):
        return {"incoherent": _LINEAR, "envelope": _LINEAR, "describing function": describing}
    where = (path.n_channels, plan.frequencies)
    return {
        "incoherent": incoherent_gains(path.chain, *where, path.sample_rate),
        "envelope": unknown
        or envelope_levels(
            path.chain,
            layer.followers,
            *where,
            sample_rate=path.sample_rate,
            amplitude=plan.amplitude,
        ),
        "describing function": describing,
    }
