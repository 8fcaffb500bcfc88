"""From network and contract to AudioModel: finite weights first, then one forward pass."""

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn

from cnnviz.errors import ModelLoadError
from cnnviz.loaders._first_pass import first_pass
from cnnviz.loaders._request import listed
from cnnviz.model import AudioModel, ModelSpec, WeightsOnly, assemble


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
        If weights are NaN or infinite, or the network answers the same clip in two ways.
    ParameterError
        If the contract is incomplete or does not fit the network.
    """
    check_finite(all_tensors(network), reference=reference)
    model = assemble(network, spec, name=name, reference=reference)
    model = replace(model, batch_size=batch_size, notices=notices)
    return first_pass(model, layout=spec.layout) if model.has_graph else model


def all_tensors(network: nn.Module) -> Mapping[str, Tensor]:
    """Parameters, buffers and tensors that are mere attributes, by dotted name."""
    if isinstance(network, WeightsOnly):
        return network.tensors
    found = {**dict(network.named_parameters()), **dict(network.named_buffers())}
    for prefix, module in network.named_modules():
        for name, value in vars(module).items():
            if isinstance(value, Tensor):
                found[f"{prefix}.{name}".lstrip(".")] = value
    return found


def check_finite(tensors: Mapping[str, Tensor], *, reference: str) -> None:
    """Refuse weights that hold NaN or Inf.

    Infinity in a tensor whose name has ``mask`` in it is meant, as in attention masks.

    Raises
    ------
    ModelLoadError
        With the first tensors and how many values of each are not finite.
    """
    bad = [text for name, tensor in tensors.items() if (text := _not_finite(name, tensor))]
    if bad:
        raise ModelLoadError(
            f"{reference} holds weights that are not finite: {listed(bad)}; allowed: finite "
            "numbers; training diverged or the file is damaged: use an earlier checkpoint"
        )


def _not_finite(name: str, tensor: Tensor) -> str:
    if not (tensor.is_floating_point() or tensor.is_complex()) or tensor.is_meta:
        return ""
    values = tensor.detach()
    n_nan, n_inf = int(torch.isnan(values).sum()), int(torch.isinf(values).sum())
    if "mask" in name.lower():
        n_inf = 0
    counts = [f"{count} {what}" for count, what in ((n_nan, "NaN"), (n_inf, "Inf")) if count]
    return f"{name} ({' and '.join(counts)} of {values.numel()} values)" if counts else ""
