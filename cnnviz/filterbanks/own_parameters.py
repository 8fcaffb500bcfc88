"""Parameters that a layer makes its taps from, such as the band edges of sinc filters."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from torch import nn

from cnnviz.model import AudioModel, WeightsOnly
from cnnviz.results.filter_fits import OwnParameter
from cnnviz.trace.weights import as_float64

_MOST_COLUMNS = 4
_FREE = ("weight", "bias")
"""What names of parameters begin with that are taps themselves, their norm or an offset."""


def read_own_parameters(
    model: AudioModel, layer: str, taps: np.ndarray
) -> tuple[OwnParameter, ...]:
    """Parameters of a layer's own module that have one or a few values per filter.

    They are printed as they stand in the module, not as its code may transform them; the unit is
    known only where the name says it (``low_hz_``). A module that makes two filters from one
    value, real and imaginary part, gives both that value.

    Parameters
    ----------
    model
        Whose layer it is.
    layer
        Name of a convolution.
    taps
        Its filters at the waveform, (filter, tap).

    Returns
    -------
    tuple of OwnParameter
        Values (filter,); empty where taps are free, or the network is weights alone.
    """
    network = model.network
    name = layer.partition("#")[0]
    if isinstance(network, WeightsOnly) or name not in dict(network.named_modules()):
        return ()
    module = network.get_submodule(name)
    if f"{name}.weight" in model.tensors:
        return ()
    return tuple(_columns(module, taps))


def _columns(module: nn.Module, taps: np.ndarray) -> Iterator[OwnParameter]:
    for name, parameter in module.named_parameters(recurse=False):
        if name.startswith(_FREE) or not parameter.is_floating_point() or not parameter.ndim:
            continue
        values = as_float64(parameter).reshape(len(parameter), -1)  # (band, value)
        rows = _rows(len(values), taps)
        if rows is None or not 1 <= values.shape[1] <= _MOST_COLUMNS:
            continue
        unit = "Hz" if "hz" in name.lower().split("_") else ""
        for k, column in enumerate(values[rows].T):
            which = name if values.shape[1] == 1 else f"{name}[{k}]"
            yield OwnParameter(name=which, unit=unit, values=column)


def _rows(n_bands: int, taps: np.ndarray) -> np.ndarray | None:
    """Band of each filter, (filter,); None where filters are not one or two per band.

    Parts of a band lie side by side, or all real ones before all imaginary ones: they have equal
    spectra.
    """
    index = np.arange(len(taps))
    if n_bands == len(taps):
        return index
    if 2 * n_bands != len(taps):
        return None
    powers = np.abs(np.fft.rfft(taps, 2 * taps.shape[1], axis=1)) ** 2
    powers /= np.maximum(np.linalg.norm(powers, axis=1, keepdims=True), np.finfo(float).tiny)
    beside = float((powers[::2] * powers[1::2]).sum())
    apart = float((powers[:n_bands] * powers[n_bands:]).sum())
    return index // 2 if beside > apart else index % n_bands
