"""From network and contract to AudioModel: finite weights first, then one forward pass."""

from dataclasses import replace

from torch import nn

from cnnviz.loaders._first_pass import first_pass
from cnnviz.model import AudioModel, ModelSpec, assemble, check_finite


def finish(
    network: nn.Module,
    spec: ModelSpec,
    *,
    name: str,
    reference: str,
    batch_size: int | None = None,
    notices: tuple[str, ...] = (),
) -> AudioModel:
    """Check a network and make an AudioModel of it.

    Parameters
    ----------
    network
        The user's module or `WeightsOnly`.
    spec
        The whole contract.
    name, reference, batch_size, notices
        As in `AudioModel`.

    Raises
    ------
    ModelLoadError
        If weights are NaN or infinite, or the network gives two outputs for the same clip.
    ParameterError
        If the contract is incomplete or does not fit the network.
    """
    check_finite(network, name=reference)
    model = assemble(network, spec, name=name, reference=reference)
    model = replace(model, batch_size=batch_size, notices=notices)
    return first_pass(model, layout=spec.layout) if model.has_graph else model
