"""Layers of a copy of a network drawn anew, from the output down to the first one.

A layer is a module with a weight of two axes or more, together with what follows it and has none:
normalisations, learned slopes. A module draws its weights as it does when it is built; what it
leaves as it was, as a layer without `reset_parameters` leaves all, is shuffled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from cnnviz.hooks import seeded
from cnnviz.model import AudioModel

Layers = tuple[tuple[str, ...], ...]
"""Names of the modules of each layer, after the first of which it is called."""


def duplicate(network: nn.Module) -> nn.Module | None:
    """A copy that shares nothing with a network; None of one that cannot be copied."""
    try:
        return deepcopy(network)
    except Exception:  # a compiled program, or what holds a handle
        return None


def layers_of(model: AudioModel, waveform: Tensor) -> Layers:
    """Layers that can be drawn anew, the one nearest to the output first.

    Parameters
    ----------
    model
        Not touched: a copy runs once, and what starts last is nearest to the output.
    waveform
        (1, samples).

    Returns
    -------
    tuple
        None where the network cannot be copied; modules that share all their weights with
        earlier ones are left out.
    """
    network = duplicate(model.network)
    if network is None:
        return ()
    modules, seen, layers = dict(network.named_modules()), set[int](), list[list[str]]()
    forward = partial(replace(model, network=network).scores, waveform)
    for name in _in_order(network, forward):
        own = _own_tensors(modules[name])
        if all(id(tensor) in seen for tensor in own):
            continue
        seen.update(map(id, own))
        if not layers or any(tensor.ndim > 1 for tensor in own):
            layers.append([])
        layers[-1].append(name)
    return tuple(tuple(layer) for layer in reversed(layers))


def drawn_models(
    model: AudioModel, layers: Layers, *, n_draws: int, seed: int
) -> Iterator[tuple[int, AudioModel]]:
    """Models with their first layers drawn anew, and how many these are.

    They are 1, 2 ... all of the first draw, each with what those before it drew, then all of
    each further draw. A model is good until the next one is asked for.
    """
    for k in range(n_draws if layers else 0):
        network = duplicate(model.network)
        assert network is not None, "it was copied when its layers were listed"
        for step, names in enumerate(layers):
            (state,) = np.random.SeedSequence([seed, k, step]).generate_state(1)
            draw(network, names, seed=int(state))
            if k == 0 or step == len(layers) - 1:
                yield step + 1, replace(model, network=network)


def draw(network: nn.Module, names: tuple[str, ...], *, seed: int) -> None:
    """Draw the weights of modules anew; normalisations forget what they measured.

    Parameters
    ----------
    network
        Changed in place: a copy.
    names
        Of its modules.
    seed
        Of what is drawn; random states of the caller stay.
    """
    modules = dict(network.named_modules())
    with seeded(seed), torch.no_grad():
        for name in names:
            own = list(modules[name].parameters(recurse=False))
            before = [parameter.clone() for parameter in own]
            reset(modules[name])
            for parameter, old in zip(own, before, strict=True):
                if torch.equal(parameter, old):
                    order = torch.randperm(old.numel()).to(old.device)
                    parameter.copy_(old.flatten()[order].view_as(old))


def reset(module: nn.Module) -> None:
    """Let a module draw its weights as it does when it is built, if it can."""
    own = getattr(module, "reset_parameters", None)
    if callable(own):
        own()


def _in_order(network: nn.Module, forward: Callable[[], object]) -> list[str]:
    """Modules in the order they start in; one that is never called after that registered before."""
    names = {module: name for name, module in network.named_modules()}
    started: dict[str, int] = {}

    def note(module: nn.Module, inputs: object) -> None:  # noqa: ARG001 (signature of torch)
        started.setdefault(names[module], len(started))

    heard = [module for module in names if not isinstance(module, torch.jit.ScriptModule)]
    handles = [module.register_forward_pre_hook(note) for module in heard]
    try:
        with torch.no_grad():
            forward()
    finally:
        for handle in handles:
            handle.remove()
    places, place = dict[str, int](), -1
    for name in names.values():
        place = places[name] = started.get(name, place)
    return sorted(places, key=places.__getitem__)


def _own_tensors(module: nn.Module) -> list[Tensor]:
    """Parameters of a module, and of one that can draw itself anew its buffers."""
    can_reset = callable(getattr(module, "reset_parameters", None))
    buffers = module.buffers(recurse=False) if can_reset else ()
    return [*module.parameters(recurse=False), *buffers]
