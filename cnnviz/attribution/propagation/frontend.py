"""From relevance of the cells of a log-mel spectrogram or of cepstral coefficients to the sound.

Relevance of a cell is counted from 0, which after standardisation is the mean of its row. The
level of a mel band, less the level that the mean stands for, is one function of the band's
power, and passes its relevance whole to that power, as an activation does; so what a level in
decibels is relative to changes nothing. A power of P = sum of |X|^d is homogeneous of degree d
in the waveform, so that x times the gradient of P, divided by d, shares it among audio samples
in proportion to what they contribute to the bins of the band, and sums to it.

Gradient times input of the whole frontend would not do: x dL/dx of a level L = log P sums to d
in each cell, whatever L is, and not to the relevance of the cell.

What stands under the logarithm beside the power absorbs its share: `offset` in proportion, and
a floor (`amin`, `top_db`) all of the cells that lie on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from cnnviz.attribution.propagation.operations import ruled

if TYPE_CHECKING:
    from cnnviz.attribution.propagation.layerwise_pass import LayerwisePass
    from cnnviz.attribution.propagation.operations import Propagation
    from cnnviz.frontend import Frontend
    from cnnviz.frontend.spectrogram import LogMel


@contextmanager
def redistributed(
    frontend: Frontend, rules: LayerwisePass, propagation: Propagation
) -> Iterator[None]:
    """Give a spectral frontend the gradient that redistributes relevance, while the block lasts.

    Parameters
    ----------
    frontend
        That normalises nothing per clip; a waveform frontend is left to the rules.
    rules
        Take the constants of the frontend.
    propagation
        Paused while the frontend runs.
    """
    if frontend.spec.kind == "waveform":
        yield
        return
    assert isinstance(frontend, nn.Module)
    waveforms: list[Tensor] = []

    def start(module: nn.Module, inputs: tuple[Tensor]) -> tuple[Tensor]:  # noqa: ARG001 (of torch)
        propagation.is_paused = True
        waveforms[:] = inputs
        return (inputs[0].detach(),)

    def stop(module: LogMel, inputs: object, output: Tensor) -> Tensor:  # noqa: ARG001 (of torch)
        result = ruled(output, _surrogate(module, waveforms.pop(), rules))
        propagation.is_paused = False
        return result

    handles = (
        frontend.register_forward_pre_hook(start),
        frontend.register_forward_hook(stop),
    )
    try:
        yield
    finally:
        propagation.is_paused = False
        for handle in handles:
            handle.remove()


def _surrogate(frontend: LogMel, waveforms: Tensor, rules: LayerwisePass) -> Tensor:
    """The frontend's output (clip, 1, row, frame) as a sum of constants and parts of the sound."""
    from cnnviz.frontend.spectrogram import logarithm, mel_powers

    spec = frontend.spec
    powers = mel_powers(waveforms, spec, frontend.window, frontend.mel_filters)
    known = powers.detach()  # (clip, mel, frame)
    levels, uncut = logarithm(known, spec), logarithm(known, replace(spec, top_db=None))
    basis = getattr(frontend, "basis", None)  # (coefficient, mel)
    zero = frontend.mean if basis is None else _preimage(basis, frontend.mean)
    centred = levels - zero
    is_free = (known > spec.amin) & (known > 0) & (levels == uncut)
    shares = torch.where(is_free, centred / (known.clamp(min=spec.amin) + spec.offset), 0.0)
    part = ruled(known, powers / spec.power) * shares
    part = part + rules.constant(centred - part)
    rows = part if basis is None else basis @ part
    return (rows / frontend.std).unsqueeze(1)


def _preimage(basis: Tensor, mean: Tensor) -> Tensor:
    """The smallest levels (mel, 1) whose coefficients are the mean (coefficient, 1) or (1, 1)."""
    preimage: Tensor = torch.linalg.pinv(basis) @ mean.expand(len(basis), 1)
    return preimage
