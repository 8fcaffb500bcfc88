"""How much sound one cell of a network's last sliding window sees, from its trace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import torch
from torch import Tensor, nn

from cnnviz.model import assemble
from cnnviz.trace import LayerCall, trace

from . import catalogue
from .architectures._residual import SqueezeExciteBlock
from .variant import parse

_WINDOWS = frozenset(
    {"Conv1d", "Conv2d", "conv1d", "MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class LastField:
    """What one cell of the last convolution or pooling of a network sees.

    Parameters
    ----------
    input_shape
        Of the network, without the clip axis.
    n_samples
        Audio samples seen, through the frontend; also those beyond the ends of the clip.
    n_frames, n_bands
        Cells of the spectrogram seen; None for networks on the waveform.
    """

    input_shape: tuple[int, ...]
    n_samples: int
    n_frames: int | None
    n_bands: int | None


def last_field(name: str) -> LastField:
    """Trace the network of a name, or a narrow one that sees the same.

    Gates that weigh whole channels (squeeze and excitation) see the whole clip; they do not
    count.

    Raises
    ------
    UnknownNameError
        If no family can build it.

    Examples
    --------
    >>> last_field("custom_ch32-8").n_samples
    6563
    """
    return _traced(_narrow(name))


def _narrow(name: str) -> str:
    """Two channels, no dropout, no batch norm: windows slide over time alike."""
    variant = parse(name)
    if variant is None:
        return name
    channels = None if variant.channels is None else 2
    narrow = replace(variant, channels=channels, dropout=0.0, batch_norm=False).name
    return narrow if catalogue.family_of(name).accepts(narrow) else name


@cache
def _traced(name: str) -> LastField:
    family = catalogue.family_of(name)
    spec = family.spec(name, ())
    assert spec.n_samples is not None
    with torch.random.fork_rng(devices=()):
        network = _without_gates(family.build(name, family.N_CLASSES))
    model = assemble(network, spec, name=name, reference=name, digest="not read")
    frames = model.frontend.grid(spec.n_samples).receptive_field
    last = [call for call in trace(model).calls if _slides(call)][-1]
    assert frames is not None
    assert last.time_field is not None
    n_samples, bands = last.time_field.size, last.frequency_field
    return LastField(
        input_shape=tuple(model.network_input(torch.zeros(1, spec.n_samples)).shape[1:]),
        n_samples=round(n_samples),
        n_frames=None if bands is None else round((n_samples - frames.size) / frames.jump) + 1,
        n_bands=None if bands is None else round(bands.size),
    )


def _slides(call: LayerCall) -> bool:
    """Whether a layer call is a window that slides over time."""
    return call.kind in _WINDOWS and call.time_field is not None and call.time_field.jump > 0


def _without_gates(network: nn.Module) -> nn.Module:
    for block in network.modules():
        if isinstance(block, SqueezeExciteBlock):
            block.register_module("excite", _Open())
    return network


class _Open(nn.Module):
    """A gate that lets every channel through, whatever the input holds."""

    def forward(self, means: Tensor) -> Tensor:
        """One weight per channel, (clip, channel, 1, 1)."""
        return torch.zeros(means.shape[0], 1, 1, 1)
