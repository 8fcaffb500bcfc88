"""A network and its untrained twins, which hear the same sounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from cnnviz.hooks import borrowed
from cnnviz.model import AudioModel
from cnnviz.probing.listening import Listener, listening
from cnnviz.probing.unit_layers import UnitLayer, unit_layers
from cnnviz.untrained import untrained_twins


@contextmanager
def beside_twins(
    model: AudioModel, layers: Sequence[UnitLayer], *, n_twins: int, seed: int, n_samples: int
) -> Iterator[list[Listener]]:
    """Hold a network, and then each of its untrained twins, to the same layers.

    Parameters
    ----------
    model
        Borrowed, and given back as it was.
    layers
        Of the model; those of the twins have the same names and their own normalisation.
    n_twins
        How many at most.
    seed
        Of the twins.
    n_samples
        Of the sounds.
    """
    with borrowed(model.network):
        twins = list(untrained_twins(model, n_twins=n_twins, seed=seed))
    names = [layer.name for layer in layers]
    with ExitStack() as stack:
        yield [
            stack.enter_context(listening(one, own, n_samples=n_samples))
            for one, own in [(model, layers), *((twin, unit_layers(twin, names)) for twin in twins)]
        ]
