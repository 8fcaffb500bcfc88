"""The untrained twin of a network: the same layers with weights that were never trained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import nn

from cnnviz.hooks import seeded
from cnnviz.model import AudioModel
from cnnviz.untrained.drawn_layers import duplicate, reset


def untrained_twin(model: AudioModel, *, seed: int) -> AudioModel | None:
    """The model before its training, else built again, else with its layers drawn again.

    Parameters
    ----------
    model
        Held by `hooks.borrowed`; not touched.
    seed
        Of what is drawn.

    Returns
    -------
    AudioModel or None
        None where nothing in it can be drawn again.

    References
    ----------
    Adebayo, Gilmer, Muelly, Goodfellow, Hardt and Kim, "Sanity Checks for Saliency Maps" (2018).
    """
    for twin in (
        _initial(model),
        _built(model, seed),
        _drawn(model.network, seed),
        _drawn(model.network, seed + 1),  # of a network that never left its own draw
    ):
        if twin is not None and not _has_equal_weights(twin, model.network):
            return replace(model, network=twin.to(model.device).eval().requires_grad_(False))
    return None


def untrained_twins(model: AudioModel, *, n_twins: int, seed: int) -> Iterator[AudioModel]:
    """Twins of a model, no two alike: what it began with if that is known, then others drawn.

    Parameters
    ----------
    model
        Held by `hooks.borrowed`; not touched.
    n_twins
        How many at most; none where nothing in the model can be drawn again.
    seed
        Of what is drawn.
    """
    first = untrained_twin(model, seed=seed)
    if first is None or not n_twins:
        return
    yield first
    anew = replace(model, initial=None)
    for k in range(1, n_twins):
        twin = untrained_twin(anew, seed=seed + 2 * k)  # seed + 1 may be the first one's
        if twin is not None:
            yield twin


def _initial(model: AudioModel) -> nn.Module | None:
    return None if model.initial is None else model.initial()


def _built(model: AudioModel, seed: int) -> nn.Module | None:
    if model.rebuild is None:
        return None
    try:
        with seeded(seed):
            return model.rebuild()
    except Exception:  # the user's factory fails in any way it likes; layers are drawn again
        return None


def _drawn(network: nn.Module, seed: int) -> nn.Module | None:
    """A copy with every layer reset that can be; normalisations forget what they measured."""
    twin = duplicate(network)
    if twin is not None:
        with seeded(seed), torch.no_grad():
            for module in twin.modules():
                reset(module)
    return twin


def _has_equal_weights(one: nn.Module, other: nn.Module) -> bool:
    first, second = one.state_dict(), other.state_dict()
    return first.keys() == second.keys() and all(
        torch.equal(first[name].cpu(), value.cpu())
        for name, value in second.items()
        if isinstance(value, torch.Tensor)
    )
