"""Weights must be numbers before anything is read from them."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from cnnviz.errors import ModelLoadError
from cnnviz.model.audio_model import WeightsOnly

_N_SHOWN = 4


def check_finite(network: nn.Module, *, name: str) -> None:
    """Refuse weights that hold NaN or Inf.

    Infinity in a tensor whose name has ``mask`` in it is meant, as in attention masks.

    Parameters
    ----------
    network
        The user's module or `WeightsOnly`.
    name
        Of the model, for the error.

    Raises
    ------
    ModelLoadError
        With the first tensors and how many values of each are not finite.
    """
    texts = [_not_finite(key, tensor) for key, tensor in _all_tensors(network).items()]
    bad = [text for text in texts if text]
    if bad:
        more = f" and {len(bad) - _N_SHOWN} more" if len(bad) > _N_SHOWN else ""
        raise ModelLoadError(
            f"{name} holds weights that are not finite: {', '.join(bad[:_N_SHOWN])}{more}; "
            "allowed: finite numbers; training diverged or the file is damaged: use an earlier "
            "checkpoint"
        )


def _all_tensors(network: nn.Module) -> Mapping[str, Tensor]:
    """Parameters, buffers and tensors that are mere attributes, by dotted name."""
    if isinstance(network, WeightsOnly):
        return network.tensors
    tensors = {**dict(network.named_parameters()), **dict(network.named_buffers())}
    for prefix, module in network.named_modules():
        for name, value in vars(module).items():
            if isinstance(value, Tensor):
                tensors[f"{prefix}.{name}".lstrip(".")] = value
    return tensors


def _not_finite(name: str, tensor: Tensor) -> str:
    if not (tensor.is_floating_point() or tensor.is_complex()) or tensor.is_meta:
        return ""
    values = tensor.detach()
    values = values.float() if values.itemsize == 1 else values  # float8 lacks isinf
    n_nan, n_inf = int(torch.isnan(values).sum()), int(torch.isinf(values).sum())
    if "mask" in name.lower():
        n_inf = 0
    counts = [f"{count} {what}" for count, what in ((n_nan, "NaN"), (n_inf, "Inf")) if count]
    return f"{name} ({' and '.join(counts)} of {values.numel()} values)" if counts else ""
